"""The sqlite file: opening it whatever its state, its schema, and keeping it small.

Responsible for coming to a database that can be written, or saying why there is none. A file that is damaged, that
is not ours or that a newer version wrote is moved aside under a telling name, never overwritten.
Must not know what the rows mean to the agent, nor threads.
"""

from __future__ import annotations

import contextlib
import os
import sqlite3
from pathlib import Path
from typing import Final

APPLICATION_ID: Final = 0x53424B41
"""Written into the file's header (PRAGMA application_id), so that a foreign file is recognised."""
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
"""Each brings a file one version further; PRAGMA user_version counts how many were applied."""


class NotOurs(Exception):
    """The file is no database, is damaged, belongs to another program or to a newer version."""


def open_database(path: Path | None, *, stamp: str) -> tuple[sqlite3.Connection, str]:
    """Open or make the database; return it with what the operator must hear, empty where all is well.

    `stamp` goes into the name of a file that is moved aside. Where the path cannot be written at all the database
    is one in memory, as it is without a path. The connection may be used by one other thread than the caller's.
    """
    if path is None:
        return _in_memory(), ""
    try:
        try:
            return _opened(path), ""
        except NotOurs as why:
            aside = _move_aside(path, stamp)
            return _opened(path), f"{path}: {why}; it was kept as {aside.name}, and a new one was begun"
    except (sqlite3.Error, OSError) as why:
        return _in_memory(), f"{path} cannot be used ({why}): nothing will survive a restart"


def read_only(path: Path) -> sqlite3.Connection:
    """Open the database beside whoever writes it."""
    # Without a journal nobody writes; then sqlite needs no file of its own either, which it would leave behind.
    journal = path.with_name(path.name + "-wal")
    mode = "mode=ro" if journal.exists() else "mode=ro&immutable=1"
    return sqlite3.connect(
        f"{path.resolve().as_uri()}?{mode}", uri=True, timeout=READ_WITHIN, isolation_level=None
    )


def open_copy(path: Path) -> tuple[sqlite3.Connection, str]:
    """Copy the database into memory, and bring the copy up to date; return it with the reason why it is empty.

    The file stays as it is, whatever its state. That there is none yet is not worth a word.
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
    """Drop events older than 30 days and beyond the most rows, and give the room back to the disk."""
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
        # A killed process loses nothing in this mode; only a power cut may cost the last seconds, never the file.
        database.execute("PRAGMA synchronous = NORMAL")
        database.execute("PRAGMA wal_autocheckpoint = 200")
        _migrate(database)
    except BaseException:
        database.close()
        raise
    return database


def _keep_private(path: Path) -> None:
    """The file names cards and numbers: it is for its owner alone, and sqlite gives its journal the same mode."""
    os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600))
    if path.stat().st_mode & 0o077:
        with contextlib.suppress(PermissionError):
            path.chmod(0o600)


def _check(database: sqlite3.Connection) -> None:
    try:
        application = database.execute("PRAGMA application_id").fetchone()[0]
        version = database.execute("PRAGMA user_version").fetchone()[0]
        verdict = database.execute("PRAGMA quick_check(1)").fetchone()[0]
    except sqlite3.OperationalError:
        raise
    except sqlite3.DatabaseError as why:
        raise NotOurs(f"the file is damaged or no database ({why})") from why
    if application != APPLICATION_ID:
        raise NotOurs("the file belongs to another program")
    if version > len(_MIGRATIONS):
        raise NotOurs("the file was written by a newer version")
    if verdict != "ok":
        raise NotOurs(f"the file is damaged ({verdict})")


def _migrate(database: sqlite3.Connection) -> None:
    version = database.execute("PRAGMA user_version").fetchone()[0]
    for number, script in enumerate(_MIGRATIONS[version:], start=version + 1):
        database.executescript(f"BEGIN; {script} PRAGMA user_version = {number}; COMMIT;")


def _move_aside(path: Path, stamp: str) -> Path:
    """Rename the file and its journal; a name that is taken gets a number."""
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
