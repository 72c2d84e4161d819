"""The thread that writes the store's rows to the disk, in their order and many at a time.

Nobody waits for it: rows that a slow, full or missing disk refuses stay queued and are tried again; `problem` says so.
"""

from __future__ import annotations

import contextlib
import logging
import sqlite3
import threading
from collections import deque
from collections.abc import Callable, Sequence
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
        self._changed = threading.Condition()
        """Held for the fields below, never while the disk is written."""
        self._rows: deque[Row] = deque()
        self._queued = 0
        self._written = 0
        """How many rows were ever queued, and written."""
        self._dropped = 0
        self._attempt = False
        self._stopping = False
        self._pruned = 0.0
        self._thread = threading.Thread(target=self._run, name="store", daemon=True)
        self._thread.start()

    def put(self, sql: str, values: tuple[object, ...]) -> None:
        """Queue a row, or drop it where too many wait."""
        with self._changed:
            if len(self._rows) < MOST_WAITING:
                self._rows.append((sql, values))
                self._queued += 1
                self._wake()
            else:
                self._dropped += 1
                self.problem = f"{self._path}: cannot write to the disk; {self._dropped} rows dropped"

    def flush(self, timeout: float) -> bool:
        """Wait at most `timeout` seconds until every row put so far is on disk; False if it is not. Blocks."""
        with self._changed:
            wanted = self._queued
            self._wake()
            return self._changed.wait_for(lambda: self._written >= wanted, timeout)

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
                pause = TRY_AGAIN if self._rows else None
                self._changed.wait_for(lambda: self._attempt, pause)
                self._attempt, stopping = False, self._stopping
                rows = tuple(self._rows)
            if self._write(rows):
                with self._changed:
                    for _ in rows:
                        self._rows.popleft()
                    self._written += len(rows)
                    self._changed.notify_all()
        with contextlib.suppress(sqlite3.Error):
            self._database.close()

    def _write(self, rows: Sequence[Row]) -> bool:
        """Write rows in one transaction; False if the disk cannot be written."""
        try:
            self._database.execute("BEGIN IMMEDIATE")
            try:
                for sql, values in rows:
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
        return True
