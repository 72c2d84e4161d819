"""What a table of the store is, as data: its columns, what a value of each may be, and how many rows are kept.

The SQL of the schema and the reader of rows (`agent.store.reading`) are both made of it, so that they cannot differ.
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

LAST_TIME: Final = 4_102_444_800
"""2100-01-01, UNIX time."""
_STRICT: Final = " STRICT" if sqlite3.sqlite_version_info >= (3, 37) else ""
_TYPES: Final[dict[type, str]] = {str: "TEXT", int: "INTEGER"}

CARD: Final = re.compile(r"[0-9A-Z]{1,32}")
"""An ICCID."""


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
    resident: bool = True
    """Read whole at the start; else only when somebody asks, and when the file is written anew."""

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
    return row_sum((table.name, *row))


def row_sum(named: Row) -> int:
    """Return the checksum of a row that begins with the name of its table."""
    return zlib.crc32(ascii(named).encode())


def summed(table: Table, row: Row) -> Row:
    """Return the row as it is written."""
    return (*row, checksum(table, row))
