"""This machine, as `check` sees it: accounts, file modes, processes, udev, kernel log, clock, disk, limits.

Changes nothing, opens no port. All of it blocks: call it in a thread.
"""

from __future__ import annotations

import contextlib
import grp
import os
import pwd
import resource
import shutil
import subprocess
import time
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import pyudev

from agent.check.permissions import ENTER, READ, WRITE, Account, FileRights, may
from agent.check.system import UsbPort
from agent.config.locate import SYSTEM_STATE, SYSTEM_USER
from agent.language import _
from agent.store.read_only import faults
from drivers.wire import LOCK_DIRECTORY, PROC, Holder, ProcScan, lock_file_holder

SERVICE_GROUP: Final = "dialout"
"""udev/simbank-agent.service: SupplementaryGroups=."""
RULE_FOLDERS: Final = tuple(Path(folder) for folder in ("/etc", "/run", "/usr/local/lib", "/usr/lib", "/lib"))
"""Where udev reads udev/rules.d, first one first: of two files with one name it takes the first (udev(7))."""
COMMAND_WITHIN: Final = 4.0


@dataclass(frozen=True, slots=True)
class Host:
    """The machine; a test may give it folders of its own."""

    proc: Path = PROC
    rule_folders: tuple[Path, ...] = RULE_FOLDERS
    lock_directory: Path = LOCK_DIRECTORY
    state_folder: Path = SYSTEM_STATE
    synchronised_mark: Path = Path("/run/systemd/timesync/synchronized")
    proc_scan: ProcScan = field(default_factory=ProcScan)

    def account(self, *, service: bool) -> Account:
        """The account that the agent will run as: the service's own where root asks for `service`, else ours."""
        if service and os.geteuid() == 0:
            with contextlib.suppress(KeyError):
                user = pwd.getpwnam(SYSTEM_USER)
                groups = {*os.getgrouplist(user.pw_name, user.pw_gid), _group_id(SERVICE_GROUP)}
                return Account(user.pw_name, user.pw_uid, frozenset(groups), ours=False)
        uid = os.geteuid()
        in_force = frozenset({os.getegid(), *os.getgroups()})
        try:
            user = pwd.getpwuid(uid)
        except KeyError:
            return Account(f"user {uid}", uid, in_force)
        return Account(user.pw_name, uid, in_force, frozenset(os.getgrouplist(user.pw_name, user.pw_gid)))

    def rights(self, path: Path) -> FileRights | None:
        """Owner, group and mode; None where there is no such file or we may not see it."""
        try:
            status = path.stat()
            reachable = all(folder.stat().st_mode & ENTER for folder in path.resolve().parents)
        except OSError:
            return None
        return FileRights(
            status.st_uid, status.st_gid, _group_name(status.st_gid), status.st_mode & 0o777, reachable
        )

    def may_use(self, path: Path, account: Account, wanted: int = READ | WRITE) -> bool:
        """Whether the account may use a file: by its mode, for our own account by the kernel (ACLs included)."""
        if account.ours:
            return os.access(path, wanted, effective_ids=True)
        rights = self.rights(path)
        return rights is not None and may(account, rights, wanted)

    def holder(self, path: str) -> tuple[Holder | None, bool]:
        """The other program that holds a port, where our rights let us see it, and whether it is an agent."""
        holder = lock_file_holder(path, directory=self.lock_directory, proc=self.proc)
        # The program that serves a pseudo-terminal may hold both of its ends.
        if holder is None and not os.path.realpath(path).startswith("/dev/pts/"):
            holder = next(iter(self.proc_scan.holders(path)), None)
        return holder, holder is not None and self._is_agent(holder.pid)

    @property
    def blind(self) -> bool:
        """Whether the kernel hides which files the programs of other users have open."""
        return os.geteuid() != 0

    def _is_agent(self, pid: int) -> bool:
        try:
            words = (self.proc / str(pid) / "cmdline").read_bytes().split(b"\0")
        except OSError:
            return False
        return _is_our_program([os.fsdecode(word) for word in words])

    def running(self) -> frozenset[str]:
        """The names of all running programs, each cut to 15 characters by the kernel (proc(5), comm)."""
        names = set()
        for entry in self.proc.iterdir():
            if entry.name.isdigit():
                with contextlib.suppress(OSError):
                    names.add((entry / "comm").read_text(errors="replace").strip())
        return frozenset(names)

    def rules(self) -> frozenset[str]:
        """The file names of the udev rules in force; an empty file or /dev/null in /etc masks one (udev(7))."""
        found: dict[str, Path] = {}
        for folder in self.rule_folders:
            for path in (folder / "udev/rules.d").glob("*.rules"):
                found.setdefault(path.name, path)
        return frozenset(name for name, path in found.items() if _has_text(path))

    def usb_ports(self, paths: Iterable[str]) -> list[UsbPort]:
        """Those of `paths` that are USB serial ports, with udev's properties."""
        wanted = {os.path.realpath(path) for path in paths}
        found = []
        for tty in _devices("tty"):
            device = tty.find_parent("usb", "usb_device")
            if device is None or tty.device_node not in wanted:
                continue
            marks = (tty.properties.get("ID_MM_PORT_IGNORE"), device.properties.get("ID_MM_DEVICE_IGNORE"))
            ruled = bool(tty.properties.get("SIMBANK_KIND"))
            found.append(UsbPort(tty.device_node, _usb_id(device), "1" in marks, ruled))
        return found

    def usb_devices(self) -> frozenset[str]:
        """The "vid:pid" of every USB device, also of those without a tty."""
        return frozenset(_usb_id(device) for device in _devices("usb") if device.device_type == "usb_device")

    def kernel_lines(self) -> list[str] | None:
        """The kernel's messages since boot; None where they cannot be read."""
        log = _output_of("journalctl", "--quiet", "--no-pager", "--dmesg", "--output=cat", "--lines=50000")
        return log.splitlines() if log else None

    def wall(self) -> float:
        """UNIX time."""
        return time.time()

    def clock_is_synchronised(self) -> bool | None:
        """Whether the clock is synchronised with a time server; None: unknown."""
        if self.synchronised_mark.exists():
            return True
        shown = _output_of("timedatectl", "show", "--property=NTPSynchronized", "--value")
        return {"yes": True, "no": False}.get(shown.strip())

    def store(self, path: Path, account: Account) -> tuple[str, int | None]:
        """Why the store cannot be written (empty: it can), and the bytes free on its disk (None: unknown)."""
        folder = path.parent
        if not account.ours and folder == self.state_folder and not _owned_by(folder, account):
            return "", None  # systemd creates it, or gives it to the service with all in it
        if not folder.is_dir():
            return _("there is no folder {folder}").format(folder=folder), None
        disk = shutil.disk_usage(folder)
        if not disk.total:
            text = _("{folder} is a pseudo file system, which stores no files")
            return text.format(folder=folder), None
        if not self.may_use(folder, account, WRITE | ENTER):
            text = _("{user} may not write in {folder}")
            return text.format(user=account.name, folder=folder), disk.free
        if path.exists() and not path.is_file():
            return _("it is not a file"), disk.free
        if path.exists() and not self.may_use(path, account):
            return _("{user} may not write it").format(user=account.name), disk.free
        return "", disk.free

    def store_faults(self, path: Path) -> str:
        """What an agent would leave out of the store or left out at its last start, "" for nothing."""
        return faults(path) if path.is_file() and os.access(path, os.R_OK) else ""

    def most_descriptors(self) -> int | None:
        """The hard limit of open files; None: unlimited."""
        hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
        return None if hard == resource.RLIM_INFINITY else hard


def _is_our_program(words: list[str]) -> bool:
    """Whether a command line starts our program, by its script or as a module of an interpreter."""
    names = iter(words)
    for word in names:
        if word == "-m":
            return next(names, "") == "agent"
        name = Path(word).name
        if not word.startswith("-") and not name.startswith("python"):
            return name == "simbank-agent"
    return False


def _group_name(gid: int) -> str:
    try:
        return grp.getgrgid(gid).gr_name
    except KeyError:
        return str(gid)


def _group_id(name: str) -> int:
    return grp.getgrnam(name).gr_gid


def _has_text(path: Path) -> bool:
    try:
        return path.stat().st_size > 0  # /dev/null and empty files mask rules
    except OSError:
        return False


def _owned_by(path: Path, account: Account) -> bool:
    try:
        return path.stat().st_uid == account.uid
    except OSError:
        return False


def _devices(subsystem: str) -> Iterable[pyudev.Device]:
    try:
        return list(pyudev.Context().list_devices(subsystem=subsystem))
    except ImportError:  # no libudev
        return []


def _usb_id(device: pyudev.Device) -> str:
    ids = (device.attributes.get(name) or b"" for name in ("idVendor", "idProduct"))
    return ":".join(value.decode(errors="replace").strip().lower() for value in ids)


def _output_of(*command: str) -> str:
    """What a command prints; empty where it fails, hangs or does not exist."""
    try:
        ran = subprocess.run(  # noqa: S603  fixed commands only
            command,
            capture_output=True,
            text=True,
            check=False,
            timeout=COMMAND_WITHIN,
            errors="replace",
        )
    except (OSError, subprocess.SubprocessError):
        return ""
    return ran.stdout if ran.returncode == 0 else ""
