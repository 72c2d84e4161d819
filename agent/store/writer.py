"""The thread that brings the store's rows to the disk.

Responsible for writing them in their order, many at a time, without anybody waiting: what a slow, full or missing
disk refuses waits and is tried again, as far as there is room, and `problem` says so. Must not know what a row means.
"""

from __future__ import annotations

import contextlib
import logging
import queue
import sqlite3
import threading
from collections import deque
from collections.abc import Callable
from pathlib import Path
from typing import Final

from agent.store.schema import prune

_log = logging.getLogger(__name__)

WAITING_AT_MOST: Final = 20_000
"""Rows that wait for a disk that does not take them; the oldest are lost first, and counted."""
TRY_AGAIN: Final = 5.0
"""Seconds between two tries to write while the disk refuses."""
PRUNE_EVERY: Final = 6 * 3600.0
"""Seconds."""

Row = tuple[str, tuple[object, ...]]
"""A statement and its values."""


class RowWriter:
    """Writes rows to a database, which it closes at the end."""

    def __init__(self, database: sqlite3.Connection, path: Path, wall: Callable[[], float]) -> None:
        """`path` is the database's name for people."""
        self.problem = ""
        """What cannot be kept, for the operator; empty while all is kept."""
        self._database = database
        self._path = path
        self._wall = wall
        self._queue: queue.SimpleQueue[Row | threading.Event | None] = queue.SimpleQueue()
        self._lost = 0
        self._pruned = 0.0
        self._thread = threading.Thread(target=self._run, name="store", daemon=True)
        self._thread.start()

    def put(self, sql: str, values: tuple[object, ...]) -> None:
        """Queue a row, or count it as lost where too many wait."""
        if self._queue.qsize() < WAITING_AT_MOST:
            self._queue.put((sql, values))
        else:
            self._lost += 1
            self.problem = (
                f"{self._path}: the disk does not take what should be kept; {self._lost} rows are lost"
            )

    def flush(self, timeout: float) -> bool:
        """Wait until every row put so far is on disk, at most `timeout` seconds. Blocks."""
        done = threading.Event()
        self._queue.put(done)
        return done.wait(timeout)

    def stop(self, timeout: float) -> None:
        """Write what waits, as far as the disk takes it within `timeout` seconds. Blocks."""
        self._queue.put(None)
        self._thread.join(timeout)

    def _run(self) -> None:
        waiting: deque[Row] = deque(maxlen=WAITING_AT_MOST)
        stopping = False
        while not stopping:
            events, stopping = self._collect(waiting)
            if self._write(waiting):
                for event in events:
                    event.set()
        with contextlib.suppress(sqlite3.Error):
            self._database.close()

    def _collect(self, waiting: deque[Row]) -> tuple[list[threading.Event], bool]:
        """Take what is queued; wait for the first item, but not for long while rows already wait."""
        events: list[threading.Event] = []
        with contextlib.suppress(queue.Empty):
            item = self._queue.get(timeout=TRY_AGAIN if waiting else None)
            while True:
                if item is None:
                    return events, True
                if isinstance(item, threading.Event):
                    events.append(item)
                else:
                    waiting.append(item)
                item = self._queue.get_nowait()
        return events, False

    def _write(self, waiting: deque[Row]) -> bool:
        """Write all that waits; False where the disk refuses."""
        try:
            self._database.execute("BEGIN IMMEDIATE")
            try:
                for sql, values in waiting:
                    self._database.execute(sql, values)
                if abs(self._wall() - self._pruned) >= PRUNE_EVERY:
                    self._pruned = self._wall()
                    prune(self._database, self._pruned)
                self._database.execute("COMMIT")
            except BaseException:
                with contextlib.suppress(sqlite3.Error):
                    self._database.execute("ROLLBACK")
                raise
        except sqlite3.Error as why:
            if not self.problem:
                _log.error("store: %s cannot be written (%s); the agent goes on without", self._path, why)
            self.problem = f"{self._path} cannot be written ({why}): what is new may not survive a restart"
            return False
        if self.problem:
            _log.warning("store: %s is written again", self._path)
            self.problem = ""
        waiting.clear()
        return True
