"""Stores as earlier versions wrote them: the schemas that git's history has, with some rows."""

from __future__ import annotations

import contextlib
import sqlite3
import zlib
from pathlib import Path
from typing import Final

from agent.store.database_file import APPLICATION_ID

SCRIPTS: Final = (
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
"""What each version added: a store of version 3 has gone through the first three."""

VERSION_5: Final = {
    "sim": "iccid TEXT NOT NULL CHECK (length(iccid) BETWEEN 1 AND 32),"
    " imsi TEXT CHECK (length(imsi) BETWEEN 1 AND 32),"
    " module TEXT NOT NULL CHECK (length(module) BETWEEN 0 AND 300),"
    " date_start INTEGER CHECK (date_start BETWEEN 1767225600 AND 4102444800),"
    " seen INTEGER NOT NULL CHECK (seen BETWEEN 0 AND 4102444800), sum INTEGER, PRIMARY KEY (iccid)",
    "learned": "iccid TEXT NOT NULL CHECK (length(iccid) BETWEEN 1 AND 32),"
    " number TEXT NOT NULL CHECK (length(number) BETWEEN 5 AND 19),"
    " source TEXT NOT NULL CHECK (length(source) BETWEEN 1 AND 20),"
    " imsi TEXT CHECK (length(imsi) BETWEEN 1 AND 32),"
    " told_at INTEGER NOT NULL CHECK (told_at BETWEEN 0 AND 4102444800), sum INTEGER, PRIMARY KEY (iccid)",
    "told": "module TEXT NOT NULL CHECK (length(module) BETWEEN 1 AND 1000),"
    " line INTEGER NOT NULL CHECK (line BETWEEN 0 AND 10000),"
    " iccid TEXT NOT NULL CHECK (length(iccid) BETWEEN 1 AND 32),"
    " number TEXT NOT NULL CHECK (length(number) BETWEEN 1 AND 64),"
    " told_at INTEGER NOT NULL CHECK (told_at BETWEEN 0 AND 4102444800), sum INTEGER, PRIMARY KEY (module, line)",
    "asked_ussd": "iccid TEXT NOT NULL CHECK (length(iccid) BETWEEN 1 AND 32),"
    " at INTEGER NOT NULL CHECK (at BETWEEN 0 AND 4102444800), sum INTEGER, PRIMARY KEY (iccid)",
    "place": "key TEXT NOT NULL CHECK (length(key) BETWEEN 1 AND 1000),"
    " n INTEGER CHECK (n BETWEEN 1 AND 1000000), imei TEXT CHECK (length(imei) BETWEEN 1 AND 40),"
    " name TEXT CHECK (length(name) BETWEEN 1 AND 300),"
    " used INTEGER NOT NULL CHECK (used BETWEEN 0 AND 9007199254740992), sum INTEGER, PRIMARY KEY (key)",
    "live": "module TEXT NOT NULL CHECK (length(module) BETWEEN 1 AND 300),"
    " iccid TEXT NOT NULL CHECK (length(iccid) BETWEEN 1 AND 32), sum INTEGER, PRIMARY KEY (module)",
    "fact": "name TEXT NOT NULL CHECK (length(name) BETWEEN 1 AND 40),"
    " value TEXT NOT NULL CHECK (length(value) BETWEEN 0 AND 4000), sum INTEGER, PRIMARY KEY (name)",
    "minute": "at INTEGER NOT NULL CHECK (at BETWEEN 0 AND 4102444800),"
    + "".join(
        f" {name} INTEGER NOT NULL CHECK ({name} BETWEEN 0 AND 100000),"
        for name in ("live", "lowest", "cap", "accepted", "refused", "failed")
    )
    + " sum INTEGER, PRIMARY KEY (at)",
    "file_row": "path TEXT NOT NULL CHECK (length(path) BETWEEN 1 AND 4096),"
    " line INTEGER NOT NULL CHECK (line BETWEEN 1 AND 10000000),"
    " sim TEXT NOT NULL CHECK (length(sim) BETWEEN 1 AND 40), number TEXT CHECK (length(number) BETWEEN 1 AND 40),"
    " rent INTEGER CHECK (rent BETWEEN 0 AND 1), sum INTEGER, PRIMARY KEY (path, line)",
}
"""The tables of version 5, the first whose rows have checksums."""

NOW: Final = 1_796_000_000
CARDS: Final = tuple(f"89461200000050000{n:02d}" for n in range(6))
NUMBERS: Final = tuple(f"+4670174000{n}" for n in range(6))


def write_old(path: Path, version: int) -> None:
    """Write a store of this version: six SIMs and places, and a number that was told for two of the SIMs."""
    with contextlib.closing(sqlite3.connect(path, isolation_level=None)) as old:
        old.execute("PRAGMA auto_vacuum = INCREMENTAL")
        old.execute(f"PRAGMA application_id = {APPLICATION_ID}")
        old.execute("PRAGMA journal_mode = WAL")
        for script in SCRIPTS[:1]:
            old.executescript(script)
        for n, card in enumerate(CARDS):
            old.execute(
                "INSERT INTO sim VALUES (?, ?, ?, ?, ?)",
                (card, f"24012000000000{n}", f"Port{n}", NOW + n, NOW),
            )
            number = NUMBERS[min(n, 4)]
            old.execute("INSERT INTO learned VALUES (?, ?, 'cnum', ?)", (card, number, NOW))
            old.execute("INSERT INTO place VALUES (?, ?, ?)", (f"usb-1-{n}:1.0", n + 1, f"35327004000001{n}"))
            old.execute("INSERT INTO live VALUES (?, ?)", (f"Port{n}", card))
        old.execute("INSERT INTO asked_ussd VALUES (?, ?)", (CARDS[0], NOW))
        old.execute("INSERT INTO fact VALUES ('alive_at', ?)", (str(float(NOW)),))
        old.execute("INSERT INTO minute VALUES (?, 6, 5, 8, 1, 2, 3)", (NOW - 60,))
        old.execute("INSERT INTO report VALUES (?, 'trouble', NULL, 'no connection', 3, 0.1)", (NOW,))
        for script in SCRIPTS[1:version]:
            old.executescript(script)
        if version == 5:
            _add_checksums(old)
        if version in {3, 4}:
            old.execute("UPDATE place SET name = 'named' WHERE n = 1")
        old.execute(f"PRAGMA user_version = {version}")


def _add_checksums(old: sqlite3.Connection) -> None:
    """Make version 5 of version 4."""
    old.execute("UPDATE place SET name = 'named' WHERE n = 1")
    rows: dict[str, list[tuple[object, ...]]] = {
        "sim": old.execute("SELECT iccid, imsi, module, date_start, seen FROM sim").fetchall(),
        "learned": old.execute("SELECT iccid, number, source, imsi, at FROM learned").fetchall(),
        "told": [("usb-1-0:1.0", 0, CARDS[0], "070174000", NOW)],
        "place": [(*row, 7) for row in old.execute("SELECT key, n, imei, name FROM place")],
        "file_row": [("/sims.csv", 2, CARDS[1], NUMBERS[1], None)],
        **{name: old.execute(f"SELECT * FROM {name}").fetchall() for name in ("asked_ussd", "live", "fact")},
        "minute": old.execute("SELECT * FROM minute").fetchall(),
    }
    for table, columns in VERSION_5.items():
        old.execute(f"DROP TABLE IF EXISTS {table}")
        old.execute(f"CREATE TABLE {table} ({columns}) STRICT")
        for row in rows[table]:
            values = (*row, zlib.crc32(ascii((table, *row)).encode()))
            old.execute(f"INSERT INTO {table} VALUES ({', '.join('?' * len(values))})", values)
