"""Which number Onlinesim is asked about next, and when: the slow round of `onlinesim.ask_numbers`, pure.

Each live number once per `every`, one at a time, and never more than one a second. A number is asked about only while
Onlinesim has accepted a report with it, so that "not on this account" is never our own doing.
"""

from __future__ import annotations

import enum
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Final

from agent.onlinesim.backoff import backoff

_NEVER: Final = float("-inf")


class Result(enum.Enum):
    """What became of a question."""

    ANSWERED = enum.auto()
    """Onlinesim answered."""
    REFUSED = enum.auto()
    """It refused, and would refuse this number again: the next one is asked after a pause."""
    FAILED = enum.auto()
    """No usable answer: the same number is asked again after a pause."""
    STOPPED = enum.auto()
    """A report went first: the same number is asked again when there is room."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RoundPolicy:
    """The numbers behind the rules, in seconds."""

    every: float | None = None
    """How often each number is asked about; None: never."""
    gap: float = 1.0
    """From the start of a question to the start of the next."""
    settle: float = 60.0
    """From the first accepted report with a number to the first question about it: Onlinesim needs time for it."""
    soon: float = 300.0
    """When a number that needs a look soon is asked about again, where `every` is longer."""
    first_pause: float = 30.0
    longest_pause: float = 900.0
    """The pause after a refusal or failure: doubled each time, and over with the next answer."""


@dataclass(slots=True)
class _Asked:
    """What the round knows of one live number."""

    accepted_at: float | None = None
    """The first accepted report with it since it became live."""
    asked_at: float = _NEVER
    soon: bool = False


class NumberRound:
    """The round over the live numbers. `now` is in seconds on the agent's clock and never decreases."""

    def __init__(self, policy: RoundPolicy, chance: Callable[[], float]) -> None:
        self.policy = policy
        self._chance = chance
        self._numbers: dict[str, _Asked] = {}
        self._asking: str | None = None
        self._began_at = _NEVER
        self._pauses: Iterator[float] | None = None
        self._pause_ends = _NEVER

    def live(self, numbers: Iterable[str]) -> None:
        """Set which numbers are live: what is known of the others is forgotten."""
        self._numbers = {number: self._numbers.get(number) or _Asked() for number in numbers}

    def accepted(self, numbers: Iterable[str], now: float) -> None:
        """Take note that Onlinesim has accepted a report with these numbers."""
        for number in numbers:
            asked = self._numbers.get(number)
            if asked is not None and asked.accepted_at is None:
                asked.accepted_at = now

    def not_taken(self, numbers: Iterable[str]) -> None:
        """Take note that Onlinesim has accepted a report, but not these numbers."""
        for number in numbers:
            asked = self._numbers.get(number)
            if asked is not None:
                asked.accepted_at = None

    def reconfigure(self, policy: RoundPolicy, *, forget: bool) -> None:
        """Follow another policy, or ask another server: no number counts as reported there before the next report.

        `forget`: no number counts as asked about either.
        """
        self.policy = policy
        self._pauses, self._pause_ends = None, _NEVER
        for asked in self._numbers.values():
            asked.accepted_at = None
            if forget:
                asked.asked_at, asked.soon = _NEVER, False

    def due(self) -> float | None:
        """Return when the next question is due; None where none is, or one is under way."""
        found = self._next()
        if found is None or self._asking is not None:
            return None
        return max(found[0], self._began_at + self.policy.gap, self._pause_ends)

    def take(self, now: float) -> str | None:
        """Return the number to ask about, None where none is due. It is asked about until `finished`."""
        due, found = self.due(), self._next()
        if found is None or due is None or due > now:
            return None
        self._began_at, self._asking = now, found[1]
        return self._asking

    def finished(
        self, result: Result, now: float, *, retry_after: float | None = None, soon: bool = False
    ) -> None:
        """Take what became of the question. `soon`: this number needs another look before its turn.

        `retry_after` is the pause that the server asked for, in seconds.
        """
        number, self._asking = self._asking, None
        if number is None:
            raise RuntimeError("no question is under way")
        asked = self._numbers.get(number)
        if asked is not None and result in {Result.ANSWERED, Result.REFUSED}:
            asked.asked_at, asked.soon = now, soon
        if result is Result.ANSWERED:
            self._pauses = None
        elif result is not Result.STOPPED:
            self._back_off(retry_after or 0.0, now)

    def _back_off(self, retry_after: float, now: float) -> None:
        policy = self.policy
        self._pauses = self._pauses or backoff(
            self._chance, first=policy.first_pause, most=policy.longest_pause
        )
        self._pause_ends = now + max(next(self._pauses), retry_after)

    def _next(self) -> tuple[float, str] | None:
        """Return the number whose turn is first, and when that is."""
        every = self.policy.every
        if every is None:
            return None
        turns = (
            (self._turn(asked, asked.accepted_at, every), number)
            for number, asked in self._numbers.items()
            if asked.accepted_at is not None
        )
        return min(turns, key=lambda turn: turn[0], default=None)

    def _turn(self, asked: _Asked, accepted_at: float, every: float) -> float:
        again = min(every, self.policy.soon) if asked.soon else every
        return max(accepted_at + self.policy.settle, asked.asked_at + again)
