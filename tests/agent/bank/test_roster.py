"""Rules laid over ports: who treats a port, what is one module, and names that stay with their place."""

from __future__ import annotations

import random

import pytest

from agent.bank.roster import FoundPort, NameClash, Roster
from agent.config import PortRule
from drivers.ports import Port, UsbPlace


def rule(path: str, **keys) -> PortRule:
    return PortRule.model_validate({"path": path, **keys})


def bridge(socket: str, interface: int, path: str, rules: tuple[int, ...] = (0,)) -> FoundPort:
    return FoundPort(Port(path, UsbPlace(f"1-{socket}", interface, vid="0403", pid="6011")), rules)


def roster(*rules: PortRule, **keys) -> Roster:
    return Roster(tuple(rules), **keys)


def named(places) -> dict[str, tuple[str, ...]]:
    return {place.name: place.ports for place in places}


def test_each_place_gets_its_number_once_and_keeps_it():
    bank = roster(rule("usb"))
    ports = [bridge("1.1", n, f"/dev/ttyUSB{n}") for n in range(4)]
    assert [place.name for place in bank.arrange(ports)] == ["Port1", "Port2", "Port3", "Port4"]
    renumbered = [bridge("1.1", n, f"/dev/ttyUSB{7 - n}") for n in (3, 1, 2)]
    places = named(bank.arrange(renumbered))
    assert places == {
        "Port1": (),
        "Port2": ("/dev/ttyUSB6",),
        "Port3": ("/dev/ttyUSB5",),
        "Port4": ("/dev/ttyUSB4",),
    }


def test_numbers_that_were_given_before_a_restart_hold():
    first = roster(rule("usb"))
    first.arrange([bridge("1.1", 0, "/dev/ttyUSB0"), bridge("1.2", 0, "/dev/ttyUSB1")])
    second = roster(rule("usb"), numbers=dict(first.numbers))
    assert named(second.arrange([bridge("1.2", 0, "/dev/ttyUSB0")])) == {"Port2": ("/dev/ttyUSB0",)}


def test_a_control_port_is_never_opened_whatever_else_leads_to_it():
    bank = roster(rule("usb"), rule("/dev/ttyUSB1", role="control"))
    ports = [bridge("1.1", 0, "/dev/ttyUSB0"), bridge("1.1", 1, "/dev/ttyUSB1", (0, 1))]
    assert named(bank.arrange(ports)) == {"Port1": ("/dev/ttyUSB0",)}


def test_the_most_exact_rule_treats_a_port():
    bank = roster(rule("usb"), rule("/dev/ttyUSB1", name="Fax", driver="simcom", enabled=False))
    ports = [bridge("1.1", 0, "/dev/ttyUSB0"), bridge("1.1", 1, "/dev/ttyUSB1", (0, 1))]
    places = {place.name: place for place in bank.arrange(ports)}
    assert places["Fax"].driver == "simcom"
    assert not places["Fax"].enabled
    assert places["Port1"].enabled


def test_all_interfaces_of_a_native_modem_are_one_module():
    modem = [
        FoundPort(Port(f"/dev/ttyUSB{n}", UsbPlace("1-2", n, vid="2c7c", pid="0125")), (0,)) for n in range(4)
    ]
    (place,) = roster(rule("usb")).arrange(modem)
    assert place.ports == ("/dev/ttyUSB3", "/dev/ttyUSB2")


def test_ports_without_a_usb_place_are_one_module_where_the_rules_say_so():
    bank = roster(rule("/dev/pts/1", module="A"), rule("/dev/pts/2", module="A"), rule("/dev/pts/3"))
    found = [FoundPort(Port(f"/dev/pts/{n}"), (n - 1,)) for n in (1, 2, 3)]
    assert named(bank.arrange(found)) == {"A": ("/dev/pts/1", "/dev/pts/2"), "Port1": ("/dev/pts/3",)}


def test_a_configured_port_that_is_not_there_is_unplugged_not_forgotten():
    bank = roster(rule("/dev/ttyUSB7", name="Seven"))
    assert named(bank.arrange([])) == {"Seven": ()}
    port = FoundPort(Port("/dev/ttyUSB7", UsbPlace("1-1", 0, vid="0403", pid="6001")), (0,))
    assert named(bank.arrange([port])) == {"Seven": ("/dev/ttyUSB7",)}
    assert named(bank.arrange([])) == {"Seven": ()}


def test_a_port_that_was_never_there_takes_no_number_from_its_place():
    bank = roster(rule("/dev/ttyUSB7"), rule("/dev/ttyUSB8"))
    assert named(bank.arrange([])) == {"unknown at /dev/ttyUSB7": (), "unknown at /dev/ttyUSB8": ()}
    assert bank.numbers == {}
    ports = [bridge("1.1", 0, "/dev/ttyUSB7", (0,))]
    assert named(bank.arrange(ports)) == {"Port1": ("/dev/ttyUSB7",), "unknown at /dev/ttyUSB8": ()}
    assert named(bank.arrange([])) == {"Port1": (), "unknown at /dev/ttyUSB8": ()}


def test_two_modules_with_one_name_are_refused():
    bank = roster(rule("/dev/ttyUSB0", name="Same"), rule("/dev/ttyUSB1", name="Same"))
    ports = [bridge("1.1", 0, "/dev/ttyUSB0", (0,)), bridge("1.1", 1, "/dev/ttyUSB1", (1,))]
    with pytest.raises(NameClash, match="'Same'"):
        bank.arrange(ports)


def test_names_that_onlinesim_could_not_tell_apart_clash():
    bank = roster(rule("usb", name="x" * 95 + "{usb}"))
    with pytest.raises(NameClash, match=r"two modules would be called 'x*usb-1'"):
        bank.arrange([bridge("1.4", 0, "/dev/ttyUSB0"), bridge("1.4", 1, "/dev/ttyUSB1")])


def test_names_can_be_made_of_the_place():
    bank = roster(rule("usb", name="bank-{usb}"))
    (place,) = bank.arrange([bridge("1.4", 2, "/dev/ttyUSB0")])
    assert place.name == "bank-usb-1-1.4:1.2"


def test_modules_stand_in_the_order_of_rules_and_places():
    bank = roster(rule("/dev/ttyUSB9", name="First"), rule("usb"))
    ports = [
        bridge("1.10", 0, "/dev/ttyUSB1", (1,)),
        bridge("1.2", 0, "/dev/ttyUSB0", (1,)),
        bridge("1.3", 0, "/dev/ttyUSB9", (0, 1)),
    ]
    assert [place.name for place in bank.arrange(ports)] == ["First", "Port1", "Port2"]
    assert [place.key for place in bank.arrange(ports)] == [
        "usb-1-1.3:1.0",
        "usb-1-1.2:1.0",
        "usb-1-1.10:1.0",
    ]


def test_ports_of_one_unlisted_device_with_one_imei_and_one_iccid_become_one_module():
    ports = [
        FoundPort(Port(f"/dev/ttyUSB{n}", UsbPlace("1-2", n, vid="dead", pid="beef")), (0,)) for n in range(2)
    ]
    bank = roster(rule("usb"), imeis={"usb-1-2:1.0": IMEI, "usb-1-2:1.1": IMEI})
    assert named(bank.arrange(ports)) == {"Port1": ("/dev/ttyUSB0",), "Port2": ("/dev/ttyUSB1",)}
    assert not bank.siblings.tell("usb-1-2:1.0", IMEI, "8946120000005000016")
    assert bank.siblings.tell("usb-1-2:1.1", IMEI, "8946120000005000016")
    (place,) = bank.arrange(ports)
    assert (place.name, place.ports, place.merged) == ("Port1", ("/dev/ttyUSB0", "/dev/ttyUSB1"), True)


def test_a_name_given_in_so_many_letters_is_not_given_again():
    bank = roster(rule("/dev/ttyUSB9", name="Port1"), rule("usb"))
    ports = [bridge("1.9", 0, "/dev/ttyUSB9", (0, 1)), bridge("1.1", 0, "/dev/ttyUSB0", (1,))]
    assert named(bank.arrange(ports)) == {"Port1": ("/dev/ttyUSB9",), "Port2": ("/dev/ttyUSB0",)}


def test_new_places_are_numbered_in_the_order_of_the_rules():
    bank = roster(rule("socket://a:1"), rule("rfc2217://b:2"))
    found = [FoundPort(Port("socket://a:1"), (0,)), FoundPort(Port("rfc2217://b:2"), (1,))]
    assert named(bank.arrange(found)) == {"Port1": ("socket://a:1",), "Port2": ("rfc2217://b:2",)}


IMEI = "490154203237518"


def test_a_module_that_moved_takes_a_name_made_of_its_imei_along_and_leaves_no_place_behind():
    imeis = {"usb-1-1.1:1.0": IMEI}
    bank = roster(rule("usb", name="{imei}"), imeis=imeis, confirmed=imeis.keys())
    assert named(bank.arrange([bridge("1.1", 0, "/dev/ttyUSB0")])) == {IMEI: ("/dev/ttyUSB0",)}
    assert named(bank.arrange([])) == {IMEI: ()}
    moved = bridge("1.2", 0, "/dev/ttyUSB0")
    assert named(bank.arrange([moved])) == {IMEI: (), "unknown at /dev/ttyUSB0": ("/dev/ttyUSB0",)}
    imeis["usb-1-1.2:1.0"] = IMEI
    assert named(bank.arrange([moved])) == {IMEI: ("/dev/ttyUSB0",)}
    imeis["usb-1-1.3:1.0"] = "353270040000018"
    others = named(bank.arrange([moved, bridge("1.3", 0, "/dev/ttyUSB1")]))
    assert others == {IMEI: ("/dev/ttyUSB0",), "353270040000018": ("/dev/ttyUSB1",)}


def test_a_configured_port_whose_module_moved_is_still_missing():
    imeis = {"usb-1-1.1:1.0": IMEI, "usb-1-1.2:1.0": IMEI}
    bank = roster(
        rule("/dev/ttyUSB0", name="{imei}"), rule("usb", name="{imei}"), imeis=imeis, confirmed=imeis.keys()
    )
    assert named(bank.arrange([bridge("1.1", 0, "/dev/ttyUSB0", (0, 1))])) == {IMEI: ("/dev/ttyUSB0",)}
    for _ in range(3):
        places = named(bank.arrange([bridge("1.2", 0, "/dev/ttyUSB1", (1,))]))
    assert places == {IMEI: ("/dev/ttyUSB1",), "unknown at /dev/ttyUSB0": ()}


def test_cloned_modules_both_have_names_and_keep_them_over_a_restart():
    imeis = {f"usb-1-1.{n}:1.0": IMEI for n in (1, 2)}
    ports = [bridge(f"1.{n}", 0, f"/dev/ttyUSB{n}") for n in (1, 2)]
    bank = roster(rule("usb", name="{imei}"), imeis=imeis, confirmed=imeis.keys())
    both = {IMEI: ("/dev/ttyUSB2",), f"{IMEI}-2": ("/dev/ttyUSB1",)}
    assert set(named(bank.arrange(ports[1:]))) == {IMEI}
    assert named(bank.arrange(ports)) == both
    assert bank.suffixed == {"usb-1-1.1:1.0": f"{IMEI}-2"}
    again = roster(rule("usb", name="{imei}"), imeis=imeis, by_imei=dict(bank.by_imei))
    assert named(again.arrange(ports)) == both


def test_the_arrangement_is_made_anew_only_when_something_is_otherwise():
    """And is then what it would be without the last one kept: any ports, IMEIs, told cards and forgotten places."""
    chance = random.Random(1)
    imeis: dict[str, str] = {}
    confirmed: set[str] = set()
    rules = rule("usb", name="{imei}"), rule("/dev/ttyUSB7", name="Fax"), rule("/dev/ttyUSB6")
    kept, plain = (roster(*rules, imeis=imeis, confirmed=confirmed) for _ in range(2))
    sockets = [
        FoundPort(Port(f"/dev/ttyUSB{n}", UsbPlace(f"1-{n % 3}", n, vid=vid, pid="6011")), rules)
        for n, vid, rules in (
            (0, "0403", (0,)),
            (1, "ffff", (0,)),
            (4, "ffff", (0,)),
            (6, "0403", (0, 2)),
            (7, "ffff", (1,)),
        )
    ]
    found = list(sockets)
    again = 0
    for _ in range(400):
        match chance.randrange(8):
            case 0:
                found = [one for one in sockets if chance.random() < 0.7]
            case 1:
                imeis[chance.choice(list(plain.numbers or {"": 0}))] = chance.choice(["1", "2"])
            case 2:
                confirmed ^= set(chance.choices(sorted(imeis), k=1)) if imeis else set()
            case 3:
                gone = {
                    place.key for place in plain.arrange(found) if not place.ports and chance.random() < 0.3
                }
                for one in (kept, plain):
                    one.forget(gone)
            case 4:
                for one in (kept, plain):
                    for place in one.arrange(found):
                        one.siblings.tell(place.key, "490154203237518", "8946120000005000016")
            case _:
                pass
        before = kept._last
        plain._last = None
        assert kept.arrange(found) == plain.arrange(found)
        assert kept.numbers == plain.numbers
        assert kept.by_imei == plain.by_imei
        again += kept._last is before
    assert 100 < again < 400
