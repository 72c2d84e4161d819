"""Services that take serial ports by themselves, ModemManager and brltty, and our udev rules.

What they take: docs/at-field-guide.md §12.

Responsible for judging whether they can reach the bank's ports. Must not look at processes, udev or USB itself.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from agent.check.finding import Finding, good, problem, some, warning
from drivers.ports.usb_ids import Kind, product

MODEM_MANAGER = "ModemManager"
BRLTTY = "brltty"
RULES = "60-simbank-agent.rules"
BRLTTY_RULES = "86-simbank-agent-brltty.rules"

CLAIMED_BY_BRLTTY = frozenset(
    {"0403:6001", "0403:6010", "10c4:ea60", "10c4:ea80", "1a86:7523", "1a86:55d3"},
)
"""brltty's Programs/usb_devices.c: common bridges that some Braille displays use too (docs/at-field-guide.md §12)."""

_INSTALL = "sudo simbank-agent install"
_APPLY = "sudo udevadm control --reload && sudo udevadm trigger, or plug the bank in again"
_MASK_BRLTTY = "sudo systemctl mask --now brltty.service brltty-udev.service, or sudo apt-get remove brltty"


@dataclass(frozen=True, slots=True)
class UsbPort:
    """One USB serial port and udev's marks: whether ModemManager leaves it alone, and whether our rules saw it."""

    path: str
    usb_id: str
    ignored_by_modem_manager: bool
    ruled: bool

    @property
    def kind(self) -> Kind:
        """What our table says of the device."""
        vid, _, pid = self.usb_id.partition(":")
        return product(vid, pid).kind


@dataclass(frozen=True, slots=True, kw_only=True)
class Surroundings:
    """Names of running programs, names of udev rules that are in force, USB devices ("vid:pid"), the bank's ports."""

    running: frozenset[str] = frozenset()
    rules: frozenset[str] = frozenset()
    usb_devices: frozenset[str] = frozenset()
    ports: Sequence[UsbPort] = ()


def judge(seen: Surroundings) -> Iterator[Finding]:
    """Judge the rules first: they are the mend for the others."""
    yield from _rules(seen)
    yield from _modem_manager(seen)
    yield from _brltty(seen)


def _rules(seen: Surroundings) -> Iterator[Finding]:
    listed = [port for port in seen.ports if port.kind is not Kind.UNKNOWN]
    unlisted = sorted({port.usb_id for port in seen.ports if port.kind is Kind.UNKNOWN})
    if unlisted:
        text = f"our udev rules do not list the USB device {some(unlisted)}"
        mend = (
            "say what it is under usb: in config.yaml, and report the device so that it gets into the table"
        )
        yield warning("udev", text, mend)
    if not listed:
        return
    if RULES not in seen.rules:
        yield warning(
            "udev", "our udev rules are not installed: no stable names, no right for dialout", _INSTALL
        )
        return
    unruled = [port.path for port in listed if not port.ruled]
    if unruled:
        yield warning("udev", f"our udev rules have not seen {some(unruled)} yet", _APPLY)
    else:
        yield good("udev", "our udev rules are installed and in force")


def _modem_manager(seen: Surroundings) -> Iterator[Finding]:
    if MODEM_MANAGER not in seen.running:
        yield good(MODEM_MANAGER, "does not run")
        return
    exposed = [port for port in seen.ports if not port.ignored_by_modem_manager]
    if not exposed:
        yield good(MODEM_MANAGER, "runs, and leaves the bank's ports alone")
        return
    mend = _APPLY if RULES in seen.rules else f"{_INSTALL}, or sudo systemctl disable --now ModemManager"
    paths = some(port.path for port in exposed)
    if any(port.kind is Kind.MODEM for port in exposed):
        yield problem(MODEM_MANAGER, f"runs, and will open and question {paths}", mend)
    else:
        # Its default filter passes over lone bridges (docs/at-field-guide.md §12), but other filters do not.
        yield warning(MODEM_MANAGER, f"runs, and may open {paths}", mend)


def _brltty(seen: Surroundings) -> Iterator[Finding]:
    claimed = sorted(seen.usb_devices & CLAIMED_BY_BRLTTY)
    foreign = sorted(name for name in seen.rules if BRLTTY in name and name != BRLTTY_RULES)
    if BRLTTY in seen.running and claimed:
        text = f"runs, and takes USB devices {some(claimed)} for Braille displays: their ports vanish"
        yield problem(BRLTTY, text, _MASK_BRLTTY)
    elif foreign and claimed and BRLTTY_RULES not in seen.rules:
        text = f"its udev rules ({foreign[0]}) start it for USB devices {some(claimed)}: their ports vanish"
        yield problem(BRLTTY, text, f"{_INSTALL}, or sudo apt-get remove brltty")
    elif BRLTTY in seen.running:
        yield warning(BRLTTY, "runs, and takes some USB-serial bridges for Braille displays", _MASK_BRLTTY)
    else:
        yield good(BRLTTY, "does not run")
