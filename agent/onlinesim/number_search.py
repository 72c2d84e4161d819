"""Which numbers of a refused list does Onlinesim refuse: a search by halves, pure. docs/design.md §6.

A list with one number of a wrong form is refused as a whole, which would silence the bank. First the list goes out
without the numbers that their country's plan does not have; only if that is refused too, halves are tried.
A half without `test` would empty the account: halves are messages with `part`, and those cannot be made without test1.
"""

from __future__ import annotations

import enum
from collections.abc import Callable, Iterable
from typing import Final

from agent.onlinesim.messages import NumberEntry, SendNumbersOnline
from agent.onlinesim.outcome import Accepted, Checked, Failed, Outcome, Refusal, RefusalKind

MOST_REQUESTS: Final = 12
"""One bad number among 1,024 takes ten halves, one list by the plan, and one without what was found."""
ABOUT_NUMBERS: Final = frozenset({RefusalKind.NUMBER_FORMAT, RefusalKind.DATE})
"""Refusals with which one number takes the whole list with it."""


class _Question(enum.Enum):
    PLAN = enum.auto()
    """The list without the numbers that their country's plan does not have: a report."""
    HALF = enum.auto()
    """A part of the list, as test1."""
    REST = enum.auto()
    """The list without what was found: a report."""
    NONE = enum.auto()
    """The search is over."""


class NumberSearch:
    """The search in one refused list. `is_plausible` says whether a number is in its country's plan."""

    def __init__(self, entries: Iterable[NumberEntry], is_plausible: Callable[[str], bool]) -> None:
        self.entries = tuple(entries)
        self.requests = 0
        self.reported = False
        """A list of this search, without what it suspects, is accepted as a report."""
        self._bad: dict[NumberEntry, int] = {}
        """What is left out → how many share the suspicion: 1 where it is certain."""
        self._good: set[NumberEntry] = set()
        """Entries of accepted lists."""
        self._suspects = self.entries
        """At least one of these is bad."""
        self._unknown: tuple[NumberEntry, ...] = ()
        """Neither suspected nor known to be good."""
        self._plausible = tuple(entry for entry in self.entries if is_plausible(entry.number))
        self._question = _Question.PLAN
        if len(self._plausible) in {0, len(self.entries)}:
            self._ask_next()

    @property
    def over(self) -> bool:
        """Whether nothing is left to ask."""
        return self._question is _Question.NONE

    @property
    def left_out(self) -> dict[NumberEntry, int]:
        """What must not be reported, by how many share the suspicion; empty unless some list was accepted.

        A server that refuses every list has a fault of its own, and says nothing about a number.
        """
        if not self.reported:
            return dict(self._bad) if self._good else {}
        doubtful = [one for one in self.entries if one not in self._good and one not in self._bad]
        return self._bad | dict.fromkeys(doubtful, len(doubtful))

    def next(self) -> SendNumbersOnline:
        """Return the next request, to be answered with `answered`. Raises RuntimeError where the search is over."""
        if self.over or self.requests >= MOST_REQUESTS:
            raise RuntimeError("the search is over")
        self.requests += 1
        match self._question:
            case _Question.PLAN:
                return SendNumbersOnline(numbers=self._plausible)
            case _Question.HALF:
                return SendNumbersOnline(numbers=self._half(), test="test1", part=True)
            case _:
                return SendNumbersOnline(numbers=self._rest())

    def answered(self, outcome: Outcome) -> None:
        """Take the answer to the last request. No usable answer: the same is asked again."""
        match outcome:
            case Accepted() | Checked():
                self._learn(accepted=True)
                self._ask_next()
            case Refusal(kind=kind) if kind in ABOUT_NUMBERS:
                self._learn(accepted=False)
                self._ask_next()
            case Refusal():
                self._question = _Question.NONE
            case Failed() if self.requests >= MOST_REQUESTS:
                self._question = _Question.NONE

    def _half(self) -> tuple[NumberEntry, ...]:
        return self._suspects[: len(self._suspects) // 2]

    def _rest(self) -> tuple[NumberEntry, ...]:
        return tuple(entry for entry in self.entries if entry not in self._bad)

    def _learn(self, *, accepted: bool) -> None:
        match self._question:
            case _Question.PLAN:
                plausible = set(self._plausible)
                others = tuple(entry for entry in self.entries if entry not in plausible)
                if accepted:
                    self._good, self._suspects, self.reported = plausible, others, True
                else:
                    self._suspects, self._unknown = self._plausible, others
            case _Question.HALF:
                first, second = self._half(), self._suspects[len(self._suspects) // 2 :]
                if accepted:
                    self._good |= set(first)
                    self._suspects = second
                else:
                    self._suspects, self._unknown = first, (*self._unknown, *second)
            case _:
                if accepted:
                    self._good, self._unknown, self.reported = set(self._rest()), (), True
                else:
                    self._suspects, self._unknown = self._unknown, ()

    def _ask_next(self) -> None:
        left = MOST_REQUESTS - self.requests
        if len(self._suspects) > 1 and left > 1:
            self._question = _Question.HALF
            return
        # The last request is kept for a report without all that are still suspected.
        self._bad |= dict.fromkeys(self._suspects, len(self._suspects))
        was_suspected, self._suspects = bool(self._suspects), ()
        # Without an accepted list it may be the server that is at fault, so it is never sent an empty one: only a list
        # of one number has an empty rest.
        worth = bool(self._unknown) or (not self._good and len(self.entries) == 1)
        self._question = _Question.REST if was_suspected and worth and left > 0 else _Question.NONE
