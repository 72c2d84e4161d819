"""Grouping of ports into modules, and the names of places."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.ports import (
    DeviceKind,
    ModulePorts,
    Port,
    UsbPlace,
    group,
    merge_unknown,
    natural,
    plausible_imei,
)

IMEI = "490154203237518"
PCI = "pci-0000:00:14.0"


def tty(number: int, device: str, interface: int = 0, port: int = 0, ids: str = "0403:6011", **more) -> Port:
    vid, pid = ids.split(":")
    place = UsbPlace(device, interface, port, vid, pid, controller=PCI, **more)
    return Port(f"/dev/ttyUSB{number}", place)


def paths(module: ModulePorts) -> list[str]:
    return [port.path for port in module.ports]


def test_a_place_is_written_as_udev_writes_id_path():
    place = UsbPlace("1-1.4.2", 3, controller=PCI)
    assert place.device_place == "pci-0000:00:14.0-usb-0:1.4.2"
    assert place.place == "pci-0000:00:14.0-usb-0:1.4.2:1.3"
    assert replace(place, port=2).place == "pci-0000:00:14.0-usb-0:1.4.2:1.3-port2"


def test_a_place_does_not_change_with_the_number_of_the_bus():
    assert UsbPlace("1-1.4", 0, controller=PCI).place == UsbPlace("3-1.4", 0, controller=PCI).place


def test_the_same_socket_number_on_the_fast_bus_is_another_place():
    slow = UsbPlace("1-3", 0, controller=PCI)
    fast = UsbPlace("2-3", 0, controller=PCI, superspeed=True)
    assert slow.place != fast.place
    assert slow.device_place != fast.device_place


def test_without_a_controller_the_bus_number_is_in_the_place():
    assert UsbPlace("1-1.4", 2).place == "usb-1-1.4:1.2"


def test_each_interface_of_a_bridge_is_a_module():
    modules = group([tty(n, "1-1.1", n) for n in range(4)])
    assert [paths(m) for m in modules] == [[f"/dev/ttyUSB{n}"] for n in range(4)]
    assert [m.place for m in modules] == [f"{PCI}-usb-0:1.1:1.{n}" for n in range(4)]
    assert {m.kind for m in modules} == {DeviceKind.BRIDGE}


def test_each_port_number_of_a_bridge_with_one_interface_is_a_module():
    modules = group([tty(n, "1-1.2", 0, n, "1a86:55d9") for n in range(8)])
    assert [paths(m) for m in modules] == [[f"/dev/ttyUSB{n}"] for n in range(8)]
    assert modules[7].place == f"{PCI}-usb-0:1.2:1.0-port7"


def test_control_and_data_interface_of_one_cdc_uart_are_one_module():
    modules = group([tty(n, "1-1.2", n, 0, "1a86:55d5") for n in range(8)])
    assert [paths(m) for m in modules] == [
        [f"/dev/ttyUSB{2 * n}", f"/dev/ttyUSB{2 * n + 1}"] for n in range(4)
    ]
    assert [m.place for m in modules] == [f"{PCI}-usb-0:1.2:1.{n}" for n in (0, 2, 4, 6)]


def test_a_native_modem_is_one_module_asked_on_its_secondary_port_first():
    (module,) = group([tty(n, "1-1.3", n, 0, "2c7c:0125") for n in range(5)])
    assert module.place == f"{PCI}-usb-0:1.3"
    assert module.kind is DeviceKind.MODEM
    assert paths(module) == ["/dev/ttyUSB3", "/dev/ttyUSB2"]
    assert [port.path for port in module.not_at] == ["/dev/ttyUSB0", "/dev/ttyUSB1", "/dev/ttyUSB4"]


def test_unlisted_interfaces_are_tried_last():
    (module,) = group([tty(n, "1-1.3", n, 0, "1bc7:7010") for n in range(6)])
    assert paths(module) == [f"/dev/ttyUSB{n}" for n in (3, 4, 0, 1, 5)]


def test_the_ports_of_a_huawei_stick_are_known_by_their_protocol():
    ports = [
        tty(0, "1-1", 0, 0, "12d1:1c05", protocol=1),
        tty(1, "1-1", 1, 0, "12d1:1c05", protocol=3),
        tty(2, "1-1", 2, 0, "12d1:1c05", protocol=2),
        tty(3, "1-1", 3, 0, "12d1:1c05", protocol=None),
    ]
    (module,) = group(ports)
    assert paths(module) == ["/dev/ttyUSB0", "/dev/ttyUSB2", "/dev/ttyUSB3"]
    assert [port.path for port in module.not_at] == ["/dev/ttyUSB1"]


def test_a_modem_whose_at_ports_are_not_there_yet_is_still_that_module():
    (module,) = group([tty(0, "1-1.3", 0, 0, "2c7c:0125")])
    assert module.place == f"{PCI}-usb-0:1.3"
    assert module.ports == ()


def test_a_device_in_download_mode_is_in_no_module_whatever_the_overrides_say():
    port = tty(0, "1-1", 0, 0, "05c6:9008")
    assert group([port]) == ()
    assert group([port], overrides={"05c6:9008": "modem"}) == ()


def test_an_override_makes_a_modem_of_a_bridge_and_back():
    pool = [tty(n, "1-1.1", n) for n in range(4)]
    assert len(group(pool, overrides={"0403:6011": "modem"})) == 1
    modem = [tty(n, "1-1.1", n, 0, "2c7c:0125") for n in range(5)]
    assert len(group(modem, overrides={"2c7c:0125": "bridge"})) == 5


def test_an_override_for_an_unknown_device_settles_what_it_is():
    unknown = [tty(n, "1-1.1", n, 0, "dead:beef") for n in range(2)]
    assert {m.kind for m in group(unknown)} == {DeviceKind.UNKNOWN}
    assert {m.kind for m in group(unknown, overrides={"dead:beef": "bridge"})} == {DeviceKind.BRIDGE}


def test_ports_without_a_usb_place_are_one_module_each():
    modules = group([Port("socket://bank:3001"), Port("/dev/pts/7"), Port("socket://bank:3002")])
    assert [m.place for m in modules] == ["/dev/pts/7", "socket://bank:3001", "socket://bank:3002"]
    assert {m.kind for m in modules} == {None}


def test_a_module_name_groups_ports_without_a_usb_place_only():
    named = [Port("socket://bank:3001", module="left"), Port("socket://bank:3002", module="left")]
    on_usb = [replace(tty(n, "1-1.1", n), module="left") for n in range(2)]
    modules = group([*named, *on_usb])
    assert [len(m.ports) for m in modules if m.kind is None] == [2]
    assert [len(m.ports) for m in modules if m.kind is DeviceKind.BRIDGE] == [1, 1]


def test_modules_come_in_natural_order():
    modules = group([tty(n, f"1-{n}", 0) for n in (10, 9, 1)])
    assert [paths(m)[0] for m in modules] == ["/dev/ttyUSB1", "/dev/ttyUSB9", "/dev/ttyUSB10"]


CARD = "8946120000005000016"


def test_unknown_ports_of_one_device_with_one_imei_and_one_iccid_become_one_module():
    ports = [tty(n, "1-1.1", n, 0, "dead:beef") for n in range(3)]
    modules = group(ports)
    told = (modules[0].place, modules[2].place)
    first, second = merge_unknown(modules, dict.fromkeys(told, IMEI), dict.fromkeys(told, CARD))
    assert paths(first) == ["/dev/ttyUSB0", "/dev/ttyUSB2"]
    assert first.place == modules[0].place
    assert paths(second) == ["/dev/ttyUSB1"]


def test_one_imei_alone_merges_nothing():
    modules = group([tty(n, "1-1.1", 2 * n, 0, "dead:beef") for n in range(4)])
    imeis = {m.place: IMEI for m in modules}
    assert len(merge_unknown(modules, imeis)) == 4
    assert (
        len(merge_unknown(modules, imeis, {m.place: f"{CARD[:-1]}{n}" for n, m in enumerate(modules)})) == 4
    )
    assert len(merge_unknown(modules, {}, {m.place: CARD for m in modules})) == 4


@pytest.mark.parametrize(
    "ids", ["04e2:1414", "9710:7840", "110a:1658", "0557:2011", "0403:6048", "05d1:9001"]
)
def test_ports_of_every_makers_bridge_stay_modules_of_their_own_whatever_they_tell(ids):
    modules = group([tty(n, "1-1.1", 2 * n, 0, ids) for n in range(4)])
    same = {m.place: IMEI for m in modules}
    assert len(merge_unknown(modules, same, {m.place: CARD for m in modules})) == 4


@pytest.mark.parametrize(
    "imei", ["000000000000000", "111111111111111", "490154203237519", "", "49015420323751"]
)
def test_an_implausible_imei_merges_nothing(imei):
    modules = group([tty(n, "1-1.1", n, 0, "dead:beef") for n in range(2)])
    same = {m.place: CARD for m in modules}
    assert len(merge_unknown(modules, {m.place: imei for m in modules}, same)) == 2


def test_two_devices_with_one_imei_stay_two_modules():
    modules = group([tty(0, "1-1.1", 0, 0, "dead:beef"), tty(1, "1-1.2", 0, 0, "dead:beef")])
    same = {m.place: CARD for m in modules}
    assert len(merge_unknown(modules, {m.place: IMEI for m in modules}, same)) == 2


def test_ports_of_a_listed_bridge_with_one_imei_stay_modules_of_their_own():
    modules = group([tty(n, "1-1.1", n) for n in range(4)])
    assert merge_unknown(modules, {m.place: IMEI for m in modules}) == modules


def test_only_a_right_check_digit_makes_an_imei_plausible():
    assert [digit for digit in range(10) if plausible_imei(f"{IMEI[:14]}{digit}")] == [8]


def test_natural_order_counts():
    assert sorted(["a10", "a9b2", "b", "a9b10"], key=natural) == ["a9b2", "a9b10", "a10", "b"]


IDS = ["0403:6011", "1a86:55d9", "1a86:55d5", "2c7c:0125", "12d1:1c05", "dead:beef", "10c4:ea71"]
DEVICES = {f"{bus}-{socket}": ids for bus in (1, 2) for socket, ids in enumerate(IDS, 1)}


@st.composite
def some_ports(draw: st.DrawFn) -> list[Port]:
    ports = []
    for number in range(draw(st.integers(0, 24))):
        if draw(st.booleans()) or number % 3:
            device = draw(st.sampled_from(sorted(DEVICES)))
            interface, port = draw(st.integers(0, 5)), draw(st.integers(0, 3))
            protocol = draw(st.sampled_from([None, 1, 2, 3]))
            more = {"protocol": protocol, "superspeed": device.startswith("2-")}
            ports.append(tty(number, device, interface, port, DEVICES[device], **more))
        else:
            ports.append(Port(f"/dev/pts/{number}", module=draw(st.sampled_from(["", "left", "right"]))))
    return ports


@given(some_ports(), st.dictionaries(st.sampled_from(IDS), st.sampled_from(["modem", "bridge"])))
def test_every_port_is_in_exactly_one_module(ports, overrides):
    modules = group(ports, overrides=overrides)
    held = [port for module in modules for port in (*module.ports, *module.not_at)]
    assert sorted(held, key=repr) == sorted(ports, key=repr)
    assert len({module.place for module in modules}) == len(modules)


@given(some_ports(), st.data())
def test_the_order_of_the_ports_does_not_matter(ports, data):
    assert group(data.draw(st.permutations(ports))) == group(ports)


@pytest.mark.slow
@given(some_ports(), st.data())
def test_no_module_has_ports_of_two_devices_whatever_their_imeis(ports, data):
    modules = group(ports)
    imeis = {m.place: data.draw(st.sampled_from(["", IMEI, "000000000000000"])) for m in modules}
    iccids = {m.place: data.draw(st.sampled_from(["", CARD, CARD[::-1]])) for m in modules}
    merged = merge_unknown(modules, imeis, iccids)
    for module in merged:
        held = (*module.ports, *module.not_at)
        assert len({port.usb.device if port.usb else None for port in held}) == 1
    assert sum(len(m.ports) for m in merged) == sum(len(m.ports) for m in modules)


@pytest.mark.slow
@given(some_ports(), st.data())
def test_a_module_keeps_its_place_while_any_of_its_ports_is_there(ports, data):
    where = {port: module.place for module in group(ports) for port in (*module.ports, *module.not_at)}
    rest = data.draw(st.lists(st.sampled_from(ports), unique=True)) if ports else []
    for module in group(rest):
        if module.kind in (DeviceKind.MODEM, None):
            assert {where[port] for port in (*module.ports, *module.not_at)} == {module.place}
