"""The sqlite file: opening it whatever it holds, writing a new one beside it, and laying the old one aside.

A file is never overwritten: what is damaged, of another version or of another program is renamed.
"""

from __future__ import annotations

import contextlib
import errno
import glob
import logging
import os
import shutil
import sqlite3
import stat
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from agent.formats.plurals import counted
from agent.store.carving import carve
from agent.store.owner import give_to_owner
from agent.store.reading import VERSION, Damaged, Foreign, Found, Rows, check_ours, read_rows
from agent.store.tables import MINUTE, TABLES, summed

APPLICATION_ID: Final = 0x53424B41
"""In the file's header (PRAGMA application_id), so that the file of another program is recognised."""
WAIT_FOR_LOCK: Final = 2.0
"""Seconds that opening waits for another program's lock."""
LARGEST_JOURNAL: Final = 4 * 1024 * 1024
"""Bytes that an emptied journal keeps."""
KEPT_ASIDE: Final = 4
"""Earlier files of ours that are kept under another name; those of other programs are never deleted."""
_OURS: Final = "before"
_FOREIGN: Final = "aside"
_TAILS: Final = ("", "-journal", "-wal", "-shm")
"""The files of one database."""

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Opened:
    """A store that was read; `notice` says what was wrong with it, `problem` why it cannot be written now."""

    database: sqlite3.Connection | None
    found: Found
    notice: str = ""
    problem: str = ""
    aside: str = ""
    """What the file as it was is called now."""


def open_database(path: Path, *, stamp: str) -> Opened:
    """Open or create the database and read it; what cannot be written is only read. Raises nothing.

    `stamp` becomes part of the name of a file that is laid aside. The connection may be used by one other thread.
    """
    found = Found()
    path = Path(os.path.realpath(path))
    try:
        _finish_renaming(path)
        if _is_empty(path):
            return Opened(_create(path), found)
        _keep_private(path)
        judged = _read(path, _connect)
        found = judged.found
        if judged.database is not None:
            try:
                return Opened(_ready(judged.database), found)
            except sqlite3.OperationalError as why:
                judged.database.close()
                judged.faults.append(f"cannot be written ({why})")
        replaced, aside = write_anew(path, found.rows, stamp=stamp, foreign=judged.foreign)
    except (sqlite3.Error, OSError, ValueError) as why:
        notice = f"{path}: {'; '.join(found.dropped)}" if found.dropped else ""
        return Opened(None, found, notice, problem=f"cannot be used ({why})")
    if not judged.faults:
        _log.info("store: %s was brought to today's schema; %s is the file as it was", path, aside)
        return Opened(replaced, found)
    return Opened(
        replaced, found, f"{path}: {'; '.join(judged.faults)}; the file as it was is {aside}", aside=aside
    )


def read_only(path: Path) -> tuple[Found, str]:
    """Read the database and change nothing on the disk; return a problem with it, "" if there is none.

    That there is none yet is not a problem.
    """
    try:
        if _is_empty(path):
            return Found(), ""
        judged = _read(path, _connect_to_read)
        if judged.database is not None:
            judged.database.close()
    except (sqlite3.Error, OSError, ValueError) as why:
        return Found(), f"{path} cannot be read ({why}): names and numbers of earlier runs are missing here"
    return judged.found, f"{path}: {'; '.join(judged.faults)}" if judged.faults else ""


def write_anew(
    path: Path, rows: Rows, *, stamp: str, foreign: bool = False
) -> tuple[sqlite3.Connection, str]:
    """Write a new database in the place of `path`; return it, and what the old file is called now.

    All is written beside and in one transaction, and only then the names change: at no time is there less than before.
    Raises sqlite3.Error, OSError.
    """
    _is_empty(path)
    beside = _beside(path)
    _drop(beside)
    try:
        database = _new_file(beside)
        try:
            database.execute("BEGIN")
            for table in TABLES:
                database.executemany(table.put, (summed(table, row) for row in rows.get(table.name, ())))
            database.execute("COMMIT")
        finally:
            database.close()
    except BaseException:
        with contextlib.suppress(OSError):
            _drop(beside)  # the disk may be full
        raise
    aside = _lay_aside(path, stamp, _FOREIGN if foreign else _OURS)
    beside.rename(path)
    _sync_folder(path.parent)
    return _ready(_connect(path)), aside


def prune(database: sqlite3.Connection) -> None:
    """Delete all minutes but the newest that are kept, and return the space to the disk."""
    # By number and not by age: a clock that was wrong for a day must not cost the plot of a month.
    newest = "SELECT at FROM minute ORDER BY at DESC LIMIT 1 OFFSET ?"
    database.execute(f"DELETE FROM minute WHERE at <= ({newest})", (MINUTE.most,))
    database.execute("PRAGMA incremental_vacuum")


def identity_of(path: Path) -> tuple[tuple[int, ...], ...]:
    """Return what tells whether database and journal are those that were opened. Raises OSError.

    The database itself changes only when its journal is emptied into it: a copy in its place has another time.
    """
    database, journal = (_stat(path.with_name(path.name + tail)) for tail in ("", "-wal"))
    return (
        (database.st_dev, database.st_ino, database.st_size, database.st_mtime_ns) if database else (),
        (journal.st_dev, journal.st_ino) if journal else (),
    )


def _stat(path: Path) -> os.stat_result | None:
    try:
        return path.stat()
    except FileNotFoundError:
        return None


def _is_empty(path: Path) -> bool:
    """Whether there is nothing to read. Raises OSError for what is no file."""
    try:
        there = path.stat()
    except FileNotFoundError:
        return True
    if not stat.S_ISREG(there.st_mode):
        raise OSError(errno.EINVAL, "it is no regular file")
    return there.st_size == 0


@dataclass(slots=True)
class _Judged:
    """A file that was read; `database` is None unless it may stay as it is."""

    database: sqlite3.Connection | None
    found: Found
    faults: list[str]
    foreign: bool = False


def _read(path: Path, connect: Callable[[Path], sqlite3.Connection]) -> _Judged:
    """Read a file. Raises sqlite3.Error, OSError."""
    database = connect(path)
    try:
        return _judged(database, path)
    except sqlite3.OperationalError as why:
        database.close()
        # Locked by another program, or on a disk that cannot be written: its bytes can be read all the same.
        with _copied(path) as copy:
            judged = _judged(_connect(copy), copy)
            if judged.database is not None:
                judged.database.close()
        return replace(judged, database=None, faults=[f"cannot be opened ({why})", *judged.faults])


def _judged(database: sqlite3.Connection, path: Path) -> _Judged:
    """Read what is open; close it unless it may stay as it is. Raises sqlite3.OperationalError, OSError."""
    known = True
    try:
        check_ours(database, APPLICATION_ID)
        found = read_rows(database)
    except Foreign as why:
        database.close()
        return _Judged(None, Found(as_written=False), [str(why)], foreign=True)
    except Damaged as why:
        known = False
        found = Found(as_written=False, broken=True, dropped=[str(why)])
    if found.as_written:
        return _Judged(database, found, [])
    database.close()
    if found.broken:
        more = found.add(carve(path))
        known = known or bool(more)
        found.dropped += [f"{counted(more, 'row')} read from its pages"] if more else []
    return _Judged(None, found, found.dropped, foreign=not known)


@contextlib.contextmanager
def _copied(path: Path) -> Iterator[Path]:
    """Copy the file and its journal to where they can be opened."""
    with tempfile.TemporaryDirectory(prefix="simbank-") as folder:
        for tail in ("", "-wal"):
            source = path.with_name(path.name + tail)
            if source.exists():
                shutil.copyfile(source, Path(folder, f"copy{tail}"))
        yield Path(folder, "copy")


def _create(path: Path) -> sqlite3.Connection:
    _new_file(path).close()
    return _ready(_connect(path))


def _new_file(path: Path) -> sqlite3.Connection:
    """Make a file with empty tables."""
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
    try:
        with contextlib.suppress(OSError):  # a disk without modes
            os.fchmod(descriptor, 0o600)
        give_to_owner(descriptor, path.parent)
    finally:
        os.close(descriptor)
    database = _connect(path)
    try:
        database.execute("PRAGMA auto_vacuum = INCREMENTAL")
        database.execute(f"PRAGMA application_id = {APPLICATION_ID}")
        database.execute("BEGIN")
        for table in TABLES:
            database.execute(table.create)
        database.execute(f"PRAGMA user_version = {VERSION}")
        database.execute("COMMIT")
    except BaseException:
        database.close()
        raise
    return database


def _connect(path: Path) -> sqlite3.Connection:
    return sqlite3.connect(path, timeout=WAIT_FOR_LOCK, isolation_level=None, check_same_thread=False)


def _connect_to_read(path: Path) -> sqlite3.Connection:
    """Connect so that no file is made or changed; another process may write the database."""
    # Without a journal nobody writes; with immutable=1 sqlite then creates no files, which it would leave behind.
    journal = path.with_name(path.name + "-wal")
    mode = "mode=ro" if journal.exists() else "mode=ro&immutable=1"
    return sqlite3.connect(
        f"{path.resolve().as_uri()}?{mode}", uri=True, timeout=WAIT_FOR_LOCK, isolation_level=None
    )


def _ready(database: sqlite3.Connection) -> sqlite3.Connection:
    """Set the database up for the writer. Raises sqlite3.OperationalError where it cannot be written."""
    database.execute("PRAGMA journal_mode = WAL")
    database.execute("PRAGMA synchronous = NORMAL")
    database.execute("PRAGMA wal_autocheckpoint = 0")  # the writer chooses when
    database.execute(f"PRAGMA journal_size_limit = {LARGEST_JOURNAL}")
    database.execute("BEGIN IMMEDIATE")
    database.execute("ROLLBACK")
    return database


def _beside(path: Path) -> Path:
    return path.with_name(path.name + ".new")


def _finish_renaming(path: Path) -> None:
    """Take the new file, where the machine stopped between the two renamings of `write_anew`."""
    beside = _beside(path)
    if beside.exists() and not path.exists():
        _drop_journals(path)
        beside.rename(path)


def _drop(path: Path) -> None:
    path.unlink(missing_ok=True)
    _drop_journals(path)


def _drop_journals(path: Path) -> None:
    """Delete what is left of a database that is gone: sqlite would write it into the next one of this name."""
    for tail in _TAILS[1:]:
        path.with_name(path.name + tail).unlink(missing_ok=True)


def _lay_aside(path: Path, stamp: str, kind: str) -> str:
    """Rename the file and its journal, and return the new name; if it is taken, add a number."""
    if not path.exists():
        _drop_journals(path)
        return ""
    for attempt in range(1000):
        aside = path.with_name(f"{path.name}.{kind}-{stamp}{f'-{attempt}' if attempt else ''}")
        if not aside.exists():
            break
    path.rename(aside)
    for tail in _TAILS[1:]:
        journal = path.with_name(path.name + tail)
        if journal.exists():
            journal.rename(aside.with_name(aside.name + tail))
    for old in sorted(path.parent.glob(f"{glob.escape(path.name)}.{_OURS}-*[0-9]"))[:-KEPT_ASIDE]:
        for tail in _TAILS:
            old.with_name(old.name + tail).unlink(missing_ok=True)
    return aside.name


def _keep_private(path: Path) -> None:
    """Give only the owner access: the file has cards and numbers. sqlite gives its journal the same mode."""
    if path.stat().st_mode & 0o077:
        with contextlib.suppress(OSError):
            path.chmod(0o600)


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        with contextlib.suppress(OSError):  # a disk that knows no such thing
            os.fsync(descriptor)
    finally:
        os.close(descriptor)
