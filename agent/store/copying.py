"""The store as bytes, consistent while an agent writes it; and its rows written anew where it moves to."""

from __future__ import annotations

import contextlib
import sqlite3
import time
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Final

from agent.store.database_file import APPLICATION_ID, connect_to_read, finish_renaming, write_anew
from agent.store.facts import ALIVE_AT, ASIDE, LEFT_OUT, STANDING
from agent.store.past_rows import carried
from agent.store.reading import UNREADABLE, Damaged, Foreign, Found, check_ours, read_rows
from agent.store.table import Row
from agent.store.tables import FACT, FILE_ROW, LIVE

_NEVER_MOVED: Final = frozenset({ALIVE_AT, STANDING, LEFT_OUT, ASIDE})
"""Facts of a host: when its agent was last alive, what stood at Onlinesim then, and what was wrong with its file."""


class NoStore(Exception):
    """The bytes are no store that can be used as a whole."""


def copy_of(path: Path) -> bytes:
    """Return the database as it is at one moment; another process may be writing it. Raises sqlite3.Error."""
    with (
        contextlib.closing(connect_to_read(path)) as source,
        contextlib.closing(sqlite3.connect(":memory:")) as copy,
    ):
        source.backup(copy)
        return copy.serialize()


class StoreCopy:
    """A copied database, open in memory. Close it after use."""

    def __init__(self, content: bytes) -> None:
        """Raises NoStore for what is damaged or foreign."""
        self._database = sqlite3.connect(":memory:", isolation_level=None)
        try:
            self._database.deserialize(_without_journal(content))
            check_ours(self._database, APPLICATION_ID)
            self.found: Final[Found] = read_rows(self._database)
        except (*UNREADABLE, sqlite3.Error, Foreign, Damaged, MemoryError) as why:
            self.close()
            raise NoStore(str(why)) from why

    def close(self) -> None:
        """Let go of the memory."""
        self._database.close()

    def move_to(self, path: Path, *, sims_file: Path | None, wall: Callable[[], float] = time.time) -> str:
        """Write the rows to a new file in the place of `path`; return what the old one is called now, "" for none.

        Nothing of what was live comes along: its SIMs settle anew, wherever they are now. `sims_file` is where that
        file is from now on. The caller holds the lock. Raises sqlite3.Error, OSError.
        """
        finish_renaming(path)
        stamp = time.strftime("%Y%m%dT%H%M%S", time.gmtime(wall()))
        database, aside = write_anew(path, self._moved(sims_file), stamp=stamp)
        database.close()
        return aside

    def _moved(self, sims_file: Path | None) -> Mapping[str, Iterable[Row]]:
        past = carried(self._database) if self.found.as_written else {}
        rows: dict[str, Iterable[Row]] = {**self.found.rows, **past}
        rows[LIVE.name] = ()
        rows[FACT.name] = [row for row in self.found.rows[FACT.name] if row[0] not in _NEVER_MOVED]
        if sims_file is not None:
            rows[FILE_ROW.name] = [(str(sims_file), *row[1:]) for row in self.found.rows[FILE_ROW.name]]
        return rows


def _without_journal(content: bytes) -> bytes:
    """Return a database that says of itself that it has no journal: in memory it can have none.

    Source: sqlite.org/fileformat2.html §1.3.3.
    """
    return content[:18] + b"\x01\x01" + content[20:] if len(content) > 20 else content
