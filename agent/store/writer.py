"""The thread that writes the store's rows to the disk, in their order and many at a time.

Nobody waits for it: rows that a slow, full or missing disk refuses stay queued and are tried again; `problem` says so.
"""

from __future__ import annotations

import contextlib
import logging
import sqlite3
import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final

from agent.store.reading import Rows
from agent.store.schema import identity_of, write_anew

_log = logging.getLogger(__name__)

MOST_WAITING: Final = 20_000
"""Statements queued for a disk that cannot be written; beyond it everything is written anew from memory instead."""
TRY_AGAIN: Final = 5.0
"""Seconds between two attempts while the disk cannot be written."""
LOOK_EVERY: Final = 20.0
"""Seconds between two looks whether the file is still there."""

Statement = tuple[str, Sequence[tuple[object, ...]]]
"""SQL, and the values for each time it is executed."""


class RowWriter:
    """Writes rows to a database, which it closes at the end; a file that is lost is written anew from memory."""

    def __init__(
        self,
        database: sqlite3.Connection | None,
        path: Path,
        wall: Callable[[], float],
        *,
        problem: str = "",
    ) -> None:
        """Without a database, for this `problem`, everything is wanted from memory until it can be written."""
        self.problem = ""
        """Why rows cannot be written, for the operator; empty while they can."""
        self.notice = ""
        """What was done about a file that was lost, for the operator."""
        self._database = database
        self._path = path
        self._wall = wall
        self._identity = identity_of(path) if database is not None else None
        self._changed = threading.Condition()
        """Held for the fields below, never while the disk is written."""
        self._waiting: deque[Statement] = deque()
        self._queued = 0
        self._written = 0
        """How many statements were ever queued, and written."""
        self._lost = database is None
        """The file holds no longer what was written to it."""
        self._everything: Rows | None = None
        self._again_at = 0.0
        self._attempt = False
        self._stopping = False
        if problem:
            self._fail(problem)
        self._thread = threading.Thread(target=self._run, name="store", daemon=True)
        self._thread.start()

    @property
    def wants_everything(self) -> bool:
        """Whether all rows are needed: the file is gone, or changes had to be dropped."""
        return self._lost and self._everything is None and time.monotonic() >= self._again_at

    def put(self, sql: str, *values: tuple[object, ...]) -> None:
        """Queue a statement, to be executed once for each of the values."""
        with self._changed:
            if self._lost:
                return  # all is written anew
            if len(self._waiting) >= MOST_WAITING:
                self._waiting.clear()
                self._lost = True
                return
            self._waiting.append((sql, values))
            self._queued += 1
            self._wake()

    def put_everything(self, rows: Rows) -> None:
        """Give all rows there are: they are written to a new file, and the old one is laid aside."""
        with self._changed:
            self._everything = rows
            self._waiting.clear()
            self._queued += 1
            self._wake()

    def flush(self, timeout: float) -> bool:
        """Wait at most `timeout` seconds until every row put so far is on disk; False if it is not. Blocks."""
        with self._changed:
            wanted = self._queued
            self._wake()
            self._changed.wait_for(lambda: self._written >= wanted or self.wants_everything, timeout)
            return self._written >= wanted and not self._lost

    def stop(self, timeout: float) -> None:
        """Write what is queued, if the disk allows it within `timeout` seconds. Blocks."""
        with self._changed:
            self._stopping = True
            self._wake()
        self._thread.join(timeout)

    def _wake(self) -> None:
        self._attempt = True
        self._changed.notify_all()

    def _run(self) -> None:
        stopping = False
        while not stopping:
            with self._changed:
                pause = TRY_AGAIN if self._waiting or self._everything is not None else LOOK_EVERY
                self._changed.wait_for(lambda: self._attempt, pause)
                self._attempt, stopping = False, self._stopping
                waiting, everything, queued = tuple(self._waiting), self._everything, self._queued
            done = self._replace(everything) if everything is not None else self._write(waiting)
            with self._changed:
                if done:
                    self._done(waiting, everything, queued)
                elif everything is not None:
                    self._everything = None  # the next attempt is made with what is known then
                    self._again_at = time.monotonic() + LOOK_EVERY
                if self._lost:
                    self._changed.notify_all()
        if self._database is not None:
            with contextlib.suppress(sqlite3.Error):
                self._database.close()

    def _done(self, waiting: Sequence[Statement], everything: Rows | None, queued: int) -> None:
        if everything is None:
            for _ in waiting[: len(self._waiting)]:
                self._waiting.popleft()
        elif self._everything is everything:
            self._everything, self._lost = None, False
        self._written = queued
        self._changed.notify_all()

    def _write(self, statements: Sequence[Statement]) -> bool:
        """Write rows in one transaction; False if the disk cannot be written."""
        if self._database is None or not self._still_there():
            self._lost = True
            return False
        if not statements:
            return True
        try:
            self._transact(self._database, statements)
        except sqlite3.Error as why:
            self._fail(f"cannot be written ({why})")
            return False
        self._well()
        return True

    def _transact(self, database: sqlite3.Connection, statements: Sequence[Statement]) -> None:
        database.execute("BEGIN IMMEDIATE")
        try:
            for sql, values in statements:
                try:
                    database.executemany(sql, values)
                except (
                    sqlite3.IntegrityError
                ) as why:  # a fault of ours must not keep all other rows from the disk
                    _log.error("store: a row was left out (%s)", why)
            database.execute("COMMIT")
        except BaseException:
            with contextlib.suppress(sqlite3.Error):
                database.execute("ROLLBACK")
            raise

    def _still_there(self) -> bool:
        """Whether the path leads to the file that is open. A disk that does not tell is no reason for a new file."""
        try:
            there = identity_of(self._path) == self._identity
        except OSError:
            return True
        if not there:
            self._fail("was deleted or replaced while the agent runs")
        return there

    def _replace(self, rows: Rows) -> bool:
        stamp = time.strftime("%Y%m%dT%H%M%S", time.gmtime(self._wall()))
        if self._database is not None:
            with contextlib.suppress(sqlite3.Error):
                self._database.close()
            self._database = None
        try:
            self._database, aside = write_anew(self._path, rows, stamp=stamp, foreign=True)
            self._identity = identity_of(self._path)
        except (sqlite3.Error, OSError) as why:
            self._fail(f"cannot be written ({why})")
            return False
        self.notice = f"{self._path} was written anew from memory" + (f"; {aside} was there" if aside else "")
        _log.warning("store: %s", self.notice)
        self._well()
        return True

    def _fail(self, why: str) -> None:
        problem = f"{self._path} {why}: what is new may not survive a restart"
        if self.problem != problem:
            _log.error("store: %s; the agent continues without it", problem)
        self.problem = problem

    def _well(self) -> None:
        if self.problem:
            _log.warning("store: %s can be written again", self._path)
            self.problem = ""
