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
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Final

from agent.store.history import DAY_MINUTES, Minute
from agent.store.lock import StoreLock, refuse_if_locked
from agent.store.newest_last import renew
from agent.store.opening import open_database, read_without_writing
from agent.store.places import Places
from agent.store.reading import Found, Rows
from agent.store.records import (
    ASIDE,
    LEFT_OUT,
    MINUTE_ROW,
    SIM_ROW,
    FileRow,
    KeptFile,
    Learned,
    SeenSim,
    file_rows,
    kept_file,
    learned_row,
    minute_of,
)
from agent.store.table_writer import TableWriter
from agent.store.tables import (
    ASKED_USSD,
    FACT,
    FILE_ROW,
    LAST_TIME,
    LEARNED,
    LIVE,
    MINUTE,
    MOST_FILE_ROWS,
    MOST_SIMS,
    PLACE,
    PLAUSIBLE_SINCE,
    SIM,
    TOLD,
    Row,
)
from agent.store.writer import RowWriter
from drivers.offload import offload

_log = logging.getLogger(__name__)

DAY: Final = 86_400
SEEN_EVERY: Final = 600
"""Seconds between two writes that a SIM was seen."""
ALIVE_EVERY: Final = 30.0
"""Seconds between two writes that the agent still runs."""
SOME: Final = 200
"""How many SIMs are forgotten at a time."""
FLUSH_WITHIN: Final = 1.0
"""Seconds that a report waits for the disk before it is sent anyway."""


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
            found, self.notice = read_without_writing(path)
        elif path is not None:
            opened = open_database(path, stamp=time.strftime("%Y%m%dT%H%M%S", time.gmtime(wall())))
            found, self.notice = opened.found, opened.notice
            aside = opened.aside
            self._writer = RowWriter(opened.database, path, wall, lock=self._lock, problem=opened.problem)
        if self.notice:
            _log.error("store: %s", self.notice)
        self._tables = TableWriter(self._writer)
        self._load(found.rows)
        if self.notice and aside:
            self._note_fact(LEFT_OUT, self.notice[:_LONGEST_NOTICE])
            self._note_fact(ASIDE, aside)
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
        self.places = Places(rows[PLACE.name], self._tables)
        self.live: dict[str, str] = dict(rows[LIVE.name])
        self._file = kept_file(rows[FILE_ROW.name])
        self._minutes: dict[int, Minute] = {}
        day_ago = int(self._wall()) - 86400
        for row in rows[MINUTE.name]:
            if row[0] > day_ago:
                self._keep_minute(minute_of(row))
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
        renew(self.sims, iccid, sim)
        self._tables.put(SIM, SIM_ROW(sim), reported=is_new)
        if len(self.sims) > MOST_SIMS:
            self._forget_sims()

    def learn(self, iccid: str, imsi: str | None, number: str, source: str) -> None:
        """Keep the number of a SIM, which may not report it the next time."""
        known = self.learned.get(iccid)
        learned = Learned(number, source, imsi, self._instant())
        if known is not None and known == replace(learned, told_at=known.told_at):
            return
        renew(self.learned, iccid, learned)
        self._tables.put(LEARNED, learned_row(iccid, learned))
        if len(self.learned) > MOST_SIMS:
            oldest = next(iter(self.learned))
            del self.learned[oldest]
            self._tables.delete(LEARNED, (oldest,))

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
        self._tables.delete_where(TOLD, "module", module)
        self._tables.put(TOLD, *rows)

    def note_ussd(self, iccid: str) -> None:
        """Note that the network was asked for this SIM's number."""
        renew(self.asked_ussd, iccid, self._instant())
        self._tables.put(ASKED_USSD, (iccid, self.asked_ussd[iccid]))
        if len(self.asked_ussd) > MOST_SIMS:
            oldest = next(iter(self.asked_ussd))
            del self.asked_ussd[oldest]
            self._tables.delete(ASKED_USSD, (oldest,))

    def file_rows(self, path: Path) -> tuple[FileRow, ...]:
        """Return the rows that the sims_file had when it was last read whole; none for another file."""
        return self._file.rows if self._file.path == str(path) else ()

    def keep_file(self, path: Path, rows: Iterable[FileRow]) -> None:
        """Keep the good rows of a sims_file that was read whole, for a time when it cannot be read.

        Only the newest file is kept, and MOST_FILE_ROWS rows of it.
        """
        file = KeptFile(str(path), tuple(rows)[:MOST_FILE_ROWS])
        if file == self._file:
            return
        self._file = file
        self._tables.delete_all(FILE_ROW)
        self._tables.put(FILE_ROW, *file_rows(file))

    def note_live(self, live: Mapping[str, str]) -> None:
        """Keep which SIM (ICCID) is live in each module, by module name."""
        self._tables.delete(LIVE, *((module,) for module in self.live.keys() - live.keys()))
        for module, iccid in live.items():
            if self.live.get(module) != iccid:
                self._tables.put(LIVE, (module, iccid), reported=True)
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
        self._tables.put(FACT, (name, value))

    def note_standing(self, account: str) -> None:
        """Note at which account numbers of ours may stand from now on, "" for none."""
        if self.standing != account:
            self.standing = account
            self._note_fact(_STANDING, account)

    def note_minute(self, minute: Minute) -> None:
        """Keep one minute of the plot."""
        self._keep_minute(minute)
        self._tables.put(MINUTE, MINUTE_ROW(minute))

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
            self._tables.put(SIM, SIM_ROW(self.sims[iccid]))
        for iccid in [iccid for iccid, at in self.asked_ussd.items() if at > latest]:
            del self.asked_ussd[iccid]
            self._tables.delete(ASKED_USSD, (iccid,))
        for at in [at for at in self._minutes if at > latest]:
            del self._minutes[at]
            self._tables.delete(MINUTE, (at,))
        for iccid, learned in [item for item in self.learned.items() if item[1].told_at > latest]:
            self.learned[iccid] = replace(learned, told_at=int(now))
            self._tables.put(LEARNED, learned_row(iccid, self.learned[iccid]))
        if self.alive_at > latest:
            self._alive_noted = 0.0
            self.alive_at = 0.0
            self._facts.pop(_ALIVE_AT, None)
            self._tables.delete(FACT, (_ALIVE_AT,))

    def tend(self) -> None:
        """Give the writer all there is, where the file was lost. To be called every second."""
        if self._writer is not None and self._writer.wants_everything:
            self._writer.put_everything(self._rows())

    def _rows(self) -> Rows:
        """Return everything as rows: the thread that writes must not read collections that change."""
        return {
            SIM.name: [SIM_ROW(sim) for sim in self.sims.values()],
            LEARNED.name: [learned_row(iccid, learned) for iccid, learned in self.learned.items()],
            TOLD.name: [row for rows in self._told.values() for row in rows],
            ASKED_USSD.name: list(self.asked_ussd.items()),
            PLACE.name: self.places.rows(),
            LIVE.name: list(self.live.items()),
            FACT.name: list(self._facts.items()),
            MINUTE.name: [MINUTE_ROW(minute) for minute in self._minutes.values()],
            FILE_ROW.name: file_rows(self._file),
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
        self._tables.delete(SIM, *((iccid,) for iccid in oldest))


_ALIVE_AT: Final = "alive_at"
_STANDING: Final = "standing"
"""Names of facts."""
_LONGEST_NOTICE: Final = 2_000


def _instant(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        return 0.0
    return value if math.isfinite(value) and value > 0 else 0.0
