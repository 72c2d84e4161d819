"""The thread that writes the store's rows to the disk, in their order and many at a time.

Nobody waits for it, but a report for what it says and the disk does not have yet. Rows that a slow, full or missing
disk refuses stay queued and are tried again; `problem` says so. A commit is brought to the disk itself (synced) only
where it adds what a report says: a card must live for years.
"""

from __future__ import annotations

import contextlib
import logging
import os
import sqlite3
import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final, NamedTuple

from agent.language import current_language
from agent.store import problems
from agent.store.database_file import identity_of, prune, write_anew
from agent.store.lock import StoreInUse, StoreLock
from agent.store.past_rows import carried
from agent.store.reading import Rows

_log = logging.getLogger(__name__)

MOST_WAITING: Final = 20_000
"""Statements queued for a disk that cannot be written; beyond it everything is written anew from memory instead."""
TRY_AGAIN: Final = 5.0
"""Seconds between two attempts while the disk cannot be written."""
LOOK_EVERY: Final = 20.0
"""Seconds between two looks whether the file is still there."""

PRUNE_EVERY_ROWS: Final = 2_000
MANY_IN_JOURNAL: Final = 2_000
MOST_IN_JOURNAL: Final = 20_000
"""Rows written after which the journal is emptied into the database before its time, and at once."""
ROWS_OF_TIDYING: Final = 1_000
"""Rows that are written when `tidy` had something to do, about."""
EMPTY_EVERY: Final = 600.0
EMPTY_AT_MOST_EVERY: Final = 180.0
"""Seconds: emptying it takes three syncs, and there may be one a minute."""


class Statement(NamedTuple):
    """SQL, the values for each time it is executed, and whether a report will say them."""

    sql: str
    values: Sequence[tuple[object, ...]]
    reported: bool


class RowWriter:
    """Writes rows to a database, which it closes at the end; a file that is lost is written anew from memory."""

    def __init__(
        self,
        database: sqlite3.Connection | None,
        path: Path,
        wall: Callable[[], float],
        *,
        lock: StoreLock | None = None,
        problem: str = "",
        tidy: Callable[[sqlite3.Connection], bool] = lambda _: False,
    ) -> None:
        """Without a database, for this `problem`, everything is wanted from memory until it can be written.

        `tidy` does a little of what is due to rows on the disk, and returns whether there is more.
        """
        self.problem = ""
        """Why rows cannot be written, for the operator; empty while they can."""
        self.notice = ""
        """What was done about a file that was lost, for the operator."""
        self._database = database
        self._path = Path(os.path.realpath(path))  # a link stays a link
        self._wall = wall
        self._tidy = tidy
        self._lock = lock
        self._identity = identity_of(self._path) if database is not None else None
        self._journalled = database is None or _has_journal(database)
        self._unpruned = PRUNE_EVERY_ROWS
        self._rows_in_journal = 0
        self._emptied_at = time.monotonic()
        self._changed = threading.Condition()
        """Held for the fields below, never while the disk is written."""
        self._waiting: deque[Statement] = deque()
        self._queued = 0
        self._written = 0
        """How many statements were ever queued, and written."""
        self._rounds = 0
        """How often the file was looked at and what waited was written."""
        self._reported = 0
        self._waited_for = 0
        """The count at the last statement that a report says, and at the last one that was waited for."""
        self._lost = database is None
        """The file holds no longer what was written to it."""
        self._everything: Rows | None = None
        self._everything_at = 0
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

    @property
    def owes(self) -> bool:
        """Whether a report says what is not on the disk yet."""
        return self._written < self._reported

    def put(self, sql: str, *values: tuple[object, ...], reported: bool = False) -> None:
        """Queue a statement, to be executed once for each of the values; `reported`: a report will say them."""
        with self._changed:
            if self._lost and self._everything is None:
                return  # all is written anew
            if len(self._waiting) >= MOST_WAITING:
                self._waiting.clear()
                self._lost, self._everything = True, None
                return
            self._waiting.append(Statement(sql, values, reported))
            self._queued += 1
            if reported:
                self._reported = self._queued
            self._wake()

    def put_everything(self, rows: Rows) -> None:
        """Give all rows there are: they are written to a new file, and the old one is laid aside."""
        with self._changed:
            self._waiting.clear()
            self._everything = rows
            self._queued += 1
            self._everything_at = self._queued
            self._wake()

    def flush(self, timeout: float) -> bool:
        """Wait at most `timeout` seconds until every row put so far is written; False if it is not. Blocks."""
        with self._changed:
            wanted, rounds = self._queued, self._rounds
            self._wake()
            self._changed.wait_for(
                lambda: (self._written >= wanted and self._rounds > rounds) or self.wants_everything, timeout
            )
            return self._written >= wanted and not self._lost

    def must_wait(self) -> bool:
        """Whether a report says what was neither brought to the disk nor waited for yet."""
        return self._waited_for < self._reported and self.owes and not self._lost

    def wait(self, timeout: float) -> bool:
        """Wait at most `timeout` seconds for what reports say to be on the disk itself, once for each row. Blocks."""
        with self._changed:
            wanted = self._waited_for = self._reported
            self._changed.wait_for(lambda: self._written >= wanted or self._lost, timeout)
            return self._written >= wanted

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
            if everything is not None:
                stopping &= not self._replaced(everything)  # what came since then is written after it
            elif self._write(waiting):
                with self._changed:
                    for _ in waiting[: len(self._waiting)]:
                        self._waiting.popleft()
                    self._written = queued
                    self._rounds += 1
                    self._changed.notify_all()
        self._close()

    def _close(self) -> None:
        if self._database is not None:
            with contextlib.suppress(sqlite3.Error):
                self._database.close()
            self._database = None

    def _replaced(self, everything: Rows) -> bool:
        done = self._replace(everything)
        with self._changed:
            if self._everything is everything:
                self._everything = None
                if done:
                    self._lost, self._written = False, self._everything_at
                    self._rounds += 1
                else:
                    self._again_at = time.monotonic() + LOOK_EVERY  # with what is known then
            self._wake()
        return done

    def _write(self, statements: Sequence[Statement]) -> bool:
        """Write rows in one transaction; False if the disk cannot be written."""
        if self._lost or self._database is None or not self._still_there():
            self._set_lost()
            return False
        try:
            if statements:
                self._transact(self._database, statements)
            if self._tidy(self._database):
                self._rows_in_journal += ROWS_OF_TIDYING
                with self._changed:
                    self._attempt = True  # after what waits by then
            if self._empty_journal(self._database) or not self._journalled:
                self._identity = identity_of(self._path)
        except (sqlite3.OperationalError, OSError) as why:
            self._fail(problems.CANNOT_WRITE.format(path=self._path, why=why))
            return False
        except (sqlite3.Error, ValueError) as why:  # it is damaged under our hands: waiting does not help
            self._fail(problems.CANNOT_WRITE.format(path=self._path, why=why))
            self._set_lost()
            return False
        self._well()
        return True

    def _set_lost(self) -> None:
        with self._changed:
            self._lost = True
            self._changed.notify_all()

    def _transact(self, database: sqlite3.Connection, statements: Sequence[Statement]) -> None:
        reported = any(statement.reported for statement in statements)
        # With FULL a commit is on the disk itself when it returns; with NORMAL it is in the kernel's hands, which
        # outlive a killed process (sqlite.org/pragma.html#pragma_synchronous).
        database.execute(f"PRAGMA synchronous = {'FULL' if reported else 'NORMAL'}")
        rows = 0
        database.execute("BEGIN IMMEDIATE")
        try:
            for sql, values, _ in statements:
                try:
                    database.executemany(sql, values)
                except sqlite3.IntegrityError as why:
                    # A fault of ours must not keep all other rows from the disk.
                    _log.error("store: a row was left out (%s)", why)
                rows += len(values)
            self._unpruned += rows
            if self._unpruned >= PRUNE_EVERY_ROWS:
                prune(database)
                self._unpruned = 0
            database.execute("COMMIT")
        except BaseException:
            with contextlib.suppress(sqlite3.Error):
                database.execute("ROLLBACK")
            raise
        self._rows_in_journal += rows

    def _empty_journal(self, database: sqlite3.Connection) -> bool:
        """Bring what the journal holds into the database, seldom: it costs two syncs, and a third with the next row.

        Return whether it was done.
        """
        age = time.monotonic() - self._emptied_at
        wait = EMPTY_EVERY if self._rows_in_journal < MANY_IN_JOURNAL else EMPTY_AT_MOST_EVERY
        if self._rows_in_journal and (age >= wait or self._rows_in_journal >= MOST_IN_JOURNAL):
            database.execute("PRAGMA wal_checkpoint(PASSIVE)")
            self._rows_in_journal, self._emptied_at = 0, time.monotonic()
            return True
        return False

    def _still_there(self) -> bool:
        """Whether the path leads to the file that is open. A disk that does not tell is no reason for a new file."""
        try:
            self._hold_lock()
            there = identity_of(self._path) == self._identity
        except OSError:
            return True
        except StoreInUse:
            there = False
        if not there:
            self._fail(problems.DELETED.format(path=self._path))
        return there

    def _hold_lock(self) -> None:
        if self._lock is not None:
            self._lock.hold()

    def _replace(self, rows: Rows) -> bool:
        stamp = time.strftime("%Y%m%dT%H%M%S", time.gmtime(self._wall()))
        try:
            self._hold_lock()
            everything = {**rows, **carried(self._database)}  # a file that was deleted can still be read
            self._database, aside = write_anew(
                self._path, everything, stamp=stamp, foreign=True, close_old=self._close
            )
            self._identity = identity_of(self._path)
            self._journalled = _has_journal(self._database)
        except (sqlite3.Error, OSError, StoreInUse) as why:
            self._fail(problems.CANNOT_WRITE.format(path=self._path, why=why))
            return False
        self._rows_in_journal = 0
        text = problems.WRITTEN_ANEW_ASIDE if aside else problems.WRITTEN_ANEW
        self.notice = text.format(path=self._path, aside=aside)
        _log.warning("store: %s", problems.problem_in(self.notice, current_language()))
        self._well()
        return True

    def _fail(self, problem: str) -> None:
        if self.problem != problem:
            said = problems.problem_in(problem, current_language())
            _log.error("store: %s; the agent continues without it", said)
        self.problem = problem

    def _well(self) -> None:
        if self.problem:
            _log.warning("store: %s can be written again", self._path)
            self.problem = ""


def _has_journal(database: sqlite3.Connection) -> bool:
    """Whether rows go into a journal first; some network disks cannot have one."""
    return bool(database.execute("PRAGMA journal_mode").fetchone()[0] == "wal")
