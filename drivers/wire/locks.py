"""Who else is on a serial port.

Responsible for the traces that other programs leave: lock files (UUCP's LCK..ttyX with a process id in it, as
gammu, chan_dongle, minicom and pppd write them) and open descriptors in /proc (docs/at-field-guide.md §12).
Must not know how a port is opened, nor what follows from its being taken. Blocks: not for the event loop.
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
    """A process that has a port. `pid` is 0 and `name` says why where our rights do not reach."""

    pid: int
    name: str

    def __str__(self) -> str:
        return f"{self.name} (pid {self.pid})" if self.pid else self.name


def command_that_tells(device: str) -> str:
    """What the operator can type to learn the holder that we may not see."""
    return f"sudo fuser -v {device}"


def lock_file_holder(device: str, *, directory: Path = LOCK_DIRECTORY, proc: Path = PROC) -> Holder | None:
    """The live process, other than us, which a lock file of `device` names; None when there is none.

    Both the given name and the device it leads to are looked up. A file without a readable number, and one
    whose process is gone, is stale and binds nobody; one that we may not read might be live, so it binds.
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
    """The process id in a lock file: text (HDB UUCP), or four bytes of the host's own order (older UUCP)."""
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
        name = (proc / str(pid) / "comm").read_text(errors="replace").strip()
    except OSError:
        name = ""
    return Holder(pid, name or "unknown program")


class Census:
    """Which processes have which devices open, as far as our rights reach.

    One look at /proc costs some ten milliseconds and tells of all ports, so it is shared by all that ask
    within `keep` seconds: a whole bank is opened at once. A look ends after `patience` seconds, with what it
    has found.
    """

    def __init__(
        self,
        *,
        proc: Path = PROC,
        clock: Callable[[], float] = time.monotonic,
        keep: float = 0.5,
        patience: float = 1.0,
    ) -> None:
        self._proc = proc
        self._clock = clock
        self._keep = keep
        self._patience = patience
        self._turn = threading.Lock()
        self._taken: float | None = None
        self._found: dict[str, list[Holder]] = {}

    def holders(self, device: str) -> tuple[Holder, ...]:
        """The processes, other than us, that have `device` open now or had it `keep` seconds ago."""
        with self._turn:
            if self._taken is None or self._clock() - self._taken > self._keep:
                self._found = self._look()
                self._taken = self._clock()
            return tuple(self._found.get(os.path.realpath(device), ()))

    def _look(self) -> dict[str, list[Holder]]:
        """Links are only read, never followed: what is behind one may hang."""
        found: dict[str, list[Holder]] = {}
        end = self._clock() + self._patience
        for pid in _process_ids(self._proc):
            if self._clock() > end:
                break
            if pid != os.getpid():
                for device in _devices_of(pid, self._proc):
                    found.setdefault(device, []).append(_process(pid, self._proc))
        return found


def _process_ids(proc: Path) -> list[int]:
    try:
        return [int(entry.name) for entry in proc.iterdir() if entry.name.isdigit()]
    except OSError:
        return []


def _devices_of(pid: int, proc: Path) -> set[str]:
    """The paths below /dev that a process has open; nothing when it is gone or not ours to look at."""
    folder = proc / str(pid) / "fd"
    devices = set()
    try:
        for descriptor in os.listdir(folder):  # noqa: PTH208  pathlib interns each name it meets, and there are thousands
            with contextlib.suppress(OSError):  # closed since
                target = os.readlink(f"{folder}/{descriptor}")  # noqa: PTH115  as above
                if target.startswith("/dev/"):
                    devices.add(target)
    except OSError:
        pass
    return devices
