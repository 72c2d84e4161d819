"""What the store keeps of one SIM, and its rows: what reads and writes them must agree on the order of columns."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from operator import attrgetter
from typing import Final

from agent.store.history import Minute
from agent.store.table import Row
from agent.store.tables import LEARNED, MINUTE, SIM


@dataclass(frozen=True, slots=True)
class Learned:
    """A number that was learned for a SIM; `source` as in `agent.numbers.resolve.Source`, in lower case.

    `imsi` is the subscription that it was learned for, None if that was not known; `told_at` is UNIX time.
    """

    number: str
    source: str
    imsi: str | None = None
    told_at: int = 0

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


@dataclass(frozen=True, slots=True)
class FileRow:
    """One row of the sims_file as it was read: `sim` is an ICCID or IMSI, the rest what the row has."""

    line: int
    sim: str
    number: str | None
    rent: bool | None


@dataclass(frozen=True, slots=True)
class KeptFile:
    """The rows that a sims_file had when it was last read whole; "" for no file."""

    path: str = ""
    rows: tuple[FileRow, ...] = ()


SIM_ROW: Final = attrgetter(*(column.name for column in SIM.columns))
"""The row of a SeenSim."""
_LEARNED_VALUES: Final = attrgetter(*(column.name for column in LEARNED.columns[1:]))
_MINUTE_FIELDS: Final = tuple(column.name for column in MINUTE.columns)
MINUTE_ROW: Final = attrgetter(*_MINUTE_FIELDS)
"""The row of a Minute."""


def learned_row(iccid: str, learned: Learned) -> Row:
    """Return the row of a number that was learned."""
    return iccid, *_LEARNED_VALUES(learned)


def minute_of(row: Row) -> Minute:
    """Return what a row says of a minute; before schema 7 nobody kept the highest count."""
    values = dict(zip(_MINUTE_FIELDS, row, strict=True))
    return Minute(**(values | {"highest": max(values["highest"], values["live"], values["lowest"])}))


def kept_file(rows: Sequence[Row]) -> KeptFile:
    """Return the file that these rows are of: there is only one."""
    path = str(rows[0][0]) if rows else ""
    return KeptFile(
        path,
        tuple(
            FileRow(line, sim, number, None if rent is None else bool(rent))
            for of, line, sim, number, rent in rows
            if of == path
        ),
    )


def file_rows(file: KeptFile) -> list[Row]:
    """Return the rows of a file."""
    return [
        (file.path, row.line, row.sim, row.number, None if row.rent is None else int(row.rent))
        for row in file.rows
    ]
