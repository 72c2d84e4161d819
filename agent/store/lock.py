"""The lock file beside the database: one agent at a time, and where that agent listens: page and control socket."""

from __future__ import annotations

import errno
import fcntl
import logging
import os
import stat
import time
from pathlib import Path
from typing import Final

from agent.language import N_, _
from agent.language.system_words import error_words
from agent.store.owner import give_to_owner

_log = logging.getLogger(__name__)

_IN_USE: Final = N_("{file} is in use by another agent")
_LONGEST: Final = 5000
_PAUSES: Final = (0.05, 0.05)
"""Seconds between tries to lock: `refuse_if_locked` of a command holds the lock for a moment, an agent for its life."""


class StoreInUse(Exception):
    """Another agent has this store."""


class StoreLock:
    """Held until `release`. The database itself is not locked: closing any descriptor of it drops sqlite's locks."""

    def __init__(self, database: Path | None) -> None:
        """Raises StoreInUse. Holds nothing without a path, or where the directory cannot be written."""
        self._database = database
        self._descriptor = -1
        self._said = b""
        try:
            self.hold()
        except OSError as why:
            # Where there is no such file, the database cannot be made either, and that is logged.
            if database is not None and os.path.lexists(_lock_file(database)):
                _log.warning("store: %s cannot be locked (%s)", _lock_file(database), error_words(why))

    def hold(self) -> None:
        """Take the lock where it is not held, or its file was deleted or replaced. Blocks.

        Raises StoreInUse, OSError.
        """
        if self._database is None or self._holds(_lock_file(self._database)):
            return
        self._database.parent.mkdir(parents=True, exist_ok=True)
        lock = _opened(_lock_file(self._database), os.O_RDWR | os.O_CREAT)
        try:
            give_to_owner(lock, self._database.parent)
            _lock(lock)
        except OSError as why:
            os.close(lock)
            if isinstance(why, BlockingIOError):
                raise StoreInUse(_(_IN_USE).format(file=self._database)) from why
            raise
        self.release()
        self._descriptor = lock
        self._write(self._said)

    def _holds(self, file: Path) -> bool:
        try:
            return self._descriptor >= 0 and os.path.samestat(os.fstat(self._descriptor), file.lstat())
        except FileNotFoundError:
            return False

    def announce(self, url: str, control: Path | None = None) -> None:
        """Write where the agent's status server and its control socket listen. Blocks. Raises OSError."""
        self._write(b"\n".join([url.encode(), os.fsencode(control) if control is not None else b""]).rstrip())

    def _write(self, said: bytes) -> None:
        self._said = said
        if self._descriptor >= 0 and said:
            os.ftruncate(self._descriptor, 0)
            os.pwrite(self._descriptor, said, 0)

    def release(self) -> None:
        """Let another agent have the store."""
        if self._descriptor >= 0:
            os.close(self._descriptor)
            self._descriptor = -1


def refuse_if_locked(database: Path) -> None:
    """Raise StoreInUse while an agent has this store; creates no file."""
    try:
        lock = _opened(_lock_file(database), os.O_RDONLY)
    except OSError:
        return  # no agent ever had the store, or this user may not read it
    try:
        fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError as held:
        raise StoreInUse(_(_IN_USE).format(file=database)) from held
    finally:
        os.close(lock)


def _lock(descriptor: int) -> None:
    """Lock the file. Blocks. Raises BlockingIOError where another agent holds it."""
    for pause in _PAUSES:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            time.sleep(pause)  # whoever only looks has let go by then; this is never on the event loop
        else:
            return
    fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)


def announced(database: Path) -> str:
    """Return what the last agent with this store announced, "" for nothing: it may have ended since."""
    url = _said(database)[0].decode("ascii", "replace")
    return url if url.startswith("http://") and url.isascii() else ""


def announced_socket(database: Path) -> Path | None:
    """Return the control socket of the last agent with this store, None for none. Raises PermissionError."""
    path = os.fsdecode(b"".join(_said(database, strict=True)[1:2]))
    return Path(path) if path.startswith("/") else None


def _said(database: Path, *, strict: bool = False) -> list[bytes]:
    """Return the lines of the lock file. `strict`: raises PermissionError for one that may not be read."""
    try:
        with os.fdopen(_opened(_lock_file(database), os.O_RDONLY), "rb") as lock:
            return lock.read(_LONGEST).split(b"\n")
    except OSError as why:
        if strict and isinstance(why, PermissionError):
            raise
        return [b""]


def _opened(file: Path, flags: int) -> int:
    """Open the lock file, which others who may write to its folder can have put there: no link, nothing that blocks.

    Raises OSError.
    """
    if file.is_symlink():
        raise OSError(errno.ELOOP, "it is a link")
    lock = os.open(file, flags | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC, 0o600)
    if not stat.S_ISREG(os.fstat(lock).st_mode):
        os.close(lock)
        raise OSError(errno.EINVAL, "it is not a regular file")
    return lock


def _lock_file(database: Path) -> Path:
    return database.with_name(database.name + ".lock")
