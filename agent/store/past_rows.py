"""The rows of tables that stay on the disk, each held against its checksum when it is read."""

from __future__ import annotations

import itertools
import sqlite3
from collections.abc import Iterator
from typing import Final

from agent.store.past_tables import PAST
from agent.store.reading import UNREADABLE
from agent.store.table import Row, Table, checksum

_SOME_DAMAGED: Final = 100


def good_rows(database: sqlite3.Connection, table: Table, where: str = "", values: Row = ()) -> Iterator[Row]:
    """Yield the rows that are whole; `where` is all that follows the table's name. Raises sqlite3.DatabaseError."""
    columns = ", ".join(column.name for column in table.columns)
    # Our own names, and values as parameters.
    for *values_of, total in database.execute(f"SELECT {columns}, sum FROM {table.name} {where}", values):  # noqa: S608
        if total == checksum(table, values_of):
            yield tuple(values_of)


def carried(database: sqlite3.Connection | None) -> dict[str, Iterator[Row]]:
    """Return what can be read of the past, by table, for a file that is written anew. Raises nothing."""
    return {} if database is None else {table.name: _as_many_as_can_be(database, table) for table in PAST}


def _as_many_as_can_be(database: sqlite3.Connection, table: Table) -> Iterator[Row]:
    try:
        yield from filter(table.takes, good_rows(database, table))
    except UNREADABLE:
        return


def newest(database: sqlite3.Connection, table: Table, most: int) -> list[Row]:
    """Return the newest rows that are whole, the newest first. Raises nothing."""
    try:
        order = f"ORDER BY {table.newest} DESC LIMIT {most + _SOME_DAMAGED}"
        return list(itertools.islice(good_rows(database, table, order), most))
    except UNREADABLE:
        return []
