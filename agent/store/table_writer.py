"""Rows on their way to the writer: each is checked against its table and gets its checksum."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import Final

from agent.store.table import Row, Table, Value, summed
from agent.store.writer import RowWriter

_log: Final = logging.getLogger(__name__)


class TableWriter:
    """Queues changes of tables; without a writer nothing is kept."""

    def __init__(self, writer: RowWriter | None) -> None:
        self._writer = writer
        self._refused: set[str] = set()
        """The tables of which a row could not be kept."""

    def put(self, table: Table, *rows: Row, reported: bool = False) -> None:
        """Write rows; one that the table does not take stays in memory alone. `reported`: a report says them."""
        good = [summed(table, row) for row in rows if table.takes(row)]
        if len(good) < len(rows) and table.name not in self._refused:
            self._refused.add(table.name)
            _log.error("store: a row of table %s cannot be kept", table.name)
        if good and self._writer is not None:
            self._writer.put(table.put, *good, reported=reported)

    def delete(self, table: Table, *keys: Row) -> None:
        """Delete the rows with these keys."""
        if keys and self._writer is not None:
            self._writer.put(table.delete, *keys)

    def delete_where(self, table: Table, column: str, value: str) -> None:
        """Delete the rows with this value."""
        if self._writer is not None:
            self._writer.put(f"DELETE FROM {table.name} WHERE {column} = ?", (value,))

    def delete_if(self, table: Table, where: str, *values: Value) -> None:
        """Delete the rows of which this is true."""
        if self._writer is not None:
            self._writer.put(f"DELETE FROM {table.name} WHERE {where}", values)

    def change_if(self, table: Table, new: Mapping[str, Value], where: str, *values: Value) -> None:
        """Give the rows of which this is true other values in some columns; a row of that key is replaced."""
        if self._writer is None:
            return
        marks = {name: f"?{n}" for n, name in enumerate(new, 1)}
        row = ", ".join(marks.get(column.name, column.name) for column in table.columns)
        columns = ", ".join(f"{name} = {mark}" for name, mark in marks.items())
        sql = f"UPDATE OR REPLACE {table.name} SET {columns}, sum = row_sum('{table.name}', {row}) WHERE {where}"
        self._writer.put(sql, (*new.values(), *values))

    def delete_all(self, table: Table) -> None:
        """Delete every row."""
        if self._writer is not None:
            self._writer.put(f"DELETE FROM {table.name}", ())
