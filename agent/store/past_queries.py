"""What was, read back from the disk: changes, uptime, reports. Blocks; a running agent goes on writing meanwhile."""

from __future__ import annotations

import contextlib
import sqlite3
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from agent.store.change_rows import COLUMN_OF, OF_MODULE, ChangeRow, change_rows, runs_of
from agent.store.database_file import connect_to_read, is_empty
from agent.store.day_rows import DaySum
from agent.store.history import Minute
from agent.store.lives import (
    ABSENT,
    DAY,
    Lives,
    Piece,
    Run,
    Stretch,
    added_up,
    clipped,
    joined,
    stretches,
)
from agent.store.past import WINDOW, SentReport
from agent.store.past_rows import good_rows
from agent.store.past_tables import CHANGE_DAY, REPORT_DAY, SENT, WINDOWS_A_DAY
from agent.store.problems import UNREADABLE
from agent.store.records import minute_of
from agent.store.table import LAST_TIME, Row
from agent.store.tables import MINUTE

MOST_ROWS: Final = 100_000
"""Of one answer."""
HELD: Final = "SELECT module, max(id) AS id FROM change WHERE kind & 1 AND iccid IS NOT NULL GROUP BY module"
"""Of each module the last change beside which it held a SIM."""
# CROSS: one walk through all changes (https://sqlite.org/optoverview.html#crossjoin). SQLite's own choice is a walk
# for each module, which takes a bank of a thousand ten seconds at each start.
AFTER_HELD: Final = (
    f"SELECT min(later.id) FROM change AS later CROSS JOIN ({HELD}) AS held"  # noqa: S608  our own names
    " ON later.module = held.module AND later.id > held.id WHERE later.kind & 1 GROUP BY later.module"
)
"""Of each module the one after that, where there is one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Uptime:
    """What one module or SIM lived through."""

    name: str
    number: str | None
    hub: str
    lives: Lives


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportDay:
    """One day (UTC) of reports: `met` of its `windows` of five minutes had an accepted one."""

    day: int
    windows: int
    met: int
    accepted: int = 0
    refused: int = 0
    failed: int = 0


class NoPast(Exception):
    """The store cannot be read; the text says why."""


@contextlib.contextmanager
def _opened(path: Path | None) -> Iterator[sqlite3.Connection | None]:
    """Open the file; None where there is none yet. Raises NoPast."""
    try:
        if path is None or is_empty(path):
            yield None
            return
        with contextlib.closing(connect_to_read(path)) as database:
            yield database
    except (sqlite3.Error, OSError, ValueError) as why:
        raise NoPast(UNREADABLE.format(path=path, why=why)) from why


def changes(
    path: Path | None, *, of: str = "", since: int = 0, until: int = LAST_TIME, newest: int = MOST_ROWS
) -> list[ChangeRow]:
    """Return what changed in a time, the oldest first, but only the `newest` ones.

    `of` is a module's name, an ICCID or a number; "" for all. What is told of a SIM beside what its module tells is
    left out, but that it left. Raises NoPast.
    """
    with _opened(path) as database:
        if database is None:
            return []
        told = f"(kind & 1 OR reason = '{ABSENT}')"
        one = f"{told} AND (module = ? OR number = ?) OR kind & 2 AND iccid = ?" if of else told
        where = f"WHERE at BETWEEN ? AND ? AND ({one}) ORDER BY id DESC LIMIT ?"
        rows = change_rows(database, where, (since, until, *([of] * 3 if of else []), newest))
        return list(rows)[::-1]


def held_at(path: Path | None, at: int, *, running: bool = False) -> list[ChangeRow]:
    """Return what held for each module at a time; `running`: an agent runs now. Raises NoPast."""
    with _opened(path) as database:
        if database is None:
            return []
        runs = _runs(database, at + 1 if running else 0)
        found = []
        for row in _last_rows(database, OF_MODULE, at + 1).values():
            *_, last = [Stretch(at, at, row.reason), *stretches([row.point], runs, at + 1)]
            known = last.reason == row.reason
            found.append(row if known else row._replace(reason=last.reason, detail=""))
        return found


def last_sims(path: Path | None, until: int) -> dict[str, tuple[str, str | None, int]]:
    """Return the SIM that each module held last: its ICCID, its number, and until when it was known to; raises NoPast.

    `until` is now; an agent runs.
    """
    with _opened(path) as database:
        if database is None:
            return {}
        runs = _runs(database, until)
        held = list(change_rows(database, f"WHERE id IN (SELECT id FROM ({HELD})) ORDER BY id", ()))  # noqa: S608  our own names
        after = {row.module: row.point for row in change_rows(database, f"WHERE id IN ({AFTER_HELD})", ())}
        found = {}
        for row in held:
            points = [row.point, after[row.module]] if row.module in after else [row.point]
            first = next(stretches(points, runs, until), None)
            found[row.module] = (str(row.iccid), row.number, first.end if first is not None else row.at)
        return found


def uptime(path: Path | None, kind: int, *, since: int, until: int, running: bool = False) -> list[Uptime]:
    """Return what each module (OF_MODULE) or SIM (OF_SIM) lived through; raises NoPast.

    Of days of which only the sum is kept, the whole day counts.
    """
    with _opened(path) as database:
        if database is None:
            return []
        runs = _runs(database, until if running else 0)
        days = _days(database, kind, since)
        rows = _rows(database, kind, since)
        earlier = _summed_before(database, kind, since)
    return [
        _uptime(
            name, days.get(name, ()), rows.get(name, ()), runs, since, until, known_before=name in earlier
        )
        for name in sorted(days.keys() | rows.keys())
    ]


def _uptime(
    name: str,
    days: Sequence[DaySum],
    rows: Sequence[ChangeRow],
    runs: Sequence[Run],
    since: int,
    until: int,
    *,
    known_before: bool,
) -> Uptime:
    points = [row.point for row in rows]
    pieces = [one.piece for one in days]
    held = list(clipped(stretches(points, runs, until), since, until))
    pieces += [Piece(held[0].start, added_up(held))] if held else []
    numbers = [*(row.number for row in reversed(rows)), *(one.number for one in reversed(days))]
    number = next(filter(None, numbers), None)
    hub = rows[-1].hub if rows else days[-1].hub
    begin = min(since, pieces[0].start) if pieces else since
    return Uptime(
        name=name, number=number, hub=hub, lives=joined(pieces, begin, until, known_before=known_before)
    )


def by_hub(modules: Sequence[Uptime]) -> list[Uptime]:
    """Add up the modules of each hub."""
    hubs: dict[str, Lives] = {}
    for one in modules:
        hubs[one.hub] = hubs.get(one.hub, Lives()).beside(one.lives)
    return [Uptime(name=hub, number=None, hub=hub, lives=lives) for hub, lives in sorted(hubs.items())]


def _runs(database: sqlite3.Connection, alive_at: int) -> list[Run]:
    runs = runs_of(database)
    return [*runs[:-1], runs[-1]._replace(ended=max(alive_at, runs[-1].ended))] if runs else []


def _days(database: sqlite3.Connection, kind: int, since: int) -> dict[str, list[DaySum]]:
    found: dict[str, list[DaySum]] = defaultdict(list)
    where = "WHERE kind = ? AND day >= ? ORDER BY day"
    for row in good_rows(database, CHANGE_DAY, where, (kind, since // DAY)):
        found[row[2]].append(DaySum.of(row))
    return found


def _summed_before(database: sqlite3.Connection, kind: int, since: int) -> set[str]:
    sql = "SELECT DISTINCT name FROM change_day WHERE kind = ? AND day < ?"
    return {name for (name,) in database.execute(sql, (kind, since // DAY))}


def _rows(database: sqlite3.Connection, kind: int, since: int) -> dict[str, list[ChangeRow]]:
    """Return the changes since then, and of each module or SIM the last one before."""
    found: dict[str, list[ChangeRow]] = defaultdict(list)
    for name, row in _last_rows(database, kind, since).items():
        found[name].append(row)
    for row in change_rows(database, "WHERE at >= ? AND kind & ? ORDER BY id", (since, kind)):
        found[_name(kind, row)].append(row)
    return found


def _last_rows(database: sqlite3.Connection, kind: int, before: int) -> dict[str, ChangeRow]:
    ids = f"SELECT max(id) FROM change WHERE at < ? AND kind & ? GROUP BY {COLUMN_OF[kind]}"  # noqa: S608  our own names
    rows = change_rows(database, f"WHERE id IN ({ids}) ORDER BY id", (before, kind))
    return {_name(kind, row): row for row in rows}


def _name(kind: int, row: ChangeRow) -> str:
    return str(row.module if kind == OF_MODULE else row.iccid)


def reports(path: Path | None, *, since: int = 0, newest: int = MOST_ROWS) -> list[SentReport]:
    """Return the newest requests of a time, the oldest first. Raises NoPast."""
    with _opened(path) as database:
        if database is None:
            return []
        rows = good_rows(database, SENT, "WHERE at >= ? ORDER BY id DESC LIMIT ?", (since, newest))
        return [SentReport.of(row) for row in rows][::-1]


def minutes(path: Path | None, *, since: int, before: int = LAST_TIME) -> list[Minute]:
    """Return the minutes of the plot, the oldest first: the last 31 days are kept. Raises NoPast."""
    with _opened(path) as database:
        if database is None:
            return []
        return [
            minute_of(row)
            for row in good_rows(database, MINUTE, "WHERE at >= ? AND at < ? ORDER BY at", (since, before))
        ]


def report_days(path: Path | None, *, since: int, now: int) -> list[ReportDay]:
    """Return each day up to `now` since reports are kept; a day without any has missed every window. Raises NoPast."""
    with _opened(path) as database:
        if database is None:
            return []
        rows = {row[0]: row for row in good_rows(database, REPORT_DAY, "ORDER BY day")}
    first, today = min(rows, default=now // DAY + 1), now // DAY
    return [_report_day(day, rows.get(day), now) for day in range(max(first, since // DAY), today + 1)]


def _report_day(day: int, row: Row | None, now: int) -> ReportDay:
    _, first, last, met, accepted, refused, failed = row or (day, 0, None, 0, 0, 0, 0)
    over = WINDOWS_A_DAY
    if day == now // DAY:
        current = now % DAY // WINDOW
        over = current + (last == current)  # the window under way counts once it is met
    return ReportDay(
        day=day, windows=max(over - first, met), met=met, accepted=accepted, refused=refused, failed=failed
    )
