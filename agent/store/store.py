"""What must survive a restart, a kill -9 and a power cut.

When each SIM was first placed, what was live at the last stop, numbers learned, names given to places, the last good
rows of the sims_file, and the minutes of the plot. Reads are from memory and never wait; changes are queued for the
writer. Every collection is bounded (docs/design.md §12).
"""

from __future__ import annotations

import contextlib
import logging
import math
import time
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from operator import attrgetter
from pathlib import Path
from typing import Final, TypeVar

from agent.store.history import DAY_MINUTES, Minute
from agent.store.lock import StoreLock, refuse_if_locked
from agent.store.reading import Found, Rows
from agent.store.schema import open_database
from agent.store.schema import read_only as read_database
from agent.store.tables import (
    ASKED_USSD,
    FACT,
    FILE_ROW,
    LAST_TIME,
    LEARNED,
    LIVE,
    MINUTE,
    MOST_FILE_ROWS,
    MOST_PLACES,
    MOST_SIMS,
    PLACE,
    PLAUSIBLE_SINCE,
    SIM,
    TOLD,
    Row,
    Table,
    summed,
)
from agent.store.writer import RowWriter
from drivers.offload import offload

__all__ = ["PLAUSIBLE_SINCE", "FileRow", "Learned", "SeenSim", "Store"]

_log = logging.getLogger(__name__)
_V = TypeVar("_V")

DAY: Final = 86_400
SEEN_EVERY: Final = 600
"""Seconds between two writes that a SIM was seen."""
ALIVE_EVERY: Final = 30.0
"""Seconds between two writes that the agent still runs."""
SOME: Final = 200
"""How many SIMs are forgotten at a time."""
FLUSH_WITHIN: Final = 1.0
"""Seconds that a report waits for the disk before it is sent anyway."""


@dataclass(frozen=True, slots=True)
class Learned:
    """A number that was learned for a SIM; `source` as in `agent.numbers.resolve.Source`, in lower case.

    `imsi` is the subscription that it was learned for, None if that was not known; `told_at` is UNIX time.
    """

    number: str
    source: str
    imsi: str | None = None
    told_at: int = 0

    def holds_for(self, imsi: str | None) -> bool:
        """Return whether it may be the number of this subscription: another one has another number."""
        return self.imsi is None or imsi is None or self.imsi == imsi


@dataclass(frozen=True, slots=True)
class SeenSim:
    """A SIM that was ever seen: its IMSI, the module it was last in; `date_start` and `seen` are UNIX times."""

    iccid: str
    imsi: str | None
    module: str
    date_start: int | None
    seen: int


@dataclass(frozen=True, slots=True)
class FileRow:
    """One row of the sims_file as it was read: `sim` is an ICCID or IMSI, the rest what the row has."""

    line: int
    sim: str
    number: str | None
    rent: bool | None


class Store:
    """The agent's memory; for one thread. `problem` says what cannot be kept."""

    def __init__(
        self, path: Path | None, *, wall: Callable[[], float] = time.time, read_only: bool = False
    ) -> None:
        """Raises StoreInUse while another agent has it. Without a path nothing survives the process.

        `read_only`: read the file, change nothing on the disk, and keep nothing.
        """
        self._wall = wall
        self._writer: RowWriter | None = None
        self._lock = StoreLock(None if read_only else path)
        self.notice = ""
        """What was wrong with the file at the start."""
        found, aside = Found(), ""
        if path is not None and read_only:
            refuse_if_locked(path)
            found, self.notice = read_database(path)
        elif path is not None:
            opened = open_database(path, stamp=time.strftime("%Y%m%dT%H%M%S", time.gmtime(wall())))
            found, self.notice = opened.found, opened.notice
            aside = opened.aside
            self._writer = RowWriter(opened.database, path, wall, lock=self._lock, problem=opened.problem)
        if self.notice:
            _log.error("store: %s", self.notice)
        self._load(found.rows)
        if self.notice and aside:
            self._note_fact(_LEFT_OUT, self.notice[:_LONGEST_NOTICE])
            self._note_fact(_ASIDE, aside)
        self._refused: set[str] = set()
        """The tables of which a row could not be kept."""
        self._late = False
        """A report went out before the disk had what it says."""
        self._alive_noted = 0.0
        self._live_is_new = False
        """Whether `live` is of this run; until then `alive_at` must not be renewed, which dates the last run's set."""

    def _load(self, rows: Rows) -> None:
        self.sims: dict[str, SeenSim] = {row[0]: SeenSim(*row) for row in rows[SIM.name]}
        self.learned = {row[0]: Learned(*row[1:]) for row in rows[LEARNED.name]}
        """The number that was learned for each ICCID."""
        self._told: dict[str, tuple[Row, ...]] = {}
        for row in sorted(rows[TOLD.name], key=TOLD.key_of):
            self._told[row[0]] = (*self._told.get(row[0], ()), row)
        self.asked_ussd: dict[str, int] = dict(rows[ASKED_USSD.name])
        self._used_now: set[str] = set()
        self._used: dict[str, int] = {}
        """Counts up: a place that was used later has a greater one."""
        self.places: dict[str, int] = {}
        self.imeis: dict[str, str] = {}
        self.names: dict[str, str] = {}
        """Names that contain the IMEI, by place."""
        self.confirmed: set[str] = set()
        """The places of `imeis` whose module reported it in this run."""
        for key, n, imei, name, used in rows[PLACE.name]:
            for kept, value in ((self.places, n), (self.imeis, imei), (self.names, name)):
                if value is not None:
                    kept[key] = value
            self._used[key] = used
        self._used_last = max(self._used.values(), default=0)
        self.live: dict[str, str] = dict(rows[LIVE.name])
        self._file = _file_of(rows[FILE_ROW.name])
        self._minutes: dict[int, Minute] = {}
        day_ago = int(self._wall()) - 86400
        for row in rows[MINUTE.name]:
            if row[0] > day_ago:
                self._keep_minute(Minute(**dict(zip(_MINUTE_FIELDS, row, strict=True))))
        self._facts: dict[str, str] = dict(rows[FACT.name])
        self.alive_at = _instant(self._facts.get(_ALIVE_AT, ""))
        """When `live` was last known to hold, UNIX time; 0 for never."""
        self.standing = self._facts.get(_STANDING, "")
        """The account (`OnlinesimClient.account`) at which numbers of ours may stand, "" for none."""

    @property
    def minutes(self) -> tuple[Minute, ...]:
        """The last 24 hours of the plot."""
        return tuple(self._minutes.values())

    @property
    def problem(self) -> str:
        """What cannot be kept, and what was wrong with the file, for the operator; empty while all is well."""
        writer = self._writer
        if writer is None:
            return self.notice
        late = (
            "the disk is slow: what the last report says is not on it yet"
            if self._late and writer.owes
            else ""
        )
        return "; ".join(filter(None, (self.notice, writer.notice, writer.problem or late)))

    def placed(self, iccid: str, imsi: str, module: str) -> int | None:
        """Return when this SIM was first placed, now if it is new; UNIX time, None without a plausible clock."""
        now = self._wall()
        known = self.sims.get(iccid)
        start = known.date_start if known is not None else None
        if start is None and PLAUSIBLE_SINCE <= now <= LAST_TIME:
            start = int(now)
        self.saw(iccid, imsi, module, start)
        return start

    def saw(self, iccid: str, imsi: str | None, module: str, date_start: int | None = None) -> None:
        """Note that a SIM was seen; written at most once in SEEN_EVERY while nothing else about it changes."""
        now = self._instant()
        known = self.sims.get(iccid)
        if known is not None:
            imsi = imsi or known.imsi
            date_start = date_start if date_start is not None else known.date_start
            same = (known.imsi, known.module, known.date_start) == (imsi, module, date_start)
            if same and abs(now - known.seen) < SEEN_EVERY:
                return
        is_new = date_start is not None and (known is None or known.date_start != date_start)
        sim = SeenSim(iccid, imsi, module, date_start, now)
        _renew(self.sims, iccid, sim)
        self._put(SIM, _SIM_ROW(sim), reported=is_new)
        if len(self.sims) > MOST_SIMS:
            self._forget_sims()

    def learn(self, iccid: str, imsi: str | None, number: str, source: str) -> None:
        """Keep the number of a SIM, which may not report it the next time."""
        known = self.learned.get(iccid)
        learned = Learned(number, source, imsi, self._instant())
        if known is not None and known == replace(learned, told_at=known.told_at):
            return
        _renew(self.learned, iccid, learned)
        self._put(LEARNED, (iccid, *_LEARNED_ROW(learned)))
        if len(self.learned) > MOST_SIMS:
            oldest = next(iter(self.learned))
            del self.learned[oldest]
            self._delete(LEARNED, (oldest,))

    def tellings(self) -> Iterator[tuple[str, str, str]]:
        """Yield which module told for which ICCID which number since it started, for each module the oldest first."""
        for rows in self._told.values():
            for module, _, iccid, number, _ in rows:
                yield module, iccid, number

    def keep_tellings(self, module: str, told: Iterable[tuple[str, str]]) -> None:
        """Keep all that a module told since it started as (ICCID, number), the oldest first; none after a restart.

        What is kept is for the next run; `told` is bounded by the caller.
        """
        before = {row[2:4]: row[4] for row in self._told.pop(module, ())}
        now = self._instant()
        rows = tuple((module, line, *one, before.get(one, now)) for line, one in enumerate(told))
        if rows:
            self._told[module] = rows
        if self._writer is not None:
            self._writer.put("DELETE FROM told WHERE module = ?", (module,))
        self._put(TOLD, *rows)

    def note_ussd(self, iccid: str) -> None:
        """Note that the network was asked for this SIM's number."""
        _renew(self.asked_ussd, iccid, self._instant())
        self._put(ASKED_USSD, (iccid, self.asked_ussd[iccid]))
        if len(self.asked_ussd) > MOST_SIMS:
            oldest = next(iter(self.asked_ussd))
            del self.asked_ussd[oldest]
            self._delete(ASKED_USSD, (oldest,))

    def file_rows(self, path: Path) -> tuple[FileRow, ...]:
        """Return the rows that the sims_file had when it was last read whole; none for another file."""
        return self._file[1] if self._file[0] == str(path) else ()

    def keep_file(self, path: Path, rows: Iterable[FileRow]) -> None:
        """Keep the good rows of a sims_file that was read whole, for a time when it cannot be read.

        Only the newest file is kept, and MOST_FILE_ROWS rows of it.
        """
        file = (str(path), tuple(rows)[:MOST_FILE_ROWS])
        if file == self._file:
            return
        self._file = file
        self._delete_all(FILE_ROW)
        self._put(FILE_ROW, *_file_rows(file))

    def number_places(self, numbers: Mapping[str, int]) -> None:
        """Keep the {n} given to physical places."""
        for key, n in numbers.items():
            if self.places.get(key) != n:
                self.places[key] = n
                self._note_place(key, reported=True)

    def name_places(self, names: Mapping[str, str]) -> None:
        """Keep the names that contain an IMEI, and forget all others."""
        before, self.names = self.names, dict(names)
        for key in before.keys() | names.keys():
            if before.get(key) != names.get(key):
                self._note_place(key, reported=key in names)

    def note_imei(self, key: str, imei: str) -> None:
        """Keep the IMEI that the module of a place reported."""
        self.confirmed.add(key)
        if self.imeis.get(key) != imei:
            self.imeis[key] = imei
            self._note_place(key)

    def _note_place(self, key: str, *, reported: bool = False) -> None:
        self._used_last += 1
        _renew(self._used, key, self._used_last)
        self._used_now.add(key)
        self._put(PLACE, self._place_row(key), reported=reported)

    def forget_places(self, there: Collection[str]) -> Collection[str]:
        """Forget the places that were used longest ago, where there are too many, and return them.

        `there` are those with a module now: they count as used in this run, and stay.
        """
        for key in there:
            if key not in self._used_now and key in self._used:
                self._note_place(key)
        if len(self._used) <= MOST_PLACES:
            return ()
        oldest = [key for key in self._used if key not in there][: len(self._used) - MOST_PLACES]
        for key in oldest:
            for kept in (self._used, self.places, self.imeis, self.names):
                kept.pop(key, None)
            self.confirmed.discard(key)
            self._used_now.discard(key)
        self._delete(PLACE, *((key,) for key in oldest))
        return oldest

    def _place_row(self, key: str) -> Row:
        return key, self.places.get(key), self.imeis.get(key), self.names.get(key), self._used.get(key, 0)

    def note_live(self, live: Mapping[str, str]) -> None:
        """Keep which SIM (ICCID) is live in each module, by module name."""
        self._delete(LIVE, *((module,) for module in self.live.keys() - live.keys()))
        for module, iccid in live.items():
            if self.live.get(module) != iccid:
                self._put(LIVE, (module, iccid), reported=True)
        self.live = dict(live)
        self._live_is_new = True
        self.note_alive()

    def note_alive(self) -> None:
        """Note that `live` still holds; the next run takes the time of the last stop from it."""
        now = self._wall()
        if self._live_is_new and abs(now - self._alive_noted) >= ALIVE_EVERY:
            self._alive_noted = self.alive_at = now
            self._note_fact(_ALIVE_AT, str(now))

    def _note_fact(self, name: str, value: str) -> None:
        self._facts[name] = value
        self._put(FACT, (name, value))

    def note_standing(self, account: str) -> None:
        """Note at which account numbers of ours may stand from now on, "" for none."""
        if self.standing != account:
            self.standing = account
            self._note_fact(_STANDING, account)

    def note_minute(self, minute: Minute) -> None:
        """Keep one minute of the plot."""
        self._keep_minute(minute)
        self._put(MINUTE, _MINUTE_ROW(minute))

    def _keep_minute(self, minute: Minute) -> None:
        self._minutes[minute.at] = minute
        while len(self._minutes) > DAY_MINUTES:
            del self._minutes[next(iter(self._minutes))]

    def confirm_clock(self, now: float) -> None:
        """Drop every instant more than a day after `now`, which is sure: a server has told the same UNIX time.

        Not before: a computer without a clock of its own starts in the past, and everything is in its future.
        """
        latest = int(now) + DAY
        for iccid, sim in [
            item for item in self.sims.items() if max(item[1].seen, item[1].date_start or 0) > latest
        ]:
            start = sim.date_start if (sim.date_start or 0) <= latest else None
            self.sims[iccid] = replace(sim, date_start=start, seen=min(sim.seen, int(now)))
            self._put(SIM, _SIM_ROW(self.sims[iccid]))
        for iccid in [iccid for iccid, at in self.asked_ussd.items() if at > latest]:
            del self.asked_ussd[iccid]
            self._delete(ASKED_USSD, (iccid,))
        for at in [at for at in self._minutes if at > latest]:
            del self._minutes[at]
            self._delete(MINUTE, (at,))
        for iccid, learned in [item for item in self.learned.items() if item[1].told_at > latest]:
            self.learned[iccid] = replace(learned, told_at=int(now))
            self._put(LEARNED, (iccid, *_LEARNED_ROW(self.learned[iccid])))
        if self.alive_at > latest:
            self._alive_noted = 0.0
            self.alive_at = 0.0
            self._facts.pop(_ALIVE_AT, None)
            self._delete(FACT, (_ALIVE_AT,))

    def tend(self) -> None:
        """Give the writer all there is, where the file was lost. To be called every second."""
        if self._writer is not None and self._writer.wants_everything:
            self._writer.put_everything(self._rows())

    def _rows(self) -> Rows:
        """Return everything as rows: the thread that writes must not read collections that change."""
        places = {**self.names, **self.imeis, **self.places}
        return {
            SIM.name: [_SIM_ROW(sim) for sim in self.sims.values()],
            LEARNED.name: [(iccid, *_LEARNED_ROW(learned)) for iccid, learned in self.learned.items()],
            TOLD.name: [row for rows in self._told.values() for row in rows],
            ASKED_USSD.name: list(self.asked_ussd.items()),
            PLACE.name: [self._place_row(key) for key in places],
            LIVE.name: list(self.live.items()),
            FACT.name: list(self._facts.items()),
            MINUTE.name: [_MINUTE_ROW(minute) for minute in self._minutes.values()],
            FILE_ROW.name: _file_rows(self._file),
        }

    def flush(self, timeout: float) -> bool:
        """Wait until everything noted so far is on disk, at most `timeout` seconds; False if it is not. Blocks."""
        return self._writer is None or self._writer.flush(timeout)

    async def before_report(self) -> None:
        """Wait until what reports newly say is on the disk itself, but no longer than FLUSH_WITHIN.

        A report that adds nothing does not wait, nor does one after another that has waited for the same.
        """
        writer = self._writer
        if writer is None or not writer.must_wait():
            return
        kept = False
        with contextlib.suppress(TimeoutError):
            kept = await offload(lambda: writer.wait(FLUSH_WITHIN), name="store", timeout=FLUSH_WITHIN + 0.5)
        self._late = not kept
        if self._late:
            _log.warning("store: the disk is slow: a report goes out before what it says is on it")

    async def announce(self, url: str) -> None:
        """Let commands find the status server of the agent that has this store; see `lock.announced`."""
        try:
            await offload(lambda: self._lock.announce(url), name="store", timeout=FLUSH_WITHIN)
        except (OSError, TimeoutError) as why:
            _log.warning("store: the agent's address cannot be written beside it (%s)", why)

    def close(self, timeout: float = 2.0) -> None:
        """Write what is queued, if the disk allows it in time, and release the store."""
        self._alive_noted = 0.0
        self.note_alive()
        if self._writer is not None:
            self._writer.flush(timeout / 2)
            self.tend()
            self._writer.stop(timeout / 2)
        self._lock.release()

    def _instant(self) -> int:
        """Return UNIX time as it can be kept, whatever the clock says."""
        return min(max(int(self._wall()), 0), LAST_TIME)

    def _forget_sims(self) -> None:
        """Forget the SIMs that were seen longest ago, some at a time; those that are live stay."""
        live = set(self.live.values())
        oldest = [iccid for iccid in self.sims if iccid not in live][: len(self.sims) - MOST_SIMS + SOME]
        for iccid in oldest:
            del self.sims[iccid]
        self._delete(SIM, *((iccid,) for iccid in oldest))

    def _put(self, table: Table, *rows: Row, reported: bool = False) -> None:
        """Write rows; one that the table does not take stays in memory alone. `reported`: a report says them."""
        good = [summed(table, row) for row in rows if table.takes(row)]
        if len(good) < len(rows) and table.name not in self._refused:
            self._refused.add(table.name)
            _log.error("store: a row of table %s cannot be kept", table.name)
        if good and self._writer is not None:
            self._writer.put(table.put, *good, reported=reported)

    def _delete(self, table: Table, *keys: Row) -> None:
        if keys and self._writer is not None:
            self._writer.put(table.delete, *keys)

    def _delete_all(self, table: Table) -> None:
        if self._writer is not None:
            self._writer.put(f"DELETE FROM {table.name}", ())


_ALIVE_AT: Final = "alive_at"
_STANDING: Final = "standing"
_LEFT_OUT: Final = "left_out"
_ASIDE: Final = "aside"
"""Names of facts."""
_LONGEST_NOTICE: Final = 2_000
_MINUTE_FIELDS: Final = tuple(column.name for column in MINUTE.columns)
_MINUTE_ROW: Final = attrgetter(*_MINUTE_FIELDS)
_SIM_ROW: Final = attrgetter(*(column.name for column in SIM.columns))
_LEARNED_ROW: Final = attrgetter(*(column.name for column in LEARNED.columns[1:]))


def _renew(kept: dict[str, _V], key: str, value: _V) -> None:
    """Set a value as the newest: the first ones are those to forget."""
    kept.pop(key, None)
    kept[key] = value


def _instant(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        return 0.0
    return value if math.isfinite(value) and value > 0 else 0.0


def _file_of(rows: list[Row]) -> tuple[str, tuple[FileRow, ...]]:
    path = str(rows[0][0]) if rows else ""
    return path, tuple(
        FileRow(line, sim, number, None if rent is None else bool(rent))
        for of, line, sim, number, rent in rows
        if of == path
    )


def _file_rows(file: tuple[str, tuple[FileRow, ...]]) -> list[Row]:
    path, rows = file
    return [
        (path, row.line, row.sim, row.number, None if row.rent is None else int(row.rent)) for row in rows
    ]


def faults(path: Path) -> str:
    """Return what an agent would leave out of this store, or left out at its last start; "" for nothing. Blocks.

    What was left out is told as long as the file as it was is kept beside.
    """
    found, problem = read_database(path)
    facts: dict[str, str] = dict(found.rows[FACT.name])
    aside = facts.get(_ASIDE, "")
    if problem or not aside or not path.with_name(Path(aside).name).exists():
        return problem
    return facts.get(_LEFT_OUT, "")


def kept_file_rows(store: Path, sims_file: Path) -> tuple[FileRow, ...]:
    """Return the rows of a sims_file that a store has, for commands beside a running agent: the store is only read."""
    if not store.exists():
        return ()
    path, rows = _file_of(read_database(store)[0].rows[FILE_ROW.name])
    return rows if path == str(sims_file) else ()


def seen_sims(path: Path) -> tuple[list[tuple[SeenSim, Learned | None]], str]:
    """Return all SIMs of a store, with the number that was learned for each, and a problem with it, "" if none.

    For commands beside a running agent: the file is only read.
    """
    found, problem = read_database(path)
    sims = [SeenSim(*row) for row in found.rows[SIM.name]]
    learned = {row[0]: Learned(*row[1:]) for row in found.rows[LEARNED.name]}
    numbers = {sim.iccid: learned.get(sim.iccid) for sim in sims}
    return [
        (sim, one if (one := numbers[sim.iccid]) and one.holds_for(sim.imsi) else None) for sim in sims
    ], problem
