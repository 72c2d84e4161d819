"""The sum of one day of a module or a SIM, as a row and as a value. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from agent.store.lives import DAY, Lives, Piece
from agent.store.table import Row

_NUMBERS: Final = ("covered", "live", "joins", "losses", "head", "tail", "longest")


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
        (
            day,
            kind,
            name,
            number,
            hub,
            begins,
            covered,
            live,
            joins,
            losses,
            head,
            tail,
            longest,
            *ends,
            text,
        ) = row
        first, last = (None if end is None else bool(end) for end in ends)
        lives = Lives(
            covered=covered,
            live=live,
            joins=joins,
            losses=losses,
            head=head,
            tail=tail,
            longest=longest,
            first_live=first,
            last_live=last,
            reasons=_reasons(text),
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
            *(getattr(lives, name) for name in _NUMBERS),
            *(None if end is None else int(end) for end in ends),
            " ".join(f"{reason}:{seconds}" for reason, seconds in lives.reasons.items()),
        )


def _reasons(text: str) -> dict[str, int]:
    pairs = (part.rpartition(":") for part in text.split())
    return {reason: int(seconds) for reason, _, seconds in pairs if seconds.isdecimal()}
