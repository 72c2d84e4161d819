"""The sqlite file: opening it, its schema and migrations, and keeping it small.

A file that is damaged, belongs to another program or was written by a newer version is renamed, never overwritten.
"""

from __future__ import annotations

import contextlib
import os
import sqlite3
from pathlib import Path
from typing import Final

APPLICATION_ID: Final = 0x53424B41
"""In the file's header (PRAGMA application_id), so that the file of another program is recognised."""
KEEP_DAYS: Final = 30
READ_WITHIN: Final = 2.0
"""Seconds that a reader waits for another program's lock."""

_MIGRATIONS: Final = (
    """
    CREATE TABLE sim (iccid TEXT PRIMARY KEY, imsi TEXT, module TEXT, date_start INTEGER, seen INTEGER NOT NULL);
    CREATE TABLE learned (
        iccid TEXT PRIMARY KEY, number TEXT NOT NULL, source TEXT NOT NULL, at INTEGER NOT NULL
    );
    CREATE TABLE asked_ussd (iccid TEXT PRIMARY KEY, at INTEGER NOT NULL);
    CREATE TABLE place (key TEXT PRIMARY KEY, n INTEGER, imei TEXT);
    CREATE TABLE live (module TEXT PRIMARY KEY, iccid TEXT NOT NULL);
    CREATE TABLE fact (name TEXT PRIMARY KEY, value TEXT NOT NULL);
    CREATE TABLE report (
        at REAL NOT NULL, outcome TEXT NOT NULL, status INTEGER, words TEXT NOT NULL, numbers INTEGER NOT NULL,
        took REAL NOT NULL
    );
    CREATE INDEX report_at ON report (at);
    CREATE TABLE verdict (
        at REAL NOT NULL, module TEXT NOT NULL, reason TEXT NOT NULL, detail TEXT NOT NULL, number TEXT
    );
    CREATE INDEX verdict_at ON verdict (at);
    CREATE TABLE minute (
        at INTEGER PRIMARY KEY, live INTEGER NOT NULL, lowest INTEGER NOT NULL, cap INTEGER NOT NULL,
        accepted INTEGER NOT NULL, refused INTEGER NOT NULL, trouble INTEGER NOT NULL
    );
    """,
    """
    ALTER TABLE learned ADD COLUMN imsi TEXT;
    UPDATE learned SET imsi = (SELECT sim.imsi FROM sim WHERE sim.iccid = learned.iccid);
    """,
    "ALTER TABLE place ADD COLUMN name TEXT;",
    """
    DROP TABLE report;
    DROP TABLE verdict;
    ALTER TABLE minute RENAME COLUMN trouble TO failed;
    """,
)
"""Each raises the version by one; PRAGMA user_version is the number that were applied."""


class NotOurs(Exception):
    """The file is not a database, is damaged, or belongs to another program or to a newer version."""


def open_database(path: Path | None, *, stamp: str) -> tuple[sqlite3.Connection, str]:
    """Open or create the database; return it with a problem for the operator, "" if there is none.

    `stamp` becomes part of the name of a file that is moved aside. Without a path, or where it cannot be written, the
    database is in memory. The connection may be used by one other thread than the caller's.
    """
    if path is None:
        return _in_memory(), ""
    try:
        try:
            return _opened(path), ""
        except NotOurs as why:
            aside = _move_aside(path, stamp)
            return _opened(path), f"{path}: {why}; it was renamed to {aside.name}, and a new one was created"
    except (sqlite3.Error, OSError) as why:
        return _in_memory(), f"{path} cannot be used ({why}): nothing will survive a restart"


def read_only(path: Path) -> sqlite3.Connection:
    """Open the database for reading; another process may write it."""
    # Without a journal nobody writes; with immutable=1 sqlite then creates no files, which it would leave behind.
    journal = path.with_name(path.name + "-wal")
    mode = "mode=ro" if journal.exists() else "mode=ro&immutable=1"
    return sqlite3.connect(
        f"{path.resolve().as_uri()}?{mode}", uri=True, timeout=READ_WITHIN, isolation_level=None
    )


def open_copy(path: Path) -> tuple[sqlite3.Connection, str]:
    """Copy the database into memory and migrate the copy; return it with a problem, "" if there is none.

    The file stays as it is, whatever its state. That there is none yet is not a problem.
    """
    try:
        if not path.exists() or path.stat().st_size == 0:
            return _in_memory(), ""
        with contextlib.closing(read_only(path)) as disk:
            disk.execute("BEGIN")  # backup() would wait for ever for a file that another program locks
            _check(disk)
            copy = sqlite3.connect(":memory:", isolation_level=None, check_same_thread=False)
            disk.backup(copy)
        _migrate(copy)
    except (sqlite3.Error, OSError, NotOurs) as why:
        return (
            _in_memory(),
            f"{path} cannot be read ({why}): names and numbers of earlier runs are missing here",
        )
    return copy, ""


def _in_memory() -> sqlite3.Connection:
    memory = sqlite3.connect(":memory:", isolation_level=None, check_same_thread=False)
    _migrate(memory)
    return memory


def prune(database: sqlite3.Connection, now: float) -> None:
    """Delete minutes older than KEEP_DAYS and return the space to the disk. `now` is UNIX time."""
    database.execute("DELETE FROM minute WHERE at < ?", (now - KEEP_DAYS * 86400,))
    database.execute("PRAGMA incremental_vacuum")


def _opened(path: Path) -> sqlite3.Connection:
    fresh = not path.exists() or path.stat().st_size == 0
    _keep_private(path)
    database = sqlite3.connect(path, timeout=5.0, isolation_level=None, check_same_thread=False)
    try:
        if fresh:
            database.execute("PRAGMA auto_vacuum = INCREMENTAL")
            database.execute(f"PRAGMA application_id = {APPLICATION_ID}")
        else:
            _check(database)
        database.execute("PRAGMA journal_mode = WAL")
        # In this mode a killed process loses nothing, and a power cut at most the last seconds, never the file
        # (sqlite.org/pragma.html#pragma_synchronous).
        database.execute("PRAGMA synchronous = NORMAL")
        database.execute("PRAGMA wal_autocheckpoint = 200")
        _migrate(database)
    except BaseException:
        database.close()
        raise
    return database


def _keep_private(path: Path) -> None:
    """Give only the owner access: the file has cards and numbers. sqlite gives its journal the same mode."""
    os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600))
    if path.stat().st_mode & 0o077:
        with contextlib.suppress(PermissionError):
            path.chmod(0o600)


def _check(database: sqlite3.Connection) -> None:
    try:
        application = database.execute("PRAGMA application_id").fetchone()[0]
        version = database.execute("PRAGMA user_version").fetchone()[0]
        integrity = database.execute("PRAGMA quick_check(1)").fetchone()[0]
    except sqlite3.OperationalError:
        raise
    except sqlite3.DatabaseError as why:
        raise NotOurs(f"the file is damaged or not a database ({why})") from why
    if application != APPLICATION_ID:
        raise NotOurs("the file belongs to another program")
    if version > len(_MIGRATIONS):
        raise NotOurs("the file was written by a newer version")
    if integrity != "ok":
        raise NotOurs(f"the file is damaged ({integrity})")


def _migrate(database: sqlite3.Connection) -> None:
    version = database.execute("PRAGMA user_version").fetchone()[0]
    for number, script in enumerate(_MIGRATIONS[version:], start=version + 1):
        database.executescript(f"BEGIN; {script} PRAGMA user_version = {number}; COMMIT;")


def _move_aside(path: Path, stamp: str) -> Path:
    """Rename the file and its journal; if the name is taken, add a number."""
    for attempt in range(1000):
        aside = path.with_name(f"{path.name}.aside-{stamp}{f'-{attempt}' if attempt else ''}")
        if not aside.exists():
            break
    path.rename(aside)
    for tail in ("-wal", "-shm"):
        journal = path.with_name(path.name + tail)
        if journal.exists():
            journal.rename(aside.with_name(aside.name + tail))
    return aside
