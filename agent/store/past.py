"""What was, on its way to the disk: changes of modules and SIMs, and requests to Onlinesim, each written once.

Nothing is kept in memory and nobody waits for it; `agent.store.past_queries` reads it back from the disk.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple

from agent.store.cards import instant
from agent.store.change_rows import OF_MODULE, OF_SIM, ChangeRow
from agent.store.lives import DAY
from agent.store.past_rows import newest
from agent.store.past_tables import CHANGE, CHANGE_DAY, PAST, REPORT_DAY, RUN, SENT, WINDOWS_A_DAY
from agent.store.table import Row
from agent.store.table_writer import TableWriter
from agent.store.tables import PLAUSIBLE_SINCE

KEEP: Final = 400 * DAY
"""Seconds; `history.keep` in config.yaml."""
EXTEND_EVERY: Final = 30.0
"""Seconds between two notes that the agent still runs."""
JUMP: Final = 60.0
"""Seconds between two calls of `note_alive`, by the clock, beyond which the agent stood still or the clock was set."""
WINDOW: Final = 300
"""Seconds; docs/design.md §1."""
REPORTS_SHOWN: Final = 20
"""On the page, those of earlier runs included."""
_BETWEEN: Final = "\x1a"
"""No name of a module has it."""
_LONGEST_DETAIL: Final = 200
_LONGEST_MESSAGE: Final = 300
_LONGEST_NUMBERS: Final = 20_000


class Happened(NamedTuple):
    """From now on this is so: of the module (`kind` OF_MODULE), of the SIM (OF_SIM), or of both (their sum)."""

    kind: int
    module: str
    iccid: str | None
    number: str | None
    reason: str
    detail: str = ""
    hub: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class SentReport:
    """A finished request; `at` is UNIX time, `came` and `went` the numbers that it adds and takes away."""

    at: float
    method: str
    outcome: str
    status: int | None
    numbers: int
    took_s: float
    message: str
    came: Sequence[str] = ()
    went: Sequence[str] = ()

    @classmethod
    def of(cls, row: Row) -> SentReport:
        """Return what a row says."""
        _, at, method, outcome, status, numbers, took_ms, message, came, went = row
        return cls(
            at=at,
            method=method,
            outcome=outcome,
            status=status,
            numbers=numbers,
            took_s=took_ms / 1000,
            message=message,
            came=tuple(came.split()),
            went=tuple(went.split()),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Counters:
    """The last id of each kind in the file, the last day of reports as its row, and the last reports."""

    change: int = 0
    run: int = 0
    sent: int = 0
    day: tuple[int, int, int | None, int, int, int, int] | None = None
    reports: tuple[SentReport, ...] = ()
    """The last ones, the newest first."""

    @classmethod
    def of(cls, database: sqlite3.Connection | None) -> Counters:
        """Read them. Raises nothing: a file without them begins anew."""
        if database is None:
            return cls()
        change, run, day = (newest(database, table, 1) for table in (CHANGE, RUN, REPORT_DAY))
        sent = newest(database, SENT, REPORTS_SHOWN)
        return cls(
            change=change[0][0] if change else 0,
            run=run[0][0] if run else 0,
            sent=sent[0][0] if sent else 0,
            day=(*day[0],) if day else None,
            reports=tuple(map(SentReport.of, sent)),
        )


class Past:
    """Adds to what was; for the loop's thread."""

    def __init__(self, tables: TableWriter, counters: Counters, *, wall: Callable[[], float]) -> None:
        self._keep: float = KEEP
        self._tables = tables
        self._wall = wall
        self._change, self._run, self._sent = counters.change, counters.run, counters.sent
        self._day = counters.day
        self.earlier_reports = counters.reports
        """The last ones of earlier runs, the newest first."""
        self._began: int | None = None
        """When this run began; None while it has not, without a plausible clock."""
        self._first_id = 0
        self._clock_is_sure = False
        self._extended = self._seen = 0.0
        """When the run was last written, and last called for, UNIX time."""

    @property
    def keep(self) -> float:
        """How long rows are kept, in seconds; 0 keeps none, and drops what there is."""
        return self._keep

    @keep.setter
    def keep(self, seconds: float) -> None:
        self._keep = seconds
        if not seconds:
            self._began, self._day = None, None
            for table in PAST:
                self._tables.delete_all(table)

    @property
    def running(self) -> bool:
        """Whether changes are kept: some may be, and the clock is plausible."""
        return self._began is not None

    def note_alive(self) -> bool:
        """Note that all goes on; return whether everything that holds must be told anew: a run has begun.

        To be called every second: a jump of the clock, or a stop of the process, ends one run and begins another.
        """
        now = self._wall()
        if not self._keep or not now >= PLAUSIBLE_SINCE:
            return False
        begins = self._began is None or abs(now - self._seen) >= JUMP
        if begins:
            self.close()
            self._run += 1
            self._began, self._first_id = instant(now), self._change + 1
        self._seen = now
        if begins or now - self._extended >= EXTEND_EVERY:
            self._extend()
        return begins

    @property
    def oldest(self) -> int:
        """The UNIX time before which nothing is kept; 0 while it is not sure what time it is."""
        return max(0, int(self._wall() - self._keep)) if self._clock_is_sure else 0

    def confirm_clock(self, latest: int) -> None:
        """Take note that the clock is right; drop what is dated after `latest`."""
        self._clock_is_sure = True
        for table in (CHANGE, SENT):
            self._tables.delete_if(table, "at > ?", latest)
        for table in (CHANGE_DAY, REPORT_DAY):
            self._tables.delete_if(table, "day > ?", latest // DAY)

    def rename(self, names: Mapping[str, str]) -> None:
        """Let what was of renamed modules bear their new names; `names` has the new name of each by the old one."""
        for table, column, is_module in ((CHANGE, "module", "1"), (CHANGE_DAY, "name", "kind = 1")):
            # By way of names that nobody has, for two may exchange theirs.
            steps = [(old, _BETWEEN + new) for old, new in names.items()]
            steps += [(_BETWEEN + new, new) for new in names.values()]
            for old, new in steps:
                self._tables.change_if(table, {column: new}, f"{column} = ? AND {is_module}", old)

    def forget_module(self, name: str) -> None:
        """Forget a module; what its SIMs lived through stays."""
        self._tables.delete_if(CHANGE, "module = ? AND kind = 1", name)
        self._tables.change_if(CHANGE, {"kind": OF_SIM}, "module = ? AND kind = 3", name)
        self._tables.delete_if(CHANGE_DAY, "name = ? AND kind = 1", name)

    def forget_card(self, iccid: str) -> None:
        """Forget a SIM; that its modules were live stays."""
        self._tables.delete_if(CHANGE, "iccid = ? AND kind = 2", iccid)
        self._tables.change_if(CHANGE, {"kind": OF_MODULE, "iccid": None, "number": None}, "iccid = ?", iccid)
        self._tables.delete_if(CHANGE_DAY, "name = ? AND kind = 2", iccid)

    def begin_anew(self) -> None:
        """Begin another run at the next `note_alive`: what was written of this one may be lost."""
        self._began = None

    def _extend(self) -> None:
        self._extended = self._seen
        self._tables.put(RUN, (self._run, self._first_id, self._began, instant(self._seen)))

    def close(self) -> None:
        """Note until when the run was."""
        if self._began is not None:
            self._extend()

    def note(self, happened: Iterable[Happened]) -> None:
        """Keep what has changed."""
        if self._began is None:
            return
        now, rows = instant(self._wall()), []
        for one in happened:
            self._change += 1
            rows.append(
                ChangeRow(
                    id=self._change,
                    kind=one.kind,
                    at=now,
                    module=one.module,
                    iccid=one.iccid,
                    number=one.number,
                    reason=one.reason,
                    detail=one.detail[:_LONGEST_DETAIL],
                    hub=one.hub,
                )
            )
        if rows:
            self._tables.put(CHANGE, *rows)

    def note_report(self, report: SentReport) -> None:
        """Keep a finished request, and whether it meets a window of five minutes."""
        if self._began is None:
            return
        self._sent += 1
        self._tables.put(
            SENT,
            (
                self._sent,
                instant(report.at),
                report.method,
                report.outcome,
                report.status,
                report.numbers,
                max(0, round(report.took_s * 1000)),
                report.message[:_LONGEST_MESSAGE],
                _listed(report.came),
                _listed(report.went),
            ),
        )
        self._count(instant(report.at), report.outcome)

    def _count(self, at: int, outcome: str) -> None:
        day, window = at // DAY, at % DAY // WINDOW
        if self._day is None or self._day[0] != day:
            first = 0 if self._day is not None else window
            self._day = (day, first, None, 0, 0, 0, 0)
        _, first, last, met, accepted, refused, failed = self._day
        if outcome == "accepted":
            accepted += 1
            if last != window:
                last, met = window, min(met + 1, WINDOWS_A_DAY)
        refused += outcome == "refused"
        failed += outcome == "failed"
        self._day = (day, first, last, met, accepted, refused, failed)
        self._tables.put(REPORT_DAY, self._day)


def _listed(numbers: Sequence[str]) -> str:
    """Return numbers with blanks between, as many as can be kept."""
    return (
        " ".join(numbers)[:_LONGEST_NUMBERS].rpartition(" ")[0] if len(numbers) > 1_000 else " ".join(numbers)
    )
