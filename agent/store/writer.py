"""The thread that writes the store's rows to the disk, in their order and many at a time.

Nobody waits for it: rows that a slow, full or missing disk refuses are queued and tried again, and `problem` says so.
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

MOST_WAITING: Final = 20_000
"""Rows queued for a disk that cannot be written; further ones are dropped and counted."""
TRY_AGAIN: Final = 5.0
"""Seconds between two attempts while the disk cannot be written."""
PRUNE_EVERY: Final = 6 * 3600.0
"""Seconds."""

Row = tuple[str, tuple[object, ...]]
"""A statement and its values."""


class RowWriter:
    """Writes rows to a database, which it closes at the end."""

    def __init__(self, database: sqlite3.Connection, path: Path, wall: Callable[[], float]) -> None:
        """`path` is for messages only."""
        self.problem = ""
        """Why rows cannot be written, for the operator; empty while they can."""
        self._database = database
        self._path = path
        self._wall = wall
        self._queue: queue.SimpleQueue[Row | threading.Event | None] = queue.SimpleQueue()
        self._dropped = 0
        self._pruned = 0.0
        self._thread = threading.Thread(target=self._run, name="store", daemon=True)
        self._thread.start()

    def put(self, sql: str, values: tuple[object, ...]) -> None:
        """Queue a row, or drop it where too many wait."""
        if self._queue.qsize() < MOST_WAITING:
            self._queue.put((sql, values))
        else:
            self._dropped += 1
            self.problem = f"{self._path}: cannot write to the disk; {self._dropped} rows dropped"

    def flush(self, timeout: float) -> bool:
        """Wait at most `timeout` seconds until every row put so far is on disk; False if it is not. Blocks."""
        done = threading.Event()
        self._queue.put(done)
        return done.wait(timeout)

    def stop(self, timeout: float) -> None:
        """Write what is queued, if the disk allows it within `timeout` seconds. Blocks."""
        self._queue.put(None)
        self._thread.join(timeout)

    def _run(self) -> None:
        waiting: deque[Row] = deque(maxlen=MOST_WAITING)
        stopping = False
        while not stopping:
            events, stopping = self._collect(waiting)
            if self._write(waiting):
                for event in events:
                    event.set()
        with contextlib.suppress(sqlite3.Error):
            self._database.close()

    def _collect(self, waiting: deque[Row]) -> tuple[list[threading.Event], bool]:
        """Take what is queued; wait for the first item, but no longer than TRY_AGAIN while rows already wait."""
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
        """Write all that waits; False if the disk cannot be written."""
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
                _log.error(
                    "store: %s cannot be written (%s); the agent continues without it", self._path, why
                )
            self.problem = f"{self._path} cannot be written ({why}): what is new may not survive a restart"
            return False
        if self.problem:
            _log.warning("store: %s can be written again", self._path)
            self.problem = ""
        waiting.clear()
        return True
