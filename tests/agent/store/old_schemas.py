"""Stores as earlier versions wrote them: the schemas that git's history has, with some rows."""

from __future__ import annotations

import contextlib
import sqlite3
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
        if version >= 3:
            old.execute("UPDATE place SET name = 'named' WHERE n = 1")
        old.execute(f"PRAGMA user_version = {version}")
