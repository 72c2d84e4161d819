"""The sqlite file: making it, connecting to it, and writing a new one in its place.

The old file is renamed and never overwritten; all its journals go with it.
"""

from __future__ import annotations

import contextlib
import errno
import glob
import os
import sqlite3
import stat
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Final

from agent.store.owner import give_to_owner
from agent.store.past_tables import CHANGE_DAY, REPORT_DAY, RUN, SENT
from agent.store.reading import VERSION
from agent.store.table import Row, Table, row_sum, summed
from agent.store.tables import MINUTE, TABLES

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
_PRUNED: Final[tuple[Table, ...]] = (MINUTE, RUN, CHANGE_DAY, SENT, REPORT_DAY)
"""The tables that only ever grow; the others are bounded by what is in memory."""
_TAILS: Final = ("", "-journal", "-wal", "-shm")
"""The files of one database."""


def create(path: Path) -> sqlite3.Connection:
    """Make a database with empty tables, and open it. Raises sqlite3.Error, OSError."""
    _new_file(path).close()
    return ready(connect(path))


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
    database = connect(path)
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


def write_anew(
    path: Path,
    rows: Mapping[str, Iterable[Row]],
    *,
    stamp: str,
    foreign: bool = False,
    close_old: Callable[[], None] = lambda: None,
) -> tuple[sqlite3.Connection, str]:
    """Write a new database in the place of `path`; return it, and what the old file is called now.

    All is written beside and in one transaction, and only then the names change: at no time is there less than before.
    `close_old` is called in between: at its end a connection deletes the journal of that name. Raises sqlite3.Error,
    OSError.
    """
    is_empty(path)
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
    close_old()
    aside = _lay_aside(path, stamp, _FOREIGN if foreign else _OURS)
    beside.rename(path)
    _sync_folder(path.parent)
    return ready(connect(path)), aside


def finish_renaming(path: Path) -> None:
    """Take the new file, where the machine stopped between the two renamings of `write_anew`."""
    beside = _beside(path)
    if beside.exists() and not path.exists():
        _drop_journals(path)
        beside.rename(path)


def connect(path: Path) -> sqlite3.Connection:
    """Connect; the connection may be used by one other thread. Its SQL has `row_sum(table, value…)`."""
    database = sqlite3.connect(path, timeout=WAIT_FOR_LOCK, isolation_level=None, check_same_thread=False)
    database.create_function("row_sum", -1, lambda *row: row_sum(row), deterministic=True)
    return database


def connect_to_read(path: Path) -> sqlite3.Connection:
    """Connect so that no file is made or changed; another process may write the database."""
    # Without a journal nobody writes; with immutable=1 sqlite then creates no files, which it would leave behind.
    journal = path.with_name(path.name + "-wal")
    mode = "mode=ro" if journal.exists() else "mode=ro&immutable=1"
    return sqlite3.connect(
        f"{path.resolve().as_uri()}?{mode}", uri=True, timeout=WAIT_FOR_LOCK, isolation_level=None
    )


def ready(database: sqlite3.Connection) -> sqlite3.Connection:
    """Set the database up for the writer. Raises sqlite3.OperationalError where it cannot be written."""
    database.execute("PRAGMA journal_mode = WAL")
    database.execute("PRAGMA synchronous = NORMAL")
    database.execute("PRAGMA wal_autocheckpoint = 0")  # the writer chooses when
    database.execute(f"PRAGMA journal_size_limit = {LARGEST_JOURNAL}")
    database.execute("BEGIN IMMEDIATE")
    database.execute("ROLLBACK")
    return database


def is_empty(path: Path) -> bool:
    """Whether there is nothing to read. Raises OSError for what is no file."""
    try:
        there = path.stat()
    except FileNotFoundError:
        return True
    if not stat.S_ISREG(there.st_mode):
        raise OSError(errno.EINVAL, "it is not a regular file")
    return there.st_size == 0


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


def prune(database: sqlite3.Connection) -> None:
    """Delete all rows but the newest that are kept, and return the space to the disk."""
    # By number and not by age: a clock that was wrong for a day must not cost the plot of a month.
    for table in _PRUNED:
        name = table.newest
        newest = f"SELECT {name} FROM {table.name} ORDER BY {name} DESC LIMIT 1 OFFSET ?"
        database.execute(f"DELETE FROM {table.name} WHERE {name} <= ({newest})", (table.most,))
    database.execute("PRAGMA incremental_vacuum")


def keep_private(path: Path) -> None:
    """Give only the owner access: the file has cards and numbers. sqlite gives its journal the same mode."""
    if path.stat().st_mode & 0o077:
        with contextlib.suppress(OSError):
            path.chmod(0o600)


def _beside(path: Path) -> Path:
    return path.with_name(path.name + ".new")


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


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        with contextlib.suppress(OSError):  # a disk that knows no such thing
            os.fsync(descriptor)
    finally:
        os.close(descriptor)
