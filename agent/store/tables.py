"""The tables of the store as data: their columns, what a value of each may be, and how many rows are kept.

The SQL of the schema and the reader of rows (`agent.store.reading`) are both made of them, so that they cannot differ.
Every row ends with a checksum of its values: a flipped bit must not become another phone number.
"""

from __future__ import annotations

import re
import sqlite3
import zlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from operator import itemgetter
from typing import Any, Final

Value = str | int | None
Row = tuple[Any, ...]
"""The values of one row in the order of its table's columns, without the checksum."""

PLAUSIBLE_SINCE: Final = 1_767_225_600
"""2026-01-01, UNIX time: no SIM was placed before."""
LAST_TIME: Final = 4_102_444_800
"""2100-01-01, UNIX time."""
MOST_SIMS: Final = 20_000
"""SIMs that are remembered, and numbers that were learned: those used last."""
MOST_TELLINGS: Final = 65_536
MOST_PLACES: Final = 4_096
MOST_MINUTES: Final = 31 * 24 * 60
MOST_FILE_ROWS: Final = 100_000
_STRICT: Final = " STRICT" if sqlite3.sqlite_version_info >= (3, 37) else ""
_TYPES: Final[dict[type, str]] = {str: "TEXT", int: "INTEGER"}

_CARD: Final = re.compile(r"[0-9A-Z]{1,32}")
_DIGITS: Final = re.compile(r"[0-9]{1,32}")
_NUMBER: Final = re.compile(r"\+[0-9]{4,18}")


@dataclass(frozen=True, slots=True)
class Column:
    """One column. `least` and `most` bound a number, or the length of a text."""

    name: str
    kind: type
    least: int
    most: int
    form: re.Pattern[str] | None = None
    """What a text must be as a whole."""
    null: bool = False
    """It may be empty."""
    key: bool = False
    formerly: str = ""
    """Its name in older schemas."""
    instead: Value = None
    """What stands for a value that is wrong, where the row is worth keeping without it."""
    droppable: bool = False
    """Whether `instead` may stand for a wrong value."""

    def takes(self, value: object) -> bool:
        """Return whether this may stand in the column."""
        if value is None:
            return self.null
        if isinstance(value, str):
            formed = self.form is None or self.form.fullmatch(value) is not None
            return (
                self.kind is str and formed and _can_be_kept(value) and self.least <= len(value) <= self.most
            )
        return self.kind is int and type(value) is int and self.least <= value <= self.most

    @property
    def sql(self) -> str:
        """The column's definition."""
        measured = f"length({self.name})" if self.kind is str else self.name
        null = "" if self.null else " NOT NULL"
        check = f"CHECK ({measured} BETWEEN {self.least} AND {self.most})"
        return f"{self.name} {_TYPES[self.kind]}{null} {check}"


@dataclass(frozen=True, slots=True)
class Table:
    """One table; `most` rows are kept, those with the greatest value in column `newest`."""

    name: str
    columns: tuple[Column, ...]
    most: int
    newest: str
    since: int = 1
    """The first schema that has it."""

    @property
    def keys(self) -> tuple[int, ...]:
        """The positions of the columns that name a row."""
        return tuple(at for at, column in enumerate(self.columns) if column.key)

    @property
    def create(self) -> str:
        """The statement that makes the table."""
        keys = ", ".join(self.columns[at].name for at in self.keys)
        columns = ", ".join(column.sql for column in self.columns)
        return f"CREATE TABLE {self.name} ({columns}, sum INTEGER, PRIMARY KEY ({keys})){_STRICT}"

    @property
    def put(self) -> str:
        """The statement that writes a row, whether it is new or not; its values are those of `summed`."""
        marks = ", ".join("?" * (len(self.columns) + 1))
        return f"INSERT OR REPLACE INTO {self.name} VALUES ({marks})"  # noqa: S608  our own names

    @property
    def delete(self) -> str:
        """The statement that deletes the row with these keys."""
        keys = " AND ".join(f"{self.columns[at].name} = ?" for at in self.keys)
        return f"DELETE FROM {self.name} WHERE {keys}"  # noqa: S608  our own names

    def key_of(self, row: Row) -> Row:
        """Return what names this row."""
        return tuple(row[at] for at in self.keys)

    @property
    def age(self) -> Callable[[Row], Any]:
        """What rows are compared by: the newest has the greatest."""
        return itemgetter(self.position(self.newest))

    def position(self, name: str) -> int:
        """Return where a column stands."""
        return next(at for at, column in enumerate(self.columns) if column.name == name)

    def takes(self, row: Row) -> bool:
        """Return whether each value may stand where it stands."""
        return all(column.takes(value) for column, value in zip(self.columns, row, strict=True))


def _can_be_kept(text: str) -> bool:
    """Whether sqlite can keep the text whole: names are the operator's, and may hold all but these."""
    return text.isprintable() or not any(char == "\0" or "\ud800" <= char <= "\udfff" for char in text)


def checksum(table: Table, row: Sequence[object]) -> int:
    """Return the checksum of a row of this table."""
    return zlib.crc32(ascii((table.name, *row)).encode())


def summed(table: Table, row: Row) -> Row:
    """Return the row as it is written."""
    return (*row, checksum(table, row))


def _time(name: str, *, least: int = 0, formerly: str = "") -> Column:
    """A UNIX time that a row is worth keeping without."""
    return Column(name, int, least, LAST_TIME, formerly=formerly, instead=0, droppable=True)


_ICCID = Column("iccid", str, 1, 32, _CARD, key=True)
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
        Column("iccid", str, 1, 32, _CARD),
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
    ),
    most=MOST_PLACES,
    newest="used",
)
"""What names are made of; `used` counts up, a place that was used later has a greater one."""

LIVE: Final = Table(
    "live",
    (Column("module", str, 1, 300, key=True), Column("iccid", str, 1, 32, _CARD)),
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

TABLES: Final = (SIM, LEARNED, TOLD, ASKED_USSD, PLACE, LIVE, FACT, MINUTE, FILE_ROW)
