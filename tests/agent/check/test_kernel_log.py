"""What the kernel said of USB."""

import pytest

from agent.check.finding import Level
from agent.check.kernel_log import judge


@pytest.mark.parametrize(
    ("line", "mend"),
    [
        ("usb 1-1.4: Not enough bandwidth for new interface configuration or altsetting.", "spread the bank"),
        ("usb 3-2.1: Not enough host controller resources for new device state.", "spread the bank"),
        ("usb 1-1-port3: over-current condition", "give the hub a power supply"),
    ],
)
def test_a_bus_that_is_full_or_hungry_is_a_problem(line, mend):
    (found,) = judge(["usb 1-1: new high-speed USB device number 2 using xhci_hcd", line])
    assert found.level is Level.PROBLEM
    assert line in found.text
    assert found.mend.startswith(mend)


def test_a_port_that_brltty_took_is_remembered():
    line = "usb 1-1.2: usbfs: interface 0 claimed by ch341 while 'brltty' sets config #1"
    first, second = judge([line])
    assert (first.level, second.level) == (Level.WARNING, Level.OK)
    assert "mask" in first.mend


def test_silence_is_good():
    (found,) = judge([])
    assert found.level is Level.OK


def test_a_log_that_may_not_be_read_is_said_with_the_command_that_reads_it():
    (found,) = judge(None)
    assert found.level is Level.WARNING
    assert found.mend.startswith("sudo dmesg")
