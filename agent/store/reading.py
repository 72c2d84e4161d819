"""Reading a store that may hold anything: what is good is kept, what is not is dropped and told.

A flipped bit, a value of another type, a row that is there twice, a column or table that is missing: none of it raises,
and none of it costs more than the rows concerned.
"""

from __future__ import annotations

import heapq
import sqlite3
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from operator import itemgetter
from typing import Final

from agent.formats.printable import one_line
from agent.store import problems
from agent.store.contradictions import numbered_once, told_for_one
from agent.store.table import Row, Table, Value, checksum
from agent.store.tables import LEARNED, PLACE, TABLES, TOLD

VERSION: Final = 7
"""PRAGMA user_version of the schema that `tables` has."""

UNREADABLE: Final = (sqlite3.DatabaseError, ValueError)
"""What sqlite raises on a damaged file; ValueError, since its message may hold bytes that are no text."""

_LONGEST_MESSAGE: Final = 300
"""Of what sqlite says, which may hold names out of a damaged file."""

Rows = dict[str, list[Row]]
"""The rows of each table by its name."""


@dataclass(slots=True)
class Found:
    """What a file holds."""

    rows: Rows = field(default_factory=lambda: {table.name: [] for table in TABLES})
    dropped: list[str] = field(default_factory=list)
    """What was left out since it is wrong, for the operator."""
    as_written: bool = True
    """Whether the file may stay as it is: nothing was left out, and the schema is today's."""
    broken: bool = False
    """Its structure is damaged: there may be more rows than sqlite can reach."""

    def add(self, recovered: Mapping[str, Mapping[Row, Row]]) -> int:
        """Add rows that were made out in other ways, and return how many there are that were not known."""
        count = 0
        for table in TABLES:
            known = {table.key_of(row) for row in self.rows[table.name]}
            more = [row for key, row in recovered[table.name].items() if key not in known]
            rows = sorted([*self.rows[table.name], *more], key=table.age)
            self.rows[table.name] = rows[-table.most :]
            count += len(more)
        self.rows[PLACE.name] = numbered_once(self.rows[PLACE.name], self.dropped)
        return count


class Foreign(Exception):
    """The file belongs to another program."""


class Damaged(Exception):
    """sqlite cannot make anything out in the file."""


def read_rows(database: sqlite3.Connection) -> Found:
    """Return all good rows, those that are not resident only where the file has to be written anew.

    Raises sqlite3.OperationalError only for a file that cannot be read at all.
    """
    database.text_factory = _text
    version = _number(database, "PRAGMA user_version")
    found = Found(as_written=version == VERSION and _schema(database) == _todays_schema())
    health = _text_of(database, "PRAGMA quick_check(1)")
    if health != "ok":
        found.dropped.append(problems.DAMAGED.format(why=one_line(health, _LONGEST_MESSAGE)))
        found.broken = not health.startswith("CHECK")  # that is a value, and no structure
    _read_tables(database, found, version, resident=True)
    if not _columns(database, TOLD.name):
        found.rows[LEARNED.name] = told_for_one(found.rows[LEARNED.name], found.dropped)
    found.rows[PLACE.name] = numbered_once(found.rows[PLACE.name], found.dropped)
    found.as_written &= not found.dropped
    if not found.as_written:
        _read_tables(database, found, version, resident=False)
    return found


def _read_tables(database: sqlite3.Connection, found: Found, version: int, *, resident: bool) -> None:
    for table in TABLES:
        if table.resident is not resident:
            continue
        reading = _Reading(table)
        reading.read(database, version)
        found.rows[table.name] = reading.rows()
        found.dropped += reading.told()
        found.as_written &= not reading.pruned
        found.broken |= reading.lost


def check_ours(database: sqlite3.Connection, application_id: int) -> None:
    """Raise Foreign or Damaged for what is no store of ours, sqlite3.OperationalError where it cannot be read.

    One that has our tables is ours whatever its header says: a bit of that may be wrong.
    """
    try:
        application = database.execute("PRAGMA application_id").fetchone()[0]
        database.execute("SELECT count(*) FROM sqlite_master").fetchone()
    except sqlite3.OperationalError:
        raise
    except UNREADABLE as why:
        raise Damaged(problems.NO_DATABASE.format(why=one_line(str(why), _LONGEST_MESSAGE))) from why
    ours = {"iccid", "date_start"} <= set(_columns(database, "sim")) and "key" in _columns(database, "place")
    if not ours and application != application_id:
        raise Foreign(problems.FOREIGN)


@dataclass(slots=True)
class _Reading:
    """The rows of one table so far."""

    table: Table
    pruned: bool = False
    """More rows were there than are kept."""
    _rows: dict[object, Row] = field(default_factory=dict)
    _wrong: Counter[str] = field(default_factory=Counter)
    _mended: Counter[str] = field(default_factory=Counter)
    _lost: str = ""
    _less: list[str] = field(default_factory=list)
    """Columns that are gone."""
    _key: Callable[[Row], object] = field(init=False)

    def __post_init__(self) -> None:
        self._key = itemgetter(*self.table.keys)

    def read(self, database: sqlite3.Connection, version: int) -> None:
        there = _columns(database, self.table.name)
        sources = [_source(column.name, column.formerly, there) for column in self.table.columns]
        needed = (column.name for column in self.table.columns if column.key and not column.droppable)
        if not set(needed) <= set(there):
            missing = problems.NO_TABLE if version >= self.table.since else ""
            self._lost = (problems.LOST_COLUMN if there else missing).format(table=self.table.name)
            return
        if version == VERSION:
            self._less = [column.name for column in self.table.columns if column.name not in there]
        # Without one of its values a checksum proves nothing; an empty one is as wrong as any other.
        whole = "NULL" not in sources and "sum" in there
        sources.append("sum" if whole else "NULL")
        select = f"SELECT {', '.join(sources)} FROM {self.table.name} NOT INDEXED"  # noqa: S608  our own names
        # Behind a damaged page the rows can still be reached from the other end.
        for again, order in enumerate(("", " ORDER BY rowid DESC")):
            try:
                for *values, total in database.execute(select + order):
                    row = tuple(values)
                    if whole and total != checksum(self.table, row):
                        self._wrong["wrong checksum"] += not again
                    else:
                        self._take(row, again=bool(again))
            except UNREADABLE as why:
                what = one_line(str(why), _LONGEST_MESSAGE)
                self._lost = problems.NOT_WHOLE.format(table=self.table.name, why=what)
            else:
                return

    @property
    def lost(self) -> bool:
        """Whether there may be rows that could not be reached."""
        return bool(self._lost)

    def _take(self, values: Row, *, again: bool) -> None:
        row = self._mended_row(values, again=again)
        if row is None:
            return
        key = self._key(row)
        if not again:
            self._wrong["there twice"] += key in self._rows
            self._rows[key] = row  # of two the one that was written later counts
        else:
            self._rows.setdefault(key, row)
        if len(self._rows) > 2 * self.table.most:
            self._prune()

    def _mended_row(self, values: Row, *, again: bool) -> Row | None:
        """Return the row without the values that are wrong, None where it is not worth keeping without them."""
        good: list[Value] = []
        for column, value in zip(self.table.columns, values, strict=True):
            if column.takes(value):
                good.append(value)
            elif column.droppable:
                good.append(column.instead)
                self._mended[problems.NOT_VALID.format(column=column.name)] += value is not None and not again
            else:
                self._wrong[problems.NOT_VALID.format(column=column.name)] += not again
                return None
        return tuple(good)

    def _prune(self) -> None:
        newest = heapq.nlargest(self.table.most, self._rows.values(), key=self.table.age)
        self._rows = {self._key(row): row for row in newest}
        self.pruned = True

    def rows(self) -> list[Row]:
        """Return what is good, oldest first."""
        if len(self._rows) > self.table.most:
            self._prune()
        return sorted(self._rows.values(), key=self.table.age)

    def told(self) -> Iterator[str]:
        """Yield what was left out."""
        name = self.table.name
        if self._lost:
            yield self._lost
        if self._less:
            yield problems.LOST_COLUMNS.format(table=name, columns=", ".join(self._less))
        for what, count in self._wrong.items():
            if count:
                yield problems.counted(problems.ROWS_LEFT_OUT, count, table=name, what=what)
        for what, count in self._mended.items():
            if count:
                yield problems.counted(problems.VALUES_LEFT_OUT, count, table=name, what=what)


def _source(name: str, formerly: str, there: list[str]) -> str:
    return name if name in there else formerly if formerly and formerly in there else "NULL"


def _columns(database: sqlite3.Connection, table: str) -> list[str]:
    """Return the columns of a table, none for a view: what that says was never written, and may have no end."""
    try:
        if not database.execute(
            "SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = ?", (table,)
        ).fetchone():
            return []
        return [str(row[1]) for row in database.execute(f"PRAGMA table_info({table})")]
    except UNREADABLE:
        return []


def _schema(database: sqlite3.Connection) -> list[tuple[object, ...]]:
    try:
        return database.execute("SELECT type, name, sql FROM sqlite_master ORDER BY name").fetchall()
    except UNREADABLE:
        return []


def _todays_schema() -> list[tuple[object, ...]]:
    memory = sqlite3.connect(":memory:")
    try:
        for table in TABLES:
            memory.execute(table.create)
        return _schema(memory)
    finally:
        memory.close()


def _number(database: sqlite3.Connection, sql: str) -> int:
    try:
        value = database.execute(sql).fetchone()[0]
    except sqlite3.OperationalError:
        raise
    except UNREADABLE:
        return 0
    return value if isinstance(value, int) else 0


def _text_of(database: sqlite3.Connection, sql: str) -> str:
    try:
        return str(database.execute(sql).fetchone()[0])
    except UNREADABLE as why:
        return str(why)


def _text(raw: bytes) -> str | bytes:
    """Return a text as sqlite has it; bytes that are none stay bytes, and no column takes these."""
    try:
        return raw.decode()
    except UnicodeDecodeError:
        return raw
