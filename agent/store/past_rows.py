"""The rows of tables that stay on the disk, each held against its checksum when it is read."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator

from agent.store.past_tables import PAST
from agent.store.reading import UNREADABLE
from agent.store.table import Row, Table, checksum


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


def newest(database: sqlite3.Connection, table: Table) -> Row | None:
    """Return the newest row that is whole. Raises nothing."""
    try:
        order = f"ORDER BY {table.newest} DESC LIMIT 100"
        return next(good_rows(database, table, order), None)
    except UNREADABLE:
        return None
