"""Old changes become sums of their days: in the writer's thread, a little at a time.

Each module and each SIM has its own beginning of the changes that are kept, so that one that flaps costs the others
nothing.
"""

from __future__ import annotations

import sqlite3
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from typing import Final

from agent.store import past_tables
from agent.store.change_rows import COLUMN_OF, OF_MODULE, OF_SIM, ChangeRow, change_rows, runs_of
from agent.store.day_rows import DaySum
from agent.store.lives import ABSENT, DAY, START, Piece, Run, by_day, stretches
from agent.store.past_rows import good_rows
from agent.store.past_tables import CHANGE, CHANGE_DAY
from agent.store.table import Row, summed

LOOK_EVERY: Final = 60.0
"""Seconds between two looks, the first one included: a start has better things to do."""
AT_ONCE: Final = 1_000
"""Rows of one step, which takes some tens of milliseconds: a report may be waiting."""

COUNT_EVERY = 1_000
"""Rows that come between two counts, for which there is room below the bounds."""

Name = tuple[int, str]
"""OF_MODULE and a module's name, or OF_SIM and an ICCID."""


class Summing:
    """Keeps the changes within their bounds. `oldest` returns the UNIX time before which nothing is kept."""

    def __init__(self, oldest: Callable[[], int]) -> None:
        self._oldest = oldest
        self._next_look = time.monotonic() + LOOK_EVERY
        self._counted_to = self._aged_to = 0
        self._full: list[Name] = []
        """Those of which there are too many, as of the last count."""
        self._too_many = 0
        """How many rows of all there are too many."""

    def step(self, database: sqlite3.Connection) -> bool:
        """Do a little of what is due, in one transaction; return whether there is more. Raises sqlite3.Error."""
        if time.monotonic() < self._next_look:
            return False
        database.execute("PRAGMA synchronous = NORMAL")
        database.execute("BEGIN IMMEDIATE")
        try:
            more = self._step(database)
            database.execute("COMMIT")
        except BaseException:
            if database.in_transaction:
                database.execute("ROLLBACK")
            self._counted_to = 0  # whatever was counted: count anew
            self._next_look = time.monotonic() + LOOK_EVERY
            raise
        if not more:
            self._next_look = time.monotonic() + LOOK_EVERY
        return more

    def _step(self, database: sqlite3.Connection) -> bool:
        self._count(database)
        if self._full:
            name = self._full[-1]
            where = f"WHERE kind & ? AND {COLUMN_OF[name[0]]} = ? ORDER BY id LIMIT {AT_ONCE}"
            rows = list(change_rows(database, where, name))
            self._sum_up(database, {name: rows}, rows[-1].at // DAY if rows else 0)
            self._full.pop()
            return True
        if self._too_many > 0:
            return self._sum_oldest(database) or self._drop_oldest(database)
        return self._drop_old(database)

    def _count(self, database: sqlite3.Connection) -> None:
        """Count anew once COUNT_EVERY rows have come: that walks through all of them."""
        (last,) = database.execute("SELECT max(id) FROM change").fetchone()
        if last is None or last < self._counted_to + COUNT_EVERY:
            return
        self._counted_to = last
        self._too_many = _too_many(database)
        self._full = [
            (kind, name)
            for kind, column in COLUMN_OF.items()
            for (name,) in database.execute(
                f"SELECT {column} FROM change WHERE kind & ? GROUP BY {column} HAVING count(*) > ?",  # noqa: S608  our own names
                (kind, max(0, past_tables.MOST_OF_ONE - COUNT_EVERY)),
            )
        ]

    def _sum_oldest(self, database: sqlite3.Connection, where: str = "", values: Row = ()) -> bool:
        """Sum up the oldest rows of all, and drop those that are damaged; return whether any of them went."""
        sql = f"SELECT id FROM change {where} ORDER BY id LIMIT {AT_ONCE}"  # noqa: S608  our own names
        there = {id_ for (id_,) in database.execute(sql, values)}
        if not there:
            return False
        between = change_rows(database, "WHERE id BETWEEN ? AND ? ORDER BY id", (min(there), max(there)))
        rows = [row for row in between if row.id in there]
        named: dict[Name, list[ChangeRow]] = defaultdict(list)
        for row in rows:
            for name in _names(row):
                named[name].append(row)
        damaged = there - {row.id for row in rows}
        self._delete(database, sorted(damaged))
        gone = self._sum_up(database, named, rows[-1].at // DAY if rows else 0)
        return gone > 0 or bool(damaged)

    def _drop_oldest(self, database: sqlite3.Connection) -> bool:
        """Drop changes that could not be summed up."""
        self._too_many = _too_many(database)
        if self._too_many <= 0:  # some went in other ways
            return False
        oldest = "SELECT id FROM change ORDER BY id LIMIT ?"
        database.execute(f"DELETE FROM change WHERE id IN ({oldest})", (AT_ONCE,))  # noqa: S608  our own names
        return True

    def _drop_old(self, database: sqlite3.Connection) -> bool:
        """Drop what is older than is kept: whole days, once a day."""
        day = self._oldest() // DAY
        if day <= self._aged_to:
            return False
        if self._sum_oldest(database, "WHERE at < ?", (day * DAY,)):
            return True
        for sql in ("change_day WHERE day < ?", "report_day WHERE day < ?", f"sent WHERE at < ? * {DAY}"):
            database.execute(f"DELETE FROM {sql}", (day,))  # noqa: S608  our own names
        self._aged_to = day
        return False

    def _sum_up(self, database: sqlite3.Connection, named: dict[Name, list[ChangeRow]], today: int) -> int:
        """Sum up the rows of each name whose end is known; return how many rows went.

        `today`: of the days before it every row is among them.
        """
        runs = runs_of(database)
        taken: dict[int, int] = defaultdict(int)
        for name, rows in named.items():
            if not rows:
                continue
            until = _end_of(rows[-1], runs)
            open_end = until is None or until > today * DAY
            gone = rows[:-1] if open_end else rows
            if not gone:
                continue
            points = [row.point for row in rows]
            end = rows[-1].at if open_end or until is None else until
            self._add(database, name, gone, by_day(stretches(points, runs, end)))
            for row in gone:
                taken[row.id] |= name[0]
        known = {row.id: row for rows in named.values() for row in rows}
        deleted = [id_ for id_, kinds in taken.items() if not known[id_].kind & ~kinds]
        self._delete(database, deleted)
        halved = (known[id_] for id_, kinds in taken.items() if known[id_].kind & ~kinds)
        database.executemany(
            CHANGE.put,
            [summed(CHANGE, row._replace(kind=row.kind & ~taken[row.id])) for row in halved],
        )
        return len(deleted)

    def _add(
        self, database: sqlite3.Connection, name: Name, rows: Sequence[ChangeRow], days: dict[int, Piece]
    ) -> None:
        """Add to the sums of a name what these rows amount to."""
        number = next((row.number for row in reversed(rows) if row.number), None)
        hub = rows[-1].hub
        where = "WHERE day BETWEEN ? AND ? AND kind = ? AND name = ?"
        span = (min(days, default=0), max(days, default=-1))
        known = {row[0]: DaySum.of(row) for row in good_rows(database, CHANGE_DAY, where, (*span, *name))}
        sums = []
        for day, piece in days.items():
            before = known.get(day)
            if before is not None:
                piece = Piece(before.piece.start, before.piece.lives.then(piece.lives))  # noqa: PLW2901  one value
                number = number or before.number
            sums.append(DaySum(day, *name, number, hub, piece))
        rows_of_days = (one.row for one in sums)
        database.executemany(
            CHANGE_DAY.put, [summed(CHANGE_DAY, row) for row in rows_of_days if CHANGE_DAY.takes(row)]
        )

    def _delete(self, database: sqlite3.Connection, ids: Sequence[int]) -> None:
        database.executemany(CHANGE.delete, [(id_,) for id_ in ids])
        self._too_many -= len(ids)


def _too_many(database: sqlite3.Connection) -> int:
    """Count how many rows of all there are too many. Walks through them."""
    (rows,) = database.execute("SELECT count(*) FROM change").fetchone()
    return int(rows) + COUNT_EVERY - past_tables.MOST_CHANGES


def _end_of(row: ChangeRow, runs: Sequence[Run]) -> int | None:
    """Return the end of the day on which what a last row says is surely over, None where it may go on."""
    later = next((run for run in runs if run.first_id > row.id), None)
    if row.reason != ABSENT and later is None:
        return None
    over = row.at if row.reason == ABSENT or later is None else max(row.at, later.began + START)
    return int(over // DAY + 1) * DAY


def _names(row: ChangeRow) -> Iterator[Name]:
    if row.kind & OF_MODULE:
        yield OF_MODULE, row.module
    if row.kind & OF_SIM and row.iccid is not None:
        yield OF_SIM, row.iccid
