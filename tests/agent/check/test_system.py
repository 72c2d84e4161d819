"""Other programs on the ports, udev, kernel log, clock, store, descriptors, file modes."""

import pytest

from agent.check.finding import Level
from agent.check.system import (
    BRLTTY_RULES,
    CLAIMED_BY_BRLTTY,
    FULL,
    NEARLY_FULL,
    RULES,
    UsbPort,
    check_brltty,
    check_clock,
    check_descriptors,
    check_kernel_log,
    check_modem_manager,
    check_private_file,
    check_store,
    check_udev,
)

EC25 = "2c7c:0125"
FTDI = "0403:6001"
OURS = frozenset({RULES, BRLTTY_RULES})


def port(usb_id=EC25, *, ignored=True, ruled=True):
    return UsbPort("/dev/ttyUSB0", usb_id, ignored, ruled)


NOW = 1_780_000_000.0


def udev(*, rules=(), ports=()):
    return list(check_udev(rules, ports))


def modem_manager(*, running=(), rules=(), ports=()):
    return list(check_modem_manager(running, rules, ports))


def brltty(*, running=(), rules=(), usb_devices=()):
    return list(check_brltty(running, rules, usb_devices))


@pytest.mark.parametrize(
    ("seen", "level", "fix"),
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
def test_modem_manager_matters_where_it_can_reach_a_port(seen, level, fix):
    (found,) = modem_manager(**seen)
    assert found.level is level
    assert found.fix.startswith(fix)


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
    (found,) = brltty(**seen)
    assert found.level is level
    assert bool(found.fix) == (level is not Level.OK)


@pytest.mark.parametrize(
    ("seen", "level", "fix"),
    [
        ({"ports": [port()]}, Level.WARNING, "sudo simbank-agent install"),
        ({"ports": [port(ruled=False)], "rules": OURS}, Level.WARNING, "sudo udevadm"),
        ({"ports": [port()], "rules": OURS}, Level.OK, ""),
        ({"ports": [port("dead:beef")], "rules": OURS}, Level.WARNING, "declare it under usb:"),
    ],
)
def test_rules_are_to_be_there_and_in_force_for_the_devices_they_list(seen, level, fix):
    (found,) = udev(**seen)
    assert found.level is level
    assert found.fix.startswith(fix)


def test_without_usb_ports_the_rules_do_not_matter():
    assert udev() == []


def test_the_devices_of_common_pools_are_among_those_that_brltty_claims():
    assert {"0403:6001", "10c4:ea60", "1a86:7523"} <= CLAIMED_BY_BRLTTY


@pytest.mark.parametrize(
    ("line", "fix"),
    [
        ("usb 1-1.4: Not enough bandwidth for new interface configuration or altsetting.", "spread the bank"),
        ("usb 3-2.1: Not enough host controller resources for new device state.", "spread the bank"),
        ("usb 1-1-port3: over-current condition", "give the hub its own power supply"),
    ],
)
def test_a_bus_that_is_full_or_hungry_is_a_problem(line, fix):
    (found,) = check_kernel_log(
        ["usb 1-1: new high-speed USB device number 2 using xhci_hcd", line], brltty_runs=False
    )
    assert found.level is Level.PROBLEM
    assert line in found.text
    assert found.fix.startswith(fix)


def test_a_port_that_brltty_took_is_remembered():
    line = "usb 1-1.2: usbfs: interface 0 claimed by ch341 while 'brltty' sets config #1"
    first, second = check_kernel_log([line], brltty_runs=True)
    assert (first.level, second.level) == (Level.WARNING, Level.OK)
    assert "mask" in first.fix
    assert "plug it in again" in first.fix


def test_what_a_brltty_took_that_no_longer_runs_comes_back_by_a_replug_alone():
    line = "usb 1-1.2: usbfs: interface 0 claimed by ftdi_sio while 'brltty' sets config #1"
    first, _ = check_kernel_log([line], brltty_runs=False)
    assert "plug it in again" in first.fix
    assert "mask" not in first.fix


def test_silence_is_good():
    (found,) = check_kernel_log([], brltty_runs=False)
    assert found.level is Level.OK


def test_a_log_that_cannot_be_read_comes_with_the_command_that_reads_it():
    (found,) = check_kernel_log(None, brltty_runs=False)
    assert found.level is Level.WARNING
    assert found.fix.startswith("sudo dmesg")


@pytest.mark.parametrize(
    ("wall", "synchronised", "level"),
    [
        (NOW, True, Level.OK),
        (NOW, None, Level.OK),
        (NOW, False, Level.WARNING),
        (0.0, None, Level.PROBLEM),
        (1_700_000_000.0, True, Level.PROBLEM),
    ],
)
def test_the_clock_is_to_be_plausible_and_kept_right(wall, synchronised, level):
    found = check_clock(wall, synchronised)
    assert found.level is level
    assert ("timedatectl" in found.fix) == (level is not Level.OK)


@pytest.mark.parametrize(
    ("obstacle", "free", "level"),
    [
        ("", NEARLY_FULL, Level.OK),
        ("", None, Level.OK),
        ("", NEARLY_FULL - 1, Level.WARNING),
        ("", FULL - 1, Level.PROBLEM),
        ("there is no folder /var/lib/x", None, Level.PROBLEM),
    ],
)
def test_the_store_is_to_be_writable_and_to_have_room(obstacle, free, level):
    found = check_store("/var/lib/x/simbank.db", obstacle, free)
    assert found.level is level
    assert "/var/lib/x/simbank.db" in found.text


@pytest.mark.parametrize(
    ("limit", "ports", "shared", "level"),
    [
        (1024, 64, 0, Level.OK),
        (1024, 512, 0, Level.OK),
        (1024, 512, 512, Level.PROBLEM),
        (1024, 1024, 0, Level.PROBLEM),
        (4096, 1024, 1024, Level.OK),
        (None, 512, 0, Level.OK),
    ],
)
def test_each_port_takes_a_descriptor_and_a_shared_one_two(limit, ports, shared, level):
    found = check_descriptors(limit, ports, shared)
    assert found.level is level


@pytest.mark.parametrize(
    ("world_readable", "secret", "personal", "level"),
    [
        (True, True, False, Level.PROBLEM),
        (True, False, True, Level.WARNING),
        (True, True, True, Level.PROBLEM),
        (False, True, True, Level.OK),
    ],
)
def test_what_a_file_holds_decides_how_bad_it_is(world_readable, secret, personal, level):
    found = check_private_file(
        "config.yaml", "/etc/config.yaml", world_readable=world_readable, secret=secret, personal=personal
    )
    assert found.level is level


def test_a_file_without_secrets_and_numbers_is_not_mentioned():
    assert check_private_file("config.yaml", "/etc/config.yaml", world_readable=True) is None


def test_the_fix_can_be_pasted_whatever_the_name():
    found = check_private_file("config.yaml", "/srv/my bank/key", world_readable=True, secret=True)
    assert found.fix == "chmod o-rwx '/srv/my bank/key'"
