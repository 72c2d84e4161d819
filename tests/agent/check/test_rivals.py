"""ModemManager, brltty and our udev rules."""

import pytest

from agent.check.finding import Level
from agent.check.rivals import BRLTTY_RULES, CLAIMED_BY_BRLTTY, RULES, Surroundings, UsbPort, judge

EC25 = "2c7c:0125"
FTDI = "0403:6001"
OURS = frozenset({RULES, BRLTTY_RULES})


def port(usb_id=EC25, *, ignored=True, ruled=True):
    return UsbPort("/dev/ttyUSB0", usb_id, ignored, ruled)


def findings(what, **seen):
    return [found for found in judge(Surroundings(**seen)) if found.what == what]


@pytest.mark.parametrize(
    ("seen", "level", "mend"),
    [
        ({"running": frozenset()}, Level.OK, ""),
        ({"running": {"ModemManager"}, "ports": [port()]}, Level.OK, ""),
        ({"running": {"ModemManager"}}, Level.OK, ""),
        (
            {"running": {"ModemManager"}, "ports": [port(ignored=False)]},
            Level.PROBLEM,
            "sudo simbank-agent install",
        ),
        (
            {"running": {"ModemManager"}, "ports": [port(ignored=False)], "rules": OURS},
            Level.PROBLEM,
            "sudo udevadm control --reload",
        ),
        (
            {"running": {"ModemManager"}, "ports": [port(FTDI, ignored=False)]},
            Level.WARNING,
            "sudo simbank-agent install",
        ),
    ],
)
def test_modem_manager_matters_where_it_can_reach_a_port(seen, level, mend):
    (found,) = findings("ModemManager", **seen)
    assert found.level is level
    assert found.mend.startswith(mend)


FOREIGN = frozenset({"85-brltty.rules"})


@pytest.mark.parametrize(
    ("seen", "level"),
    [
        ({}, Level.OK),
        ({"usb_devices": {FTDI}}, Level.OK),
        ({"running": {"brltty"}}, Level.WARNING),
        ({"running": {"brltty"}, "usb_devices": {EC25}}, Level.WARNING),
        ({"running": {"brltty"}, "usb_devices": {FTDI}, "rules": OURS}, Level.PROBLEM),
        ({"rules": FOREIGN, "usb_devices": {FTDI}}, Level.PROBLEM),
        ({"rules": FOREIGN, "usb_devices": {EC25}}, Level.OK),
        ({"rules": FOREIGN | OURS, "usb_devices": {FTDI}}, Level.OK),
    ],
)
def test_brltty_matters_where_a_device_is_there_that_it_claims(seen, level):
    (found,) = findings("brltty", **seen)
    assert found.level is level
    assert bool(found.mend) == (level is not Level.OK)


@pytest.mark.parametrize(
    ("seen", "level", "mend"),
    [
        ({"ports": [port()]}, Level.WARNING, "sudo simbank-agent install"),
        ({"ports": [port(ruled=False)], "rules": OURS}, Level.WARNING, "sudo udevadm"),
        ({"ports": [port()], "rules": OURS}, Level.OK, ""),
        ({"ports": [port("dead:beef")], "rules": OURS}, Level.WARNING, "say what it is under usb:"),
    ],
)
def test_rules_are_to_be_there_and_in_force_for_the_devices_they_list(seen, level, mend):
    (found,) = findings("udev", **seen)
    assert found.level is level
    assert found.mend.startswith(mend)


def test_without_usb_ports_the_rules_do_not_matter():
    assert findings("udev") == []


def test_the_devices_of_common_pools_are_among_those_that_brltty_claims():
    assert {"0403:6001", "10c4:ea60", "1a86:7523"} <= CLAIMED_BY_BRLTTY
