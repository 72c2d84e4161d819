"""Which programs use a serial port: by UUCP lock files and by open descriptors in /proc. Blocks: call in a thread.

Lock files (LCK..ttyX, with a process id) are written by gammu, chan_dongle, minicom and pppd
(docs/at-field-guide.md §12).
"""

from __future__ import annotations

import contextlib
import os
import struct
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

LOCK_DIRECTORY = Path("/var/lock")
PROC = Path("/proc")


@dataclass(frozen=True, slots=True)
class Holder:
    """A process that uses a port. If we may not see which one, `pid` is 0 and `name` says why."""

    pid: int
    name: str

    def __str__(self) -> str:
        return f"{self.name} (pid {self.pid})" if self.pid else self.name


def fuser_command(device: str) -> str:
    """The command that shows the operator a holder that we may not see."""
    return f"sudo fuser -v {device}"


def lock_file_holder(device: str, *, directory: Path = LOCK_DIRECTORY, proc: Path = PROC) -> Holder | None:
    """The live process, other than us, that a lock file of `device` names; None if there is none.

    Both the given name and the device it leads to are looked up. A file without a readable number, or of a process
    that is gone, is stale and ignored; one that we may not read may be live, so it counts.
    """
    names = dict.fromkeys((Path(device).name, Path(os.path.realpath(device)).name))
    for lock_file in (directory / f"LCK..{name}" for name in names):
        try:
            pid = _pid_in(lock_file.read_bytes())
        except FileNotFoundError:
            continue
        except OSError:
            return Holder(0, f"the owner of {lock_file}")
        if pid is not None and pid != os.getpid() and _alive(pid):
            return _process(pid, proc)
    return None


def _pid_in(content: bytes) -> int | None:
    """The process id in a lock file: text (HDB UUCP), or four bytes in host order (older UUCP)."""
    words = content.split()
    if words and words[0].isdigit():
        pid = int(words[0][:10])
    elif len(content) == struct.calcsize("=i"):
        (pid,) = struct.unpack("=i", content)
    else:
        return None
    return pid if 0 < pid < 2**31 else None


def _alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def _process(pid: int, proc: Path) -> Holder:
    try:
        comm = (proc / str(pid) / "comm").read_text(errors="replace").strip()
        name = "".join(char if char.isprintable() else "?" for char in comm)  # any user may name a program so
    except OSError:
        name = ""
    return Holder(pid, name or "unknown program")


class ProcScan:
    """Which processes that we may see have which devices open.

    One scan of /proc takes some ten milliseconds and covers all ports, so that it is shared by all calls within
    `max_age` seconds: a whole bank is opened at once. It stops after `time_limit` seconds, with what it has found.
    """

    def __init__(
        self,
        *,
        proc: Path = PROC,
        clock: Callable[[], float] = time.monotonic,
        max_age: float = 0.5,
        time_limit: float = 1.0,
    ) -> None:
        self._proc = proc
        self._clock = clock
        self._max_age = max_age
        self._time_limit = time_limit
        self._lock = threading.Lock()
        self._scanned_at: float | None = None
        self._found: dict[str, list[Holder]] = {}
        self.hidden = False
        """Whether the last scan met programs whose devices we may not see: those of other users, for all but root."""

    def holders(self, device: str) -> tuple[Holder, ...]:
        """The processes, other than us, that have `device` open, or had it `max_age` seconds ago."""
        with self._lock:
            if self._scanned_at is None or self._clock() - self._scanned_at > self._max_age:
                self._found = self._scan()
                self._scanned_at = self._clock()
            return tuple(self._found.get(os.path.realpath(device), ()))

    def _scan(self) -> dict[str, list[Holder]]:
        # Links are only read, never followed: a device behind one may hang.
        found: dict[str, list[Holder]] = {}
        self.hidden = False
        end = self._clock() + self._time_limit
        for pid in _process_ids(self._proc):
            if self._clock() > end:
                break
            if pid != os.getpid():
                devices = _devices_of(pid, self._proc)
                self.hidden |= devices is None
                for device in devices or ():
                    found.setdefault(device, []).append(_process(pid, self._proc))
        return found


def _process_ids(proc: Path) -> list[int]:
    try:
        return [int(entry.name) for entry in proc.iterdir() if entry.name.isdigit()]
    except OSError:
        return []


def _devices_of(pid: int, proc: Path) -> set[str] | None:
    """The paths below /dev that a process has open; empty if it is gone, None if they are not ours to see."""
    folder = proc / str(pid) / "fd"
    devices = set()
    try:
        for descriptor in os.listdir(folder):  # noqa: PTH208  pathlib interns each name it meets, and there are thousands
            with contextlib.suppress(OSError):  # closed since
                target = os.readlink(f"{folder}/{descriptor}")  # noqa: PTH115  as above
                if target.startswith("/dev/"):
                    devices.add(target)
    except PermissionError:
        return None
    except OSError:
        pass
    return devices
