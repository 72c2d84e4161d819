"""The tables of the store, but those of what was (`agent.store.past_tables`)."""

from __future__ import annotations

import re
from typing import Final

from agent.store.past_tables import PAST
from agent.store.table import CARD, LAST_TIME, Column, Table

PLAUSIBLE_SINCE: Final = 1_767_225_600
"""2026-01-01, UNIX time: no SIM was placed before."""
MOST_SIMS: Final = 20_000
"""SIMs that are remembered, and numbers that were learned: those used last."""
MOST_TELLINGS: Final = 65_536
MOST_PLACES: Final = 4_096
MOST_MINUTES: Final = 31 * 24 * 60
MOST_FILE_ROWS: Final = 100_000
_DIGITS: Final = re.compile(r"[0-9]{1,32}")
_NUMBER: Final = re.compile(r"\+[0-9]{4,18}")


def _time(name: str, *, least: int = 0, formerly: str = "") -> Column:
    """A UNIX time that a row is worth keeping without."""
    return Column(name, int, least, LAST_TIME, formerly=formerly, instead=0, droppable=True)


_ICCID = Column("iccid", str, 1, 32, CARD, key=True)
_IMSI = Column("imsi", str, 1, 32, _DIGITS, null=True, droppable=True)

SIM: Final = Table(
    "sim",
    (
        _ICCID,
        _IMSI,
        Column("module", str, 0, 300, instead="", droppable=True),
        Column("date_start", int, PLAUSIBLE_SINCE, LAST_TIME, null=True, droppable=True),
        _time("seen"),
    ),
    most=MOST_SIMS,
    newest="seen",
)
"""Each SIM ever seen, the module it was last in, when it was first placed and when last seen."""

LEARNED: Final = Table(
    "learned",
    (
        _ICCID,
        Column("number", str, 5, 19, _NUMBER),
        Column("source", str, 1, 20),
        Column("imsi", str, 1, 32, _DIGITS, null=True),
        _time("told_at", formerly="at"),
    ),
    most=MOST_SIMS,
    newest="told_at",
)
"""The number of each SIM that a module or the network told; `imsi` is the subscription that it was told of."""

TOLD: Final = Table(
    "told",
    (
        Column("module", str, 1, 1000, key=True),
        Column("line", int, 0, 10_000, key=True),
        Column("iccid", str, 1, 32, CARD),
        Column("number", str, 1, 64),
        _time("told_at"),
    ),
    most=MOST_TELLINGS,
    newest="told_at",
    since=5,
)
"""Which module told which number for which SIM since it started, as it told them; `line` is their order."""

ASKED_USSD: Final = Table(
    "asked_ussd", (_ICCID, Column("at", int, 0, LAST_TIME)), most=MOST_SIMS, newest="at"
)
PLACE: Final = Table(
    "place",
    (
        Column("key", str, 1, 1000, key=True),
        Column("n", int, 1, 1_000_000, null=True, droppable=True),
        Column("imei", str, 1, 40, null=True, droppable=True),
        Column("name", str, 1, 300, null=True, droppable=True),
        Column("used", int, 0, 2**53, instead=0, droppable=True),
        Column("given", str, 1, 300, null=True, droppable=True),
    ),
    most=MOST_PLACES,
    newest="used",
)
"""What names are made of, and those that people gave; `used` counts up, a place used later has a greater one."""

LIVE: Final = Table(
    "live",
    (Column("module", str, 1, 300, key=True), Column("iccid", str, 1, 32, CARD)),
    most=MOST_PLACES,
    newest="module",
)
FACT: Final = Table(
    "fact",
    (Column("name", str, 1, 40, key=True), Column("value", str, 0, 4000)),
    most=100,
    newest="name",
)
MINUTE: Final = Table(
    "minute",
    (
        Column("at", int, 0, LAST_TIME, key=True),
        *(Column(name, int, 0, 100_000) for name in ("live", "lowest", "cap", "accepted", "refused")),
        Column("failed", int, 0, 100_000, formerly="trouble"),
        Column("highest", int, 0, 100_000, instead=0, droppable=True),
    ),
    most=MOST_MINUTES,
    newest="at",
)
FILE_ROW: Final = Table(
    "file_row",
    (
        Column("path", str, 1, 4096, key=True),
        Column("line", int, 1, 10_000_000, key=True),
        Column("sim", str, 1, 40),
        Column("number", str, 1, 40, null=True),
        Column("rent", int, 0, 1, null=True),
    ),
    most=MOST_FILE_ROWS,
    newest="line",
    since=5,
)
"""The rows of the sims_file as it was last read whole."""

TABLES: Final = (SIM, LEARNED, TOLD, ASKED_USSD, PLACE, LIVE, FACT, MINUTE, FILE_ROW, *PAST)
