"""What may be wrong with the store, as texts; they are kept in English and told in any language."""

from __future__ import annotations

from typing import Final

from agent.language import N_, N_n, Retelling, translation

CANNOT_USE: Final = N_("{path} cannot be used ({why}): what is new may not survive a restart")
CANNOT_WRITE: Final = N_("{path} cannot be written ({why}): what is new may not survive a restart")
DELETED: Final = N_(
    "{path} was deleted or replaced while the agent runs: what is new may not survive a restart"
)
CANNOT_READ: Final = N_("{path} cannot be read ({why}): names and numbers of earlier runs are missing here")
SLOW: Final = N_("the disk is slow: what the last report says is not on it yet")
WRITTEN_ANEW: Final = N_("{path} was rewritten from memory")
WRITTEN_ANEW_ASIDE: Final = N_("{path} was rewritten from memory; {aside} was there")
ASIDE: Final = N_("{path}: {faults}; the file as it was is {aside}")
FAULTS: Final = N_("{path}: {faults}")
NOT_OPENED: Final = N_("cannot be opened ({why})")
NOT_WRITTEN: Final = N_("cannot be written ({why})")

DAMAGED: Final = N_("the file is damaged ({why})")
UNREADABLE: Final = N_("{path} cannot be read ({why})")
NO_DATABASE: Final = N_("the file is damaged or not a database ({why})")
FOREIGN: Final = N_("the file belongs to another program")
FROM_PAGES: Final = N_n("{n} row read from its pages", "{n} rows read from its pages")
ROWS_LEFT_OUT: Final = N_n("{table}: {n} row left out ({what})", "{table}: {n} rows left out ({what})")
VALUES_LEFT_OUT: Final = N_n("{table}: {n} value left out ({what})", "{table}: {n} values left out ({what})")
NO_TABLE: Final = N_("table {table} is missing")
LOST_COLUMN: Final = N_("table {table} has lost a column")
NOT_WHOLE: Final = N_("table {table} cannot be read whole ({why})")
LOST_COLUMNS: Final = N_("table {table} has lost {columns}")
NOT_VALID: Final = N_("no valid {column}")
NUMBER_OF_ANOTHER: Final = N_("place: {place} has the number {n} of another, and gets a new one")


def counted(forms: tuple[str, str], n: int, **values: object) -> str:
    """Return the English form for `n`, as it is kept."""
    return translation("en").ngettext(*forms, n).format(n=n, **values)


problem_in: Final = Retelling(
    CANNOT_USE, CANNOT_WRITE, DELETED, CANNOT_READ, UNREADABLE, SLOW, WRITTEN_ANEW, WRITTEN_ANEW_ASIDE, ASIDE, FAULTS,
    NOT_OPENED, NOT_WRITTEN, DAMAGED, NO_DATABASE, FROM_PAGES, ROWS_LEFT_OUT, VALUES_LEFT_OUT, NO_TABLE,
    LOST_COLUMN, NOT_WHOLE, LOST_COLUMNS, NOT_VALID, NUMBER_OF_ANOTHER,
    N_("it is not a regular file"),
    N_("it is a link"),
    N_("wrong checksum"),
    N_("there twice"),
    N_("one number for two SIMs"),
    N_("attempt to write a readonly database"),
    N_("database disk image is malformed"),
    N_("database is locked"),
    N_("database or disk is full"),
    N_("disk I/O error"),
    N_("file is not a database"),
    N_("unable to open database file"),
)  # fmt: skip
"""Says what is wrong with the store in another language."""
