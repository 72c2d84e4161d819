"""The rows of changes by the names of their columns, and the runs that they lie in, as both are read and summed up."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from typing import Final, NamedTuple

from agent.store.lives import Point, Run
from agent.store.past_rows import good_rows
from agent.store.past_tables import CHANGE, RUN
from agent.store.table import Row

OF_MODULE: Final = 1
OF_SIM: Final = 2
COLUMN_OF: Final = {OF_MODULE: "module", OF_SIM: "iccid"}
"""Of each kind, what names it."""


class ChangeRow(NamedTuple):
    """From `at` (UNIX time) on this was so; the columns of `change` in their order."""

    id: int
    kind: int
    at: int
    module: str
    iccid: str | None
    number: str | None
    reason: str
    detail: str
    hub: str

    @property
    def of_sim(self) -> bool:
        """Whether it is the SIM's alone: it left this module, or is told by another module too."""
        return self.kind == OF_SIM

    @property
    def point(self) -> Point:
        """What it says of its module or its SIM."""
        return Point(self.id, self.at, self.reason)


def change_rows(database: sqlite3.Connection, where: str, values: Row) -> Iterator[ChangeRow]:
    """Yield the changes that are whole, as `good_rows` does."""
    return map(ChangeRow._make, good_rows(database, CHANGE, where, values))


def runs_of(database: sqlite3.Connection) -> list[Run]:
    """Return the runs that are whole, in their order."""
    return [Run(*row[1:]) for row in good_rows(database, RUN, "ORDER BY n")]
