"""This machine, as `check` needs to see it.

Responsible for looking: accounts, file modes, processes, udev, the kernel's log, clock, disk, limits. Changes nothing,
opens no port. Must not judge what it sees. All of it blocks: call it in a thread.
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

from agent.check.machine import StoreFacts
from agent.check.permissions import ENTER, READ, WRITE, Account, FileRights, may
from agent.check.rivals import UsbPort
from drivers.wire.locks import LOCK_DIRECTORY, PROC, Census, Holder, lock_file_holder

SERVICE_ACCOUNT: Final = "simbank-agent"
SERVICE_GROUP: Final = "dialout"
"""udev/simbank-agent.service: User= and SupplementaryGroups=."""
RULE_FOLDERS: Final = tuple(Path(folder) for folder in ("/etc", "/run", "/usr/local/lib", "/usr/lib", "/lib"))
"""Where udev reads rules from, below each udev/rules.d, the first that has a name counts."""
KERNEL_RECORD: Final = 8192
"""Bytes: the kernel gives one record a read, and none is longer."""
MOST_RECORDS: Final = 50_000
COMMAND_WITHIN: Final = 4.0


@dataclass(frozen=True, slots=True)
class Host:
    """The machine below some folders, so that a test can build one."""

    proc: Path = PROC
    rule_folders: tuple[Path, ...] = RULE_FOLDERS
    lock_directory: Path = LOCK_DIRECTORY
    kernel_log: Path = Path("/dev/kmsg")
    state_folder: Path = Path("/var/lib/simbank-agent")
    """udev/simbank-agent.service: StateDirectory=."""
    synchronised_mark: Path = Path("/run/systemd/timesync/synchronized")
    census: Census = field(default_factory=Census)

    def account(self, *, service: bool) -> Account:
        """Give the account that the agent will run as: the service's own where root asks for `service`, else ours."""
        if service and os.geteuid() == 0:
            with contextlib.suppress(KeyError):
                user = pwd.getpwnam(SERVICE_ACCOUNT)
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
        """Read owner, group and mode; None where there is no such file, or it may not even be looked at."""
        try:
            status = path.stat()
            reachable = all(folder.stat().st_mode & ENTER for folder in path.resolve().parents)
        except OSError:
            return None
        return FileRights(
            status.st_uid, status.st_gid, _group_name(status.st_gid), status.st_mode & 0o777, reachable
        )

    def may_use(self, path: Path, account: Account, wanted: int = READ | WRITE) -> bool:
        """Whether the account may use a file; of our own account the kernel knows more than modes tell."""
        if account.ours:
            return os.access(path, wanted, effective_ids=True)
        rights = self.rights(path)
        return rights is not None and may(account, rights, wanted)

    def holder(self, path: str) -> tuple[Holder | None, bool]:
        """Who else has a port, as far as our rights reach, and whether that is an agent."""
        holder = lock_file_holder(path, directory=self.lock_directory, proc=self.proc)
        # What serves a pseudo-terminal may well hold both its ends.
        if holder is None and not os.path.realpath(path).startswith("/dev/pts/"):
            holder = next(iter(self.census.holders(path)), None)
        return holder, holder is not None and self._is_agent(holder.pid)

    @property
    def blind(self) -> bool:
        """Whether the kernel hides from us which files the programs of other users have open."""
        return os.geteuid() != 0

    def _is_agent(self, pid: int) -> bool:
        try:
            words = (self.proc / str(pid) / "cmdline").read_bytes().split(b"\0")
        except OSError:
            return False
        return _is_our_program([os.fsdecode(word) for word in words])

    def running(self) -> frozenset[str]:
        """Give the names of all programs that run, each cut to 15 characters by the kernel."""
        names = set()
        for entry in self.proc.iterdir():
            if entry.name.isdigit():
                with contextlib.suppress(OSError):
                    names.add((entry / "comm").read_text(errors="replace").strip())
        return frozenset(names)

    def rules(self) -> frozenset[str]:
        """Give the names of the udev rules in force; an empty file or /dev/null in /etc switches one off."""
        found: dict[str, Path] = {}
        for folder in self.rule_folders:
            for path in (folder / "udev/rules.d").glob("*.rules"):
                found.setdefault(path.name, path)
        return frozenset(name for name, path in found.items() if _has_text(path))

    def usb_ports(self, paths: Iterable[str]) -> list[UsbPort]:
        """Read udev's marks of those of `paths` that are USB serial ports."""
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
        """Give "vid:pid" of every USB device, those that lost their tty among them."""
        return frozenset(_usb_id(device) for device in _devices("usb") if device.device_type == "usb_device")

    def kernel_lines(self) -> list[str] | None:
        """Give the kernel's messages since the start, None where we may not read them."""
        try:
            return _kernel_messages(self.kernel_log)
        except OSError:
            said = _said_by("journalctl", "--quiet", "--no-pager", "--dmesg", "--output=cat", "--lines=50000")
            return said.splitlines() if said else None

    def wall(self) -> float:
        """Give UNIX time."""
        return time.time()

    def clock_is_synchronised(self) -> bool | None:
        """Whether a time server sets the clock, None where nobody can tell."""
        if self.synchronised_mark.exists():
            return True
        said = _said_by("timedatectl", "show", "--property=NTPSynchronized", "--value")
        return {"yes": True, "no": False}.get(said.strip())

    def store(self, path: Path, account: Account) -> StoreFacts:
        """See whether the store can be written, or made."""
        folder = path.parent
        if not account.ours and folder == self.state_folder and not _owned_by(folder, account):
            return StoreFacts(
                str(path), "", None
            )  # systemd makes it, or gives it to the service with all in it
        if not folder.is_dir():
            return StoreFacts(str(path), f"there is no folder {folder}", None)
        room = shutil.disk_usage(folder)
        if not room.total:
            return StoreFacts(str(path), f"{folder} is a pseudo file system, which keeps no files", None)
        free = room.free
        if not self.may_use(folder, account, WRITE | ENTER):
            return StoreFacts(str(path), f"{account.name} may not write in {folder}", free)
        if path.exists() and not path.is_file():
            return StoreFacts(str(path), "it is no file", free)
        if path.exists() and not self.may_use(path, account):
            return StoreFacts(str(path), f"{account.name} may not write it", free)
        return StoreFacts(str(path), "", free)

    def most_descriptors(self) -> int | None:
        """Give the hard limit of open files, None where there is none."""
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


def _kernel_messages(path: Path) -> list[str]:
    """Read every record without waiting for the next. Raises OSError."""
    lines: list[str] = []
    descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
    try:
        for _ in range(MOST_RECORDS):
            try:
                record = os.read(descriptor, KERNEL_RECORD)
            except BrokenPipeError:  # overwritten while we read: the next read goes on behind it
                continue
            except BlockingIOError:
                break
            if not record:
                break
            lines += _messages(record)
    finally:
        os.close(descriptor)
    return lines


def _messages(record: bytes) -> Iterable[str]:
    """Take the text of a record: "6,339,5140900,-;text", then lines of its device, indented."""
    for line in record.decode(errors="replace").splitlines():
        head, semicolon, text = line.partition(";")
        if semicolon and not line.startswith(" ") and "," in head:
            yield text


def _said_by(*command: str) -> str:
    """Give what a command of the system prints; empty where it fails, hangs or is not there."""
    try:
        ran = subprocess.run(  # noqa: S603  our own words
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
