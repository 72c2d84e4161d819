"""The lock file beside the database: one agent at a time, and where that agent's status server listens."""

from __future__ import annotations

import fcntl
import os
import time
from pathlib import Path
from typing import Final

_LONGEST_URL: Final = 300


class StoreInUse(Exception):
    """Another agent has this store."""


class StoreLock:
    """Held until `release`. The database itself is not locked: closing any descriptor of it drops sqlite's locks."""

    def __init__(self, database: Path | None) -> None:
        """Raises StoreInUse. Holds nothing without a path, or where the directory cannot be written."""
        self._descriptor = -1
        if database is None:
            return
        try:
            database.parent.mkdir(parents=True, exist_ok=True)
            lock = os.open(_lock_file(database), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        except OSError:
            return  # open_database reports it
        try:
            _lock(lock)
        except BlockingIOError as held:
            os.close(lock)
            raise StoreInUse(f"{database} is in use by another agent") from held
        self._descriptor = lock

    def announce(self, url: str) -> None:
        """Write where the agent's status server listens. Blocks. Raises OSError."""
        if self._descriptor >= 0:
            os.ftruncate(self._descriptor, 0)
            os.pwrite(self._descriptor, url.encode(), 0)

    def release(self) -> None:
        """Let another agent have the store."""
        if self._descriptor >= 0:
            os.close(self._descriptor)
            self._descriptor = -1


def refuse_if_locked(database: Path) -> None:
    """Raise StoreInUse while an agent has this store; creates no file."""
    try:
        lock = os.open(_lock_file(database), os.O_RDONLY | os.O_CLOEXEC)
    except OSError:
        return  # no agent ever had the store, or this user may not read it
    try:
        fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError as held:
        raise StoreInUse(f"{database} is in use by another agent") from held
    finally:
        os.close(lock)


def _lock(descriptor: int) -> None:
    """Lock the file, waiting for `refuse_if_locked` to end. Raises BlockingIOError where another agent holds it."""
    for pause in (0.05, 0.05):
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            time.sleep(pause)
        else:
            return
    fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)


def announced(database: Path) -> str:
    """Return what the last agent with this store announced, "" for nothing: it may have ended since."""
    try:
        with _lock_file(database).open(encoding="ascii") as lock:
            url = lock.read(_LONGEST_URL)
    except (OSError, UnicodeDecodeError):
        return ""
    return url if url.startswith("http://") else ""


def _lock_file(database: Path) -> Path:
    return database.with_name(database.name + ".lock")
