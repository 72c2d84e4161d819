"""What this machine does to the agent: other programs on the ports, udev, USB, clock, disk, limits, file modes."""

from __future__ import annotations

import shlex
import time
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from agent.check.finding import Finding, good, problem, some, warning
from agent.install.install import MASK_BRLTTY
from agent.language import N_, _, current_language, ngettext
from agent.store.problems import problem_in
from agent.store.tables import PLAUSIBLE_SINCE
from drivers.ports import DeviceKind, product
from drivers.wire import descriptors_needed

MODEM_MANAGER: Final = "ModemManager"
BRLTTY: Final = "brltty"
RULES: Final = "60-simbank-agent.rules"
BRLTTY_RULES: Final = "86-simbank-agent-brltty.rules"

CLAIMED_BY_BRLTTY: Final = frozenset(
    {"0403:6001", "0403:6010", "10c4:ea60", "10c4:ea80", "1a86:7523", "1a86:55d3"},
)
"""brltty's Programs/usb_devices.c: common bridges that some Braille displays use (docs/at-field-guide.md §12)."""

FULL: Final = 16 * 1024 * 1024
NEARLY_FULL: Final = 256 * 1024 * 1024
"""Bytes. The store stays far below; the rest is for other programs that fill the same disk."""

_INSTALL: Final = "sudo simbank-agent install"
_APPLY: Final = N_("{command}, or plug the bank in again")
_APPLY_COMMAND: Final = "sudo udevadm control --reload && sudo udevadm trigger"
_REPLUG: Final = N_("if a port is missing, unplug that device and plug it in again")
_DISK_SPACE: Final = N_("free some space: `df -h` and `du` show where")
_REMOVE_BRLTTY: Final = N_("{command}, or sudo apt-get remove brltty; then plug the bank in again")

_BANDWIDTH: Final = (
    "not enough bandwidth for new interface configuration",
    "not enough bandwidth for altsetting",
    "not enough host controller resources",
    "no space left on device for new interface",
)
_POWER: Final = ("over-current condition", "over-current change", "insufficient available bus power")
_CLAIMED: Final = "while 'brltty' sets config"
_SPREAD: Final = N_(
    "spread the bank over several host controllers (other sockets of the machine, a PCIe USB card), or put a USB 2 hub"
    " or USB 2 cable in between: many controllers have fewer endpoints on USB 3"
)


@dataclass(frozen=True, slots=True)
class UsbPort:
    """One USB serial port; `usb_id` is "vid:pid", the flags are udev's: ID_MM_*_IGNORE, and our rules applied."""

    path: str
    usb_id: str
    ignored_by_modem_manager: bool
    ruled: bool

    @property
    def kind(self) -> DeviceKind:
        """What our table has for the device."""
        vid, _colon, pid = self.usb_id.partition(":")
        return product(vid, pid).kind


def check_udev(rules: Collection[str], ports: Sequence[UsbPort]) -> Iterator[Finding]:
    """Our udev rules: known, installed, applied. `rules` are the file names of the rules in force."""
    listed = [port for port in ports if port.kind is not DeviceKind.UNKNOWN]
    unlisted = sorted({port.usb_id for port in ports if port.kind is DeviceKind.UNKNOWN})
    if unlisted:
        text = ngettext(
            "our udev rules do not list this USB device: {ids}",
            "our udev rules do not list these USB devices: {ids}",
            len(unlisted),
        )
        fix = _(
            "declare it under usb: in config.yaml, and report the device so that it can be added to the table"
        )
        yield warning("udev", text.format(ids=some(unlisted)), fix)
    if not listed:
        return
    if RULES not in rules:
        text = _("our udev rules are not installed: no stable port names, no access for dialout")
        yield warning("udev", text, _INSTALL)
        return
    unruled = [port.path for port in listed if not port.ruled]
    if unruled:
        text = _("our udev rules have not been applied to {ports} yet").format(ports=some(unruled))
        yield warning("udev", text, _apply())
    else:
        yield good("udev", _("our udev rules are installed and applied"))


def _apply() -> str:
    return _(_APPLY).format(command=_APPLY_COMMAND)


def check_modem_manager(
    running: Collection[str], rules: Collection[str], ports: Sequence[UsbPort]
) -> Iterator[Finding]:
    """ModemManager, which probes ports (docs/at-field-guide.md §12). `running` are names of processes."""
    if MODEM_MANAGER not in running:
        yield good(MODEM_MANAGER, _("is not running"))
        return
    exposed = [port for port in ports if not port.ignored_by_modem_manager]
    if not exposed:
        yield good(MODEM_MANAGER, _("is running and ignores the bank's ports"))
        return
    instead = _("{command}, or {other}").format(
        command=_INSTALL, other="sudo systemctl disable --now ModemManager"
    )
    fix = _apply() if RULES in rules else instead
    paths = some(port.path for port in exposed)
    if any(port.kind is DeviceKind.MODEM for port in exposed):
        yield problem(MODEM_MANAGER, _("is running and will probe {ports}").format(ports=paths), fix)
    else:
        # Its default filter skips lone bridges (docs/at-field-guide.md §12), but other filters do not.
        yield warning(MODEM_MANAGER, _("is running and may probe {ports}").format(ports=paths), fix)


def check_brltty(
    running: Collection[str], rules: Collection[str], usb_devices: Collection[str]
) -> Iterator[Finding]:
    """brltty, which claims serial bridges (docs/at-field-guide.md §12). `usb_devices` are "vid:pid"."""
    claimed = sorted(CLAIMED_BY_BRLTTY.intersection(usb_devices))
    foreign = sorted(name for name in rules if BRLTTY in name and name != BRLTTY_RULES)
    fix = _(_REMOVE_BRLTTY).format(command=MASK_BRLTTY)
    if BRLTTY in running and claimed:
        text = _("is running and claims USB devices {ids} for Braille displays: their ports disappear")
        yield problem(BRLTTY, text.format(ids=some(claimed)), fix)
    elif foreign and claimed and BRLTTY_RULES not in rules:
        text = _("its udev rules ({file}) start it for USB devices {ids}: their ports disappear")
        fix = _(_REMOVE_BRLTTY).format(command=_INSTALL)
        yield problem(BRLTTY, text.format(file=foreign[0], ids=some(claimed)), fix)
    elif BRLTTY in running:
        yield warning(BRLTTY, _("is running and claims some USB serial bridges for Braille displays"), fix)
    else:
        yield good(BRLTTY, _("is not running"))


def check_kernel_log(lines: Sequence[str] | None, *, brltty_runs: bool) -> Iterator[Finding]:
    """USB bandwidth, power and brltty in the kernel's messages since boot; None: they cannot be read."""
    if lines is None:
        look = "sudo dmesg | grep -iE 'bandwidth|controller resources|over-current'"
        fix = _("{command}, or run check with sudo (it reads the log by journalctl)").format(command=look)
        yield warning("USB", _("the kernel log cannot be read"), fix)
        return
    bandwidth = [line for line in lines if _holds_any(line, _BANDWIDTH)]
    power = [line for line in lines if _holds_any(line, _POWER)]
    if bandwidth:
        text = _("the host controller is out of bandwidth, and modules are missing: {line}")
        yield problem("USB", text.format(line=bandwidth[-1]), _(_SPREAD))
    if power:
        text = _("not enough power: {line}").format(line=power[-1])
        yield problem("USB", text, _("give the hub its own power supply"))
    if any(_CLAIMED in line for line in lines):
        # The serial driver comes back to a device that brltty has let go of only when it is plugged in again.
        fix = _(_REPLUG)
        if brltty_runs:
            fix = _("{command}, then {fix}").format(command=MASK_BRLTTY, fix=fix)
        yield warning("USB", _("brltty has taken over a serial port since boot"), fix)
    if not bandwidth and not power:
        yield good("USB", _("no bandwidth or power problem in the kernel log"))


def _holds_any(line: str, phrases: Sequence[str]) -> bool:
    return any(phrase in line.lower() for phrase in phrases)


def check_clock(wall: float, synchronised: bool | None) -> Finding:
    """The clock: UNIX time `wall`; `synchronised` with a time server, None where nothing shows it."""
    shown = time.strftime("%Y-%m-%d", time.gmtime(wall))
    fix = _("{command}, or install chrony").format(command="sudo timedatectl set-ntp true")
    if wall < PLAUSIBLE_SINCE:
        text = _("is set to {date}, in the past: TLS will fail and date_start is left out").format(date=shown)
        return problem("clock", text, fix)
    if synchronised is False:
        return warning("clock", _("is not synchronised with a time server"), fix)
    if synchronised:
        return good("clock", _("plausible and synchronised with a time server"))
    return good("clock", _("plausible"))


def check_store(path: str, obstacle: str, free: int | None) -> Finding:
    """The store: why it cannot be written (empty: it can), and the bytes free on its disk (None: unknown)."""
    if obstacle:
        text = _("{file}: {why}; nothing would survive a restart").format(file=path, why=obstacle)
        fix = _(
            "create the folder and give it to the agent's user, or set store: in config.yaml to a file on a disk"
        )
        return problem("store", text, fix)
    if free is not None and free < FULL:
        return problem("store", _("the disk of {file} is full").format(file=path), _(_DISK_SPACE))
    if free is not None and free < NEARLY_FULL:
        text = _("the disk of {file} has {n} MB left").format(file=path, n=free // 1024**2)
        return warning("store", text, _(_DISK_SPACE))
    return good("store", _("{file} can be written").format(file=path))


def check_store_faults(faults: str) -> Iterator[Finding]:
    """What is or was wrong with what the store holds; nothing where all is well."""
    if faults:
        fix = _(
            "all else counts; the agent sets the file aside at its start, where it stays until you delete it"
        )
        yield warning("store", problem_in(faults, current_language()), fix)


def check_descriptors(limit: int | None, ports: int, shared: int = 0) -> Finding:
    """The hard limit of open files (None: unlimited) against the number of ports, and of those that are shared."""
    needed = descriptors_needed(ports, shared)
    if limit is not None and limit < needed:
        text = ngettext(
            "{limit} open files are allowed; {n} port needs {needed}",
            "{limit} open files are allowed; {n} ports need {needed}",
            ports,
        )
        fix = _("raise the limit: ulimit -Hn 65536 as root, or run the systemd unit")
        return problem("descriptors", text.format(limit=limit, n=ports, needed=needed), fix)
    return good("descriptors", ngettext("enough for {n} port", "enough for {n} ports", ports).format(n=ports))


def check_private_file(
    what: str, path: str, *, world_readable: bool, secret: bool = False, personal: bool = False
) -> Finding | None:
    """A file with a secret (key, token) or personal data (numbers of SIMs); None for one with neither."""
    if not (secret or personal):
        return None
    fix = f"chmod o-rwx {shlex.quote(path)}"
    if not world_readable:
        return good(what, _("{file} is not readable by others").format(file=path))
    if secret:
        text = _("{file} holds a secret, and every user of this machine can read it")
        return problem(what, text.format(file=path), fix)
    text = _("{file} holds numbers, and every user of this machine can read it")
    return warning(what, text.format(file=path), fix)
