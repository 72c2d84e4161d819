"""What must survive a restart, a kill -9 and a power cut.

When each SIM was first placed, what was live at the last stop, numbers learned, names given to places, the last good
rows of the sims_file, and the minutes of the plot. Reads are from memory and never wait; changes are queued for the
writer. Every collection is bounded (docs/design.md §12).
"""

from __future__ import annotations

import contextlib
import logging
import time
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Final

from agent.language import current_language
from agent.store.cards import Cards
from agent.store.facts import ALERTS, ALIVE_AT, ASIDE, FLEET_RUN, LEFT_OUT, STANDING, Facts
from agent.store.history import DAY_MINUTES, Minute
from agent.store.lives import DAY
from agent.store.lock import StoreLock, refuse_if_locked
from agent.store.opening import open_database, read_without_writing
from agent.store.past import Counters, Past
from agent.store.past_summing import Summing
from agent.store.places import Places
from agent.store.problems import SLOW, problem_in
from agent.store.reading import Found, Rows
from agent.store.records import MINUTE_ROW, FileRow, KeptFile, file_rows, kept_file, minute_of
from agent.store.table_writer import TableWriter
from agent.store.tables import FACT, FILE_ROW, LIVE, MINUTE, MOST_FILE_ROWS, PLACE, TOLD
from agent.store.tellings import Tellings
from agent.store.writer import RowWriter
from drivers.offload import offload

_log = logging.getLogger(__name__)

ALIVE_EVERY: Final = 30.0
"""Seconds between two writes that the agent still runs."""
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
        self.path = path
        self._wall = wall
        self._writer: RowWriter | None = None
        self._lock = StoreLock(None if read_only else path)
        self.notice = ""
        """What was wrong with the file at the start."""
        found, aside, counters = Found(), "", Counters()
        if path is not None and read_only:
            refuse_if_locked(path)
            found, self.notice = read_without_writing(path)
        elif path is not None:
            opened = open_database(path, stamp=time.strftime("%Y%m%dT%H%M%S", time.gmtime(wall())))
            found, self.notice = opened.found, opened.notice
            aside = opened.aside
            counters = Counters.of(opened.database)
            self._writer = RowWriter(
                opened.database,
                path,
                wall,
                lock=self._lock,
                problem=opened.problem,
                tidy=Summing(lambda: self.past.oldest).step,
            )
        if self.notice:
            _log.error("store: %s", problem_in(self.notice, current_language()))
        self._tables = TableWriter(self._writer)
        self.past = Past(self._tables, counters, wall=wall)
        self._load(found.rows)
        if self.notice and aside:
            self._facts.note(LEFT_OUT, self.notice[:_LONGEST_NOTICE])
            self._facts.note(ASIDE, aside)
        self._late = False
        """A report went out before the disk had what it says."""
        self._alive_noted = 0.0
        self._live_is_new = False
        """Whether `live` is of this run; until then `alive_at` must not be renewed, which dates the last run's set."""

    def _load(self, rows: Rows) -> None:
        self.cards = Cards(rows, self._tables, wall=self._wall, live=lambda: self.live.values())
        self.tellings = Tellings(rows[TOLD.name], self._tables, wall=self._wall)
        self.places = Places(rows[PLACE.name], self._tables)
        self.live: dict[str, str] = dict(rows[LIVE.name])
        self._file = kept_file(rows[FILE_ROW.name])
        self._minutes: dict[int, Minute] = {}
        day_ago = int(self._wall()) - DAY
        for row in rows[MINUTE.name]:
            if row[0] > day_ago:
                self._keep_minute(minute_of(row))
        self._facts = Facts(rows[FACT.name], self._tables)
        self.alive_at = self._facts.instant(ALIVE_AT)
        """When `live` was last known to hold, UNIX time; 0 for never."""

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
        late = SLOW if self._late and writer.owes else ""
        return "; ".join(filter(None, (self.notice, writer.notice, writer.problem or late)))

    @property
    def unwritable(self) -> str:
        """Why what is new may not survive a restart; "" while it is written."""
        return self._writer.problem if self._writer is not None else ""

    @property
    def alerts(self) -> str:
        """What `note_alerts` kept last; "" for nothing."""
        return self._facts.text(ALERTS)

    def note_alerts(self, text: str) -> None:
        """Keep which faults were told, at most 4,000 characters."""
        self._facts.note(ALERTS, text)

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

    def forget_card(self, iccid: str) -> bool:
        """Forget a card; return whether it was known.

        What its module told of it stays until that restarts: else the number would be believed for the next card.
        """
        for module in [module for module, card in self.live.items() if card == iccid]:
            del self.live[module]
            self._tables.delete(LIVE, (module,))
        self.past.forget_card(iccid)
        return self.cards.forget(iccid)

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
            self._facts.note(ALIVE_AT, str(now))

    @property
    def standing(self) -> str:
        """The account (`OnlinesimClient.account`) at which numbers of ours may stand, "" for none."""
        return self._facts.text(STANDING)

    def note_standing(self, account: str) -> None:
        """Note at which account numbers of ours may stand from now on, "" for none."""
        self._facts.note(STANDING, account)

    @property
    def fleet_run(self) -> str:
        """The last run of this host that the fleet's engine took, "" for none."""
        return self._facts.text(FLEET_RUN)

    def note_fleet_run(self, run: str) -> None:
        """Keep which run of this host the fleet's engine took."""
        self._facts.note(FLEET_RUN, run)

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
        self.past.confirm_clock(latest)
        self.cards.drop_after(latest, int(now))
        for at in [at for at in self._minutes if at > latest]:
            del self._minutes[at]
            self._tables.delete(MINUTE, (at,))
        if self.alive_at > latest:
            self._alive_noted = 0.0
            self.alive_at = 0.0
            self._facts.drop(ALIVE_AT)

    def tend(self) -> None:
        """Give the writer all there is, where the file was lost. To be called every second."""
        if self._writer is not None and self._writer.wants_everything:
            self._writer.put_everything(self._rows())
            self.past.begin_anew()

    def _rows(self) -> Rows:
        """Return everything as rows: the thread that writes must not read collections that change."""
        return {
            **self.cards.rows(),
            TOLD.name: self.tellings.rows(),
            PLACE.name: self.places.rows(),
            LIVE.name: list(self.live.items()),
            FACT.name: self._facts.rows(),
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

    async def announce(self, url: str, control: Path | None = None) -> None:
        """Let commands find the status server and the control socket of the agent that has this store; see `lock`."""
        try:
            await offload(lambda: self._lock.announce(url, control), name="store", timeout=FLUSH_WITHIN)
        except (OSError, TimeoutError) as why:
            _log.warning("store: the agent's address cannot be written beside it (%s)", why)

    def close(self, timeout: float = 2.0) -> None:
        """Write what is queued, if the disk allows it in time, and release the store."""
        self._alive_noted = 0.0
        self.note_alive()
        self.past.close()
        if self._writer is not None:
            self._writer.flush(timeout / 2)
            self.tend()
            self._writer.stop(timeout / 2)
        self._lock.release()


_LONGEST_NOTICE: Final = 2_000
