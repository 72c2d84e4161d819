"""When to say what to Onlinesim: the rules of docs/design.md §6 as a state machine.

    held      nothing is known yet, so nothing is said
    waiting   for the first of: a removal 50 ms old, a join 2 s old, the heartbeat; 1 s after the last report
    flying    one request is under way, and no other starts
    pausing   after trouble: when the pause is over the newest set goes out, whatever changed meanwhile

A refusal leads back to waiting: only a change, or the heartbeat, makes a new attempt. In incremental mode a
report is a run of single steps, removals first, and after any doubt a full list takes its place.

Responsible for deciding. Pure: time comes in with each call (seconds on the agent's clock), chance with the
constructor. Must not know how a request travels, and never waits, logs or reads a clock.
"""

from __future__ import annotations

import enum
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from agent.onlinesim.backoff import backoff
from agent.onlinesim.messages import (
    AddNumber,
    CheckWork,
    Message,
    NumberEntry,
    RemoveNumber,
    SendNumbersOnline,
    Test,
)
from agent.onlinesim.outcome import Accepted, Failed, Outcome, Refusal

_NEVER = float("-inf")


class Mode(enum.StrEnum):
    """How changes are told."""

    LIST = "list"
    INCREMENTAL = "incremental"


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportPolicy:
    """The numbers behind the rules, in seconds."""

    heartbeat: float = 240.0
    mode: Mode = Mode.LIST
    test: Test | None = None
    collect_removals: float = 0.05
    collect_joins: float = 2.0
    gap: float = 1.0
    """From the start of a report to the start of the next."""
    window: float = 300.0
    """Onlinesim counts us as down after so long."""
    last_try: float = 20.0
    """Before the end of a window a request (15 s) still goes out, however long a pause the server asks for."""


class Schedule:
    """The decision about one server. Every time that is given must not be before the one given last."""

    def __init__(self, policy: ReportPolicy, chance: Callable[[], float], *, now: float) -> None:
        self.policy = policy
        self._chance = chance
        self._wanted: tuple[NumberEntry, ...] | None = None
        self._told: tuple[NumberEntry, ...] = ()
        """What the last request stands for; that the server holds it is known only while `_certain`."""
        self._certain = False
        self._owed = True
        """The full list is to be sent at once, for it was never sent, or a single step of it was refused."""
        self._leaving: dict[NumberEntry, float] = {}
        self._joining: dict[NumberEntry, float] = {}
        self._run: frozenset[NumberEntry] = frozenset()
        """The changes which the incremental report that has begun still has to tell."""
        self._flying: Message | None = None
        self._forsaken = False
        """The request under way goes to a server that is ours no longer."""
        self._asked_at = _NEVER
        self._sign_at = _NEVER
        self._pauses: Iterator[float] | None = None
        self._retry_at: float | None = None
        self._heard_at = now
        self._missed = 0

    @property
    def held(self) -> bool:
        """Nothing is known yet, so nothing is said."""
        return self._wanted is None

    @property
    def wanted(self) -> tuple[NumberEntry, ...] | None:
        """The newest set that was offered."""
        return self._wanted

    @property
    def flying(self) -> Message | None:
        """The request that is under way."""
        return self._flying

    @property
    def retry_at(self) -> float | None:
        """When the pause after trouble is over, None where there is none."""
        return self._retry_at

    @property
    def heartbeat_at(self) -> float | None:
        """When the heartbeat is due, or the pause after trouble over, None before the first report."""
        if self._sign_at == _NEVER:
            return None
        return max(self._sign_at + self.policy.heartbeat, self._retry_at or _NEVER)

    def missed_windows(self, now: float) -> int:
        """How many whole windows have passed in which no report was accepted."""
        return self._missed + int((now - self._heard_at) // self.policy.window)

    def offer(self, entries: Iterable[NumberEntry] | None, now: float) -> None:
        """The set that is live now; None while nobody can say. Raises ValueError where one is there twice."""
        wanted = None if entries is None else tuple(entries)
        if wanted is not None:
            SendNumbersOnline(numbers=wanted)  # what cannot be said is the offerer's fault: tell it there
        self._wanted = wanted
        self._compare(now)

    def reconfigure(self, policy: ReportPolicy) -> None:
        """Other rules, or another server: the full list is owed at once."""
        self.policy = policy
        self._retry_at = self._pauses = None
        self._owed = True
        self._certain = False
        self._forsaken = self._flying is not None

    def due(self) -> float | None:
        """When the next request is due, -inf for at once; None while nothing is known or one is under way."""
        if self._wanted is None or self._flying is not None:
            return None
        if self._retry_at is not None:
            return max(self._retry_at, self._asked_at + self.policy.gap)
        if self._run_continues():
            return _NEVER
        wishes = [_NEVER if self._owed else self._sign_at + self.policy.heartbeat]
        wishes += [since + self.policy.collect_removals for since in self._leaving.values()]
        wishes += [since + self.policy.collect_joins for since in self._joining.values()]
        return max(min(wishes), self._asked_at + self.policy.gap)

    def take(self, now: float) -> Message | None:
        """The request that is due, None where none is. It is under way until `finished`."""
        due = self.due()
        if due is None or due > now:
            return None
        message = self._next_message(now)
        if not isinstance(message, AddNumber | RemoveNumber):
            self._sign_at = now
        self._retry_at = None
        self._asked_at = now
        self._flying = message
        self._compare(now)
        return message

    def finished(self, outcome: Outcome, now: float) -> None:
        """What became of the request under way."""
        message, self._flying = self._flying, None
        if message is None:
            raise RuntimeError("no request is under way")
        if self._forsaken:
            self._forsaken = False
            return
        if isinstance(outcome, Failed):
            self._back_off(outcome, now)
        else:
            self._pauses = None
        if isinstance(outcome, Accepted):
            self._believe(message, now)
        else:
            self._certain = False
            self._owed |= isinstance(outcome, Refusal) and not isinstance(message, SendNumbersOnline)
        self._compare(now)

    def last_words(self, now: float) -> SendNumbersOnline:
        """The empty list that withdraws everything, whatever else was due."""
        self.offer((), now)
        self._flying = SendNumbersOnline(numbers=(), test=self.policy.test)
        self._asked_at = self._sign_at = now
        self._told = ()
        return self._flying

    def gap_ends(self) -> float:
        """The earliest time for another report."""
        return self._asked_at + self.policy.gap

    def _next_message(self, now: float) -> Message:
        if self._run_continues():
            return self._next_step(now)
        if self._certain and self._steps_can_tell():
            self._run = frozenset(self._changes())
            return self._next_step(now)
        self._owed = False
        self._certain = False
        self._told = self._wanted or ()
        return SendNumbersOnline(numbers=self._told, test=self.policy.test)

    def _next_step(self, now: float) -> Message:
        """The heartbeat waits for no step; removals go before joins, so that the server never holds too many."""
        was_sign = self._asked_at == self._sign_at
        if now >= self._sign_at + self.policy.heartbeat and not was_sign:
            return CheckWork()
        if self._leaving:
            return RemoveNumber(number=next(iter(self._leaving)).number)
        joining = next((entry for entry in self._joining if entry in self._run), None)
        return CheckWork() if joining is None else AddNumber.of(joining)

    def _steps_can_tell(self) -> bool:
        """Whether there is a method for each change: none alters an entry in its place, none only tests."""
        places = {(entry.number, entry.port_id) for entry in self._told}
        altered = any((entry.number, entry.port_id) in places for entry in self._joining)
        return self.policy.mode is Mode.INCREMENTAL and self.policy.test is None and not altered

    def _run_continues(self) -> bool:
        """Whether a step of the report that has begun is still to be taken."""
        return self._certain and bool(self._run)

    def _changes(self) -> list[NumberEntry]:
        return [*self._leaving, *self._joining]

    def _believe(self, message: Message, now: float) -> None:
        self._certain = not self._owed
        if isinstance(message, AddNumber):
            self._told = (*self._told, message.entry)
        elif isinstance(message, RemoveNumber):
            self._told = tuple(entry for entry in self._told if entry.number != message.number)
        else:
            # Whether a single step counts as a sign of life is not documented, so it does not count here.
            self._missed = self.missed_windows(now)
            self._heard_at = now

    def _back_off(self, trouble: Failed, now: float) -> None:
        self._pauses = self._pauses or backoff(self._chance)
        left = self.policy.window - (now - self._heard_at) % self.policy.window
        asked = min(trouble.retry_after or 0.0, max(0.0, left - self.policy.last_try))
        self._retry_at = now + max(next(self._pauses), asked)

    def _compare(self, now: float) -> None:
        """Notes since when the newest set differs from the told one."""
        wanted = self._wanted or ()
        places = {(entry.number, entry.port_id) for entry in wanted}
        leaving = [entry for entry in self._told if (entry.number, entry.port_id) not in places]
        joining = set(wanted) - set(self._told)
        self._leaving = {entry: self._leaving.get(entry, now) for entry in leaving}
        self._joining = {entry: self._joining.get(entry, now) for entry in wanted if entry in joining}
        self._run &= frozenset(self._changes())
