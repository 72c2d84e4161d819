"""Opening the store whatever its file holds.

A file is never overwritten: what is damaged, of another version or of another program is renamed.
"""

from __future__ import annotations

import contextlib
import logging
import os
import shutil
import sqlite3
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from agent.store import problems
from agent.store.database_file import (
    APPLICATION_ID,
    connect,
    connect_to_read,
    create,
    finish_renaming,
    is_empty,
    keep_private,
    ready,
    write_anew,
)
from agent.store.problems import counted
from agent.store.reading import Damaged, Foreign, Found, check_ours, read_rows
from agent.store.recovery import recover

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Opened:
    """A store that was read; `notice` says what was wrong with it, `problem` why it cannot be written now."""

    database: sqlite3.Connection | None
    found: Found
    notice: str = ""
    problem: str = ""
    aside: str = ""
    """What the file as it was is called now."""


def open_database(path: Path, *, stamp: str) -> Opened:
    """Open or create the database and read it; what cannot be written is only read. Raises nothing.

    `stamp` becomes part of the name of a file that is laid aside. The connection may be used by one other thread.
    """
    found = Found()
    path = Path(os.path.realpath(path))
    try:
        finish_renaming(path)
        if is_empty(path):
            return Opened(create(path), found)
        keep_private(path)
        judged = _read(path, connect)
        found = judged.found
        if judged.database is not None:
            try:
                return Opened(ready(judged.database), found)
            except sqlite3.OperationalError as why:
                judged.database.close()
                judged.faults.append(problems.NOT_WRITTEN.format(why=why))
        replaced, aside = write_anew(path, found.rows, stamp=stamp, foreign=judged.foreign)
    except (sqlite3.Error, OSError, ValueError) as why:
        notice = problems.FAULTS.format(path=path, faults="; ".join(found.dropped)) if found.dropped else ""
        return Opened(None, found, notice, problem=problems.CANNOT_USE.format(path=path, why=why))
    if not judged.faults:
        _log.info("store: %s was brought to today's schema; %s is the file as it was", path, aside)
        return Opened(replaced, found)
    notice = problems.ASIDE.format(path=path, faults="; ".join(judged.faults), aside=aside)
    return Opened(replaced, found, notice, aside=aside)


def read_without_writing(path: Path) -> tuple[Found, str]:
    """Read the database and change nothing on the disk; return a problem with it, "" if there is none.

    That there is none yet is not a problem.
    """
    try:
        if is_empty(path):
            return Found(), ""
        judged = _read(path, connect_to_read)
        if judged.database is not None:
            judged.database.close()
    except (sqlite3.Error, OSError, ValueError) as why:
        return Found(), problems.CANNOT_READ.format(path=path, why=why)
    faults = "; ".join(judged.faults)
    return judged.found, problems.FAULTS.format(path=path, faults=faults) if faults else ""


@dataclass(slots=True)
class _Judged:
    """A file that was read; `database` is None unless it may stay as it is."""

    database: sqlite3.Connection | None
    found: Found
    faults: list[str]
    foreign: bool = False


def _read(path: Path, open_it: Callable[[Path], sqlite3.Connection]) -> _Judged:
    """Read a file. Raises sqlite3.Error, OSError."""
    database = open_it(path)
    try:
        return _judged(database, path)
    except sqlite3.OperationalError as why:
        database.close()
        # Locked by another program, or on a disk that cannot be written: its bytes can be read all the same.
        with _copied(path) as copy:
            judged = _judged(connect(copy), copy)
            if judged.database is not None:
                judged.database.close()
        return replace(judged, database=None, faults=[problems.NOT_OPENED.format(why=why), *judged.faults])


def _judged(database: sqlite3.Connection, path: Path) -> _Judged:
    """Read what is open; close it unless it may stay as it is. Raises sqlite3.OperationalError, OSError."""
    known = True
    try:
        check_ours(database, APPLICATION_ID)
        found = read_rows(database)
    except Foreign as why:
        database.close()
        return _Judged(None, Found(as_written=False), [str(why)], foreign=True)
    except Damaged as why:
        known = False
        found = Found(as_written=False, broken=True, dropped=[str(why)])
    if found.as_written:
        return _Judged(database, found, [])
    database.close()
    if found.broken:
        more = found.add(recover(path))
        known = known or bool(more)
        found.dropped += [counted(problems.FROM_PAGES, more)] if more else []
    return _Judged(None, found, found.dropped, foreign=not known)


@contextlib.contextmanager
def _copied(path: Path) -> Iterator[Path]:
    """Copy the file and its journal to where they can be opened."""
    with tempfile.TemporaryDirectory(prefix="simbank-") as folder:
        for tail in ("", "-wal"):
            source = path.with_name(path.name + tail)
            if source.exists():
                shutil.copyfile(source, Path(folder, f"copy{tail}"))
        yield Path(folder, "copy")
