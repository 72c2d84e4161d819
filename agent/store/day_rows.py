"""The sum of one day of a module or a SIM, as a row and as a value. Pure."""

from __future__ import annotations

from dataclasses import dataclass

from agent.store.lives import DAY, Lives, Piece
from agent.store.past_tables import SUMS
from agent.store.table import Row


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
        day, kind, name, number, hub, begins, *numbers, first, last, reasons = row
        lives = Lives(
            **dict(zip(SUMS, numbers, strict=True)),
            first_live=None if first is None else bool(first),
            last_live=None if last is None else bool(last),
            reasons=_reasons(reasons),
        )
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
            *(getattr(lives, name) for name in SUMS),
            *(None if end is None else int(end) for end in ends),
            " ".join(f"{reason}:{seconds}" for reason, seconds in lives.reasons.items()),
        )


def _reasons(text: str) -> dict[str, int]:
    pairs = (part.rpartition(":") for part in text.split())
    return {reason: int(seconds) for reason, _, seconds in pairs if seconds.isdecimal()}
