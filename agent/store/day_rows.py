"""The sum of one day of a module or a SIM, as a row and as a value. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from agent.store.lives import DAY, Lives, Piece
from agent.store.past_tables import CHANGE_DAY
from agent.store.table import Row

_NUMBERS: Final = ("covered", "live", "joins", "losses", "head", "tail", "longest")
_AT: Final = {column.name: at for at, column in enumerate(CHANGE_DAY.columns)}


@dataclass(frozen=True, slots=True)
class DaySum:
    """What changes of one day add up to; `kind` is that of `past.Happened`."""

    day: int
    kind: int
    name: str
    number: str | None
    hub: str
    piece: Piece

    @classmethod
    def of(cls, row: Row) -> DaySum:
        """Return what a row says."""
        counts = {name: row[_AT[name]] for name in _NUMBERS}
        first, last = row[_AT["first_live"]], row[_AT["last_live"]]
        lives = Lives(
            **counts,
            first_live=None if first is None else bool(first),
            last_live=None if last is None else bool(last),
            reasons=_reasons(row[_AT["reasons"]]),
        )
        day, kind, name, number, hub, begins = row[:6]
        return cls(day, kind, name, number, hub, Piece(day * DAY + begins, lives))

    @property
    def row(self) -> Row:
        """The row that says it."""
        lives = self.piece.lives
        ends = (lives.first_live, lives.last_live)
        return (
            self.day,
            self.kind,
            self.name,
            self.number,
            self.hub,
            self.piece.start - self.day * DAY,
            *(getattr(lives, name) for name in _NUMBERS),
            *(None if end is None else int(end) for end in ends),
            " ".join(f"{reason}:{seconds}" for reason, seconds in lives.reasons.items()),
        )


def _reasons(text: str) -> dict[str, int]:
    pairs = (part.rpartition(":") for part in text.split())
    return {reason: int(seconds) for reason, _, seconds in pairs if seconds.isdecimal()}
