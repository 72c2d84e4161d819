"""What the kernel said about USB: bandwidth that ran out, devices that fell off.

Responsible for the words that matter and for judging them. Must not read the log itself.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from agent.check.finding import Finding, good, problem, warning

_BANDWIDTH = (
    "not enough bandwidth for new interface configuration",
    "not enough bandwidth for altsetting",
    "not enough host controller resources",
    "no space left on device for new interface",
)
_POWER = ("over-current condition", "over-current change", "insufficient available bus power")
_CLAIMED = "while 'brltty' sets config"

_SPREAD = (
    "spread the bank over several host controllers (other sockets of the machine, a PCIe USB card), or put a USB 2 hub"
    " or USB 2 cable between: many controllers have fewer endpoints on USB 3"
)


def judge(lines: Sequence[str] | None) -> Iterator[Finding]:
    """Judge the kernel's messages since the start of the machine; None where they may not be read."""
    if lines is None:
        mend = "sudo dmesg | grep -iE 'bandwidth|controller resources|over-current', or run check with sudo"
        yield warning("USB", "the kernel's messages may not be read with these rights", mend)
        return
    bandwidth = [line for line in lines if _says(line, _BANDWIDTH)]
    power = [line for line in lines if _says(line, _POWER)]
    if bandwidth:
        yield problem(
            "USB", f"the host controller is full, and modules are missing: {bandwidth[-1]}", _SPREAD
        )
    if power:
        yield problem("USB", f"too little power: {power[-1]}", "give the hub a power supply of its own")
    if any(_CLAIMED in line for line in lines):
        text = "brltty took a serial port away since this machine started"
        yield warning("USB", text, "sudo systemctl mask --now brltty.service brltty-udev.service")
    if not bandwidth and not power:
        yield good("USB", "the kernel had bandwidth and power for all devices")


def _says(line: str, words: Sequence[str]) -> bool:
    return any(word in line.lower() for word in words)
