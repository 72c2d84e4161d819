"""What each module told since it started: which number for which card, the oldest first."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from agent.store.cards import instant
from agent.store.table import Row
from agent.store.table_writer import TableWriter
from agent.store.tables import TOLD


class Tellings:
    """Kept for the next run; bounded by whoever keeps it."""

    def __init__(self, rows: Iterable[Row], tables: TableWriter, *, wall: Callable[[], float]) -> None:
        self._tables = tables
        self._wall = wall
        self._told: dict[str, tuple[Row, ...]] = {}
        for row in sorted(rows, key=TOLD.key_of):
            self._told[row[0]] = (*self._told.get(row[0], ()), row)

    def __iter__(self) -> Iterator[tuple[str, str, str]]:
        """Yield module, ICCID and number, for each module the oldest first."""
        for row in self.rows():
            module, _, iccid, number, _ = row
            yield module, iccid, number

    def keep(self, module: str, told: Iterable[tuple[str, str]]) -> None:
        """Keep all that a module told since it started as (ICCID, number), the oldest first; none after a restart."""
        before = {row[2:4]: row[4] for row in self._told.pop(module, ())}
        now = instant(self._wall())
        rows = tuple((module, line, *one, before.get(one, now)) for line, one in enumerate(told))
        if rows:
            self._told[module] = rows
        self._tables.delete_where(TOLD, "module", module)
        self._tables.put(TOLD, *rows)

    def rows(self) -> list[Row]:
        """Return all there is."""
        return [row for rows in self._told.values() for row in rows]
