from collections import Counter

from drivers.simulator.personality import load, names
from drivers.simulator.usb_tree import plans


def everything():
    return [load(name) for name in names()]


def test_plain_is_one_at_port_each_behind_quad_bridges():
    planned = plans("plain", everything() * 2)[:64]
    assert all([role for _, role, _ in plan] == ["at"] for plan in planned)
    places = [plan[0][2] for plan in planned]
    assert {(place.vid, place.pid) for place in places} == {("0403", "6011")}
    assert set(Counter(place.device for place in places).values()) == {4}
    assert len({(place.device, place.interface, place.port) for place in places}) == 64


def test_mixed_makes_native_modems_with_ports_that_do_not_answer():
    kinds = everything()
    planned = dict(zip((kind.name for kind in kinds), plans("mixed", kinds), strict=True))
    quectel = planned["EC25"]
    assert [(place.interface, role) for _, role, place in quectel] == [
        (0, "diag"),
        (1, "nmea"),
        (2, "at"),
        (3, "at"),
    ]
    assert len({place.device for _, _, place in quectel}) == 1
    assert [name for name, _, _ in quectel][2].endswith("-02")


def test_mixed_uses_bridges_with_one_interface_for_all_ports_too():
    planned = plans("mixed", [load("SIM800")] * 16)
    places = [plan[0][2] for plan in planned]
    ch348 = [place for place in places if place.pid == "55d9"]
    assert [(place.interface, place.port) for place in ch348] == [(0, port) for port in range(8)]
    assert {place.pid for place in places} == {"6011", "55d9", "ea71"}


def test_no_two_devices_share_a_socket():
    kinds = everything() * 4
    owners = {}
    for number, plan in enumerate(plans("mixed", kinds)):
        for _, _, place in plan:
            native = kinds[number].usb is not None
            owners.setdefault(place.device, set()).add(number if native else "bridge")
    assert all(len(owner) == 1 for owner in owners.values())


def test_huawei_identifies_its_interfaces_by_protocol():
    plan = plans("mixed", [load("E173")])[0]
    assert [place.protocol for _, role, place in plan if role == "at"] == [1, 2]
