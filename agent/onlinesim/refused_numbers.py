"""What Onlinesim refuses in a list, while it is searched for and once it is found: pure, beside `Schedule`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from agent.formats.e164 import is_assigned
from agent.onlinesim.messages import AddNumber, Message, NumberEntry, SendNumbersOnline
from agent.onlinesim.number_search import ABOUT_NUMBERS, NumberSearch
from agent.onlinesim.outcome import Outcome, Refusal

REFUSED_BY: Final = "Onlinesim: "
"""What the text of a refusal begins with, where it stands behind a number."""
HOLD_BACK: Final = 6 * 3600.0
"""Seconds for which a refused number is not reported: Onlinesim's list of number ranges may grow meanwhile."""


@dataclass(frozen=True, slots=True)
class HeldBack:
    """A number that is not reported because Onlinesim refuses it."""

    text: str
    """What Onlinesim answered."""
    shared: int
    """How many numbers share the suspicion; 1 where it is certain."""
    until: float

    def __str__(self) -> str:
        return f"{REFUSED_BY}{self.text}" + (f"; 1 of {self.shared}" if self.shared > 1 else "")


class RefusedNumbers:
    """The numbers that are held back, and the search for them. `now` is as in `Schedule`."""

    def __init__(self) -> None:
        self.held_back: Mapping[str, HeldBack] = {}
        """What is left out of every report, by number."""
        self._search: NumberSearch | None = None
        self._text = ""
        self._fruitless = False
        """A search found no list that is accepted: there is no other until another list was sent."""

    @property
    def searching(self) -> bool:
        """Whether the next request is one of the search."""
        return self._search is not None

    def without(self, entries: tuple[NumberEntry, ...], now: float) -> tuple[NumberEntry, ...]:
        """Return the entries without those that are held back now."""
        self.release(now)
        if not self.held_back:
            return entries
        return tuple(entry for entry in entries if entry.number not in self.held_back)

    def release(self, now: float) -> None:
        """Hold back no longer what was held back for HOLD_BACK."""
        if self.held_back:
            self.held_back = {number: one for number, one in self.held_back.items() if now < one.until}

    def next(self) -> SendNumbersOnline:
        """Return the next request of the search. Raises RuntimeError where there is none."""
        if self._search is None:
            raise RuntimeError("there is no search")
        message = self._search.next()
        if message.part and message.test != "test1":
            raise RuntimeError("a part of the list would remove every other number")
        return message

    def answered(self, message: Message, outcome: Outcome, now: float) -> bool:
        """Begin or follow the search; return whether another list than the one before is to be reported at once."""
        if self._search is not None:
            self._search.answered(outcome)
            return self._search.over and self._end(now)
        if isinstance(outcome, Refusal) and outcome.kind in ABOUT_NUMBERS:
            self._text = outcome.reason
            if isinstance(message, AddNumber):
                self._hold_back({message.entry: 1}, now)
            elif isinstance(message, SendNumbersOnline) and message.test is None and not self._fruitless:
                self._search = NumberSearch(message.numbers, is_assigned)
                return self._search.over and self._end(now)
        if isinstance(message, SendNumbersOnline) and not message.part:
            self._fruitless = False
        return False

    def interrupted(self, wanted: Iterable[NumberEntry], now: float, *, heartbeat: bool) -> bool:
        """End the search if a number has left, or a heartbeat is due that it would hold up; return whether it ended."""
        if self._search is None:
            return False
        places = {(entry.number, entry.port_id) for entry in wanted}
        removal = any((entry.number, entry.port_id) not in places for entry in self._search.entries)
        if not removal and not (heartbeat and self._search.reported):
            return False
        self._hold_back(self._search.left_out, now)
        self._search = None
        return True

    def forget(self) -> None:
        """Begin anew, with another server or another configuration."""
        self.held_back, self._search, self._fruitless = {}, None, False

    def _end(self, now: float) -> bool:
        search, self._search = self._search, None
        if search is None:
            return False
        self._fruitless = not search.reported
        self._hold_back(search.left_out, now)
        return bool(search.left_out) and not search.reported

    def _hold_back(self, entries: Mapping[NumberEntry, int], now: float) -> None:
        found = {
            entry.number: HeldBack(self._text, shared, now + HOLD_BACK) for entry, shared in entries.items()
        }
        self.held_back = {**self.held_back, **found}
