"""What must survive a restart, a kill -9 and a power cut.

When each SIM was first placed, what was live at the last stop, numbers learned, names given to places, and the minutes
of the plot. Reads are from memory and never wait; changes are queued for the writer.
"""

from __future__ import annotations

import contextlib
import logging
import sqlite3
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from agent.store.history import Minute
from agent.store.lock import StoreLock, refuse_if_locked
from agent.store.schema import open_copy, open_database
from agent.store.writer import RowWriter
from drivers.offload import offload

_log = logging.getLogger(__name__)

PLAUSIBLE_SINCE: Final = 1_767_225_600.0
"""2026-01-01: a wall clock before it has not been set yet (a Raspberry Pi starts in the past)."""
SEEN_EVERY: Final = 600
"""Seconds between two writes that a SIM was seen."""
ALIVE_EVERY: Final = 30.0
"""Seconds between two writes that the agent still runs."""
FLUSH_WITHIN: Final = 1.0
"""Seconds that a report waits for the disk before it is sent anyway."""


@dataclass(frozen=True, slots=True)
class Learned:
    """A number that was learned for a SIM; `source` as in `agent.numbers.resolve.Source`, in lower case.

    `imsi` is the subscription that it was learned for, None if that was not known.
    """

    number: str
    source: str
    imsi: str | None = None

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


class Store:
    """The agent's memory; for one thread. `problem` says what cannot be kept."""

    def __init__(
        self, path: Path | None, *, wall: Callable[[], float] = time.time, read_only: bool = False
    ) -> None:
        """Raises StoreInUse while another agent has it. Without a path nothing survives the process.

        `read_only`: work on a copy in memory, and leave the files on disk as they are.
        """
        self._wall = wall
        if path is not None and read_only:
            refuse_if_locked(path)
            self._lock = StoreLock(None)
            database, self.notice = open_copy(path)
        else:
            self._lock = StoreLock(path)
            stamp = time.strftime("%Y%m%dT%H%M%S", time.gmtime(wall()))
            database, self.notice = open_database(path, stamp=stamp)
        if self.notice:
            _log.error("store: %s", self.notice)
        self._load(database)
        self._writer = RowWriter(database, path or Path(":memory:"), wall)
        self._alive_noted = 0.0
        self._live_is_new = False
        """Whether `live` is of this run; until then `alive_at` must not be renewed, which dates the last run's set."""

    def _load(self, database: sqlite3.Connection) -> None:
        rows = database.execute
        self.sims = {
            row[0]: SeenSim(*row) for row in rows("SELECT iccid, imsi, module, date_start, seen FROM sim")
        }
        self.learned = {
            row[0]: Learned(*row[1:]) for row in rows("SELECT iccid, number, source, imsi FROM learned")
        }
        self.asked_ussd: dict[str, int] = dict(rows("SELECT iccid, at FROM asked_ussd"))
        places = list(rows("SELECT key, n, imei, name FROM place"))
        self.places: dict[str, int] = {key: n for key, n, _, _ in places if n is not None}
        self.imeis: dict[str, str] = {key: imei for key, _, imei, _ in places if imei is not None}
        self.names: dict[str, str] = {key: name for key, _, _, name in places if name is not None}
        """Names that contain the IMEI, by place."""
        self.confirmed: set[str] = set()
        """The places of `imeis` whose module reported it in this run."""
        self.live: dict[str, str] = dict(rows("SELECT module, iccid FROM live"))
        columns = "at, live, lowest, cap, accepted, refused, failed"
        day_ago = int(self._wall()) - 86400
        self.minutes = [
            Minute(**dict(zip(columns.split(", "), row, strict=True)))
            for row in rows(f"SELECT {columns} FROM minute WHERE at > ? ORDER BY at", (day_ago,))
        ]
        """The last 24 hours of the plot as of the start."""
        facts: dict[str, str] = dict(rows("SELECT name, value FROM fact"))
        self.alive_at = float(facts.get("alive_at", "0"))
        """When `live` was last known to hold, UNIX time; 0 for never."""

    @property
    def problem(self) -> str:
        """What cannot be kept, for the operator; empty while everything can."""
        return self._writer.problem or self.notice

    def placed(self, iccid: str, imsi: str, module: str) -> int | None:
        """Return when this SIM was first placed, now if it is new; UNIX time, None without a plausible clock."""
        now = self._wall()
        known = self.sims.get(iccid)
        start = known.date_start if known is not None else None
        if start is None and now >= PLAUSIBLE_SINCE:
            start = int(now)
        self.saw(iccid, imsi, module, start)
        return start

    def saw(self, iccid: str, imsi: str | None, module: str, date_start: int | None = None) -> None:
        """Note that a SIM was seen; written at most once in SEEN_EVERY while nothing else about it changes."""
        now = int(self._wall())
        known = self.sims.get(iccid)
        if known is not None:
            imsi = imsi or known.imsi
            date_start = date_start if date_start is not None else known.date_start
            same = (known.imsi, known.module, known.date_start) == (imsi, module, date_start)
            if same and abs(now - known.seen) < SEEN_EVERY:
                return
        self.sims[iccid] = SeenSim(iccid, imsi, module, date_start, now)
        self._write(
            "INSERT INTO sim VALUES (?, ?, ?, ?, ?) ON CONFLICT (iccid) DO UPDATE SET imsi = excluded.imsi,"
            " module = excluded.module, date_start = excluded.date_start, seen = excluded.seen",
            (iccid, imsi, module, date_start, now),
        )

    def learn(self, iccid: str, imsi: str | None, number: str, source: str) -> None:
        """Keep the number of a SIM, which may not report it the next time."""
        learned = Learned(number, source, imsi)
        if self.learned.get(iccid) == learned:
            return
        self.learned[iccid] = learned
        self._write(
            "INSERT OR REPLACE INTO learned (iccid, number, source, at, imsi) VALUES (?, ?, ?, ?, ?)",
            (iccid, number, source, int(self._wall()), imsi),
        )

    def note_ussd(self, iccid: str) -> None:
        """Note that the network was asked for this SIM's number."""
        self.asked_ussd[iccid] = int(self._wall())
        self._write("INSERT OR REPLACE INTO asked_ussd VALUES (?, ?)", (iccid, self.asked_ussd[iccid]))

    def number_places(self, numbers: Mapping[str, int]) -> None:
        """Keep the {n} given to physical places."""
        for key, n in numbers.items():
            if self.places.get(key) != n:
                self.places[key] = n
                self._note_place(key)

    def name_places(self, names: Mapping[str, str]) -> None:
        """Keep the names that contain an IMEI, and forget all others."""
        before, self.names = self.names, dict(names)
        for key in before.keys() | names.keys():
            if before.get(key) != names.get(key):
                self._note_place(key)

    def note_imei(self, key: str, imei: str) -> None:
        """Keep the IMEI that the module of a place reported."""
        self.confirmed.add(key)
        if self.imeis.get(key) != imei:
            self.imeis[key] = imei
            self._note_place(key)

    def _note_place(self, key: str) -> None:
        row = (key, self.places.get(key), self.imeis.get(key), self.names.get(key))
        self._write("INSERT OR REPLACE INTO place VALUES (?, ?, ?, ?)", row)

    def note_live(self, live: Mapping[str, str]) -> None:
        """Keep which SIM (ICCID) is live in each module, by module name."""
        for module in self.live.keys() - live.keys():
            self._write("DELETE FROM live WHERE module = ?", (module,))
        for module, iccid in live.items():
            if self.live.get(module) != iccid:
                self._write("INSERT OR REPLACE INTO live VALUES (?, ?)", (module, iccid))
        self.live = dict(live)
        self._live_is_new = True
        self.note_alive()

    def note_alive(self) -> None:
        """Note that `live` still holds; the next run takes the time of the last stop from it."""
        now = self._wall()
        if self._live_is_new and abs(now - self._alive_noted) >= ALIVE_EVERY:
            self._alive_noted = now
            self._write("INSERT OR REPLACE INTO fact VALUES ('alive_at', ?)", (str(now),))

    def note_minute(self, minute: Minute) -> None:
        """Keep one minute of the plot."""
        row = (
            minute.at,
            minute.live,
            minute.lowest,
            minute.cap,
            minute.accepted,
            minute.refused,
            minute.failed,
        )
        self._write("INSERT OR REPLACE INTO minute VALUES (?, ?, ?, ?, ?, ?, ?)", row)

    def flush(self, timeout: float) -> bool:
        """Wait until everything noted so far is on disk, at most `timeout` seconds; False if it is not. Blocks."""
        return self._writer.flush(timeout)

    async def flush_off_loop(self) -> None:
        """Wait until everything noted so far is on disk, but no longer than FLUSH_WITHIN."""
        with contextlib.suppress(TimeoutError):
            await offload(lambda: self.flush(FLUSH_WITHIN), name="store", timeout=FLUSH_WITHIN + 0.5)

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
        self._writer.stop(timeout)
        self._lock.release()

    def _write(self, sql: str, values: tuple[object, ...]) -> None:
        self._writer.put(sql, values)
