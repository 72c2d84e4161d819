"""When to send what to Onlinesim: the rules of docs/design.md §6 as a state machine, pure: time is an argument.

    held        nothing is known yet, so nothing is sent
    waiting     for the first of: a removal 50 ms old, a join 2 s old, the heartbeat; 1 s after the last request
    in flight   one request is in progress, and no other starts
    backing off after a failure: when the pause is over the newest set is sent, whatever changed meanwhile

A refusal leads back to waiting: only a change or the heartbeat makes a new attempt. In incremental mode a report is a
series of single steps, removals first; after any doubt the full list is sent instead.

A request whose outcome is unknown may still be on its way and be stored after a newer one. So 20 s after it began the
list of that moment is sent once more.
"""

from __future__ import annotations

import enum
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from agent.onlinesim.backoff import backoff
from agent.onlinesim.difference import difference
from agent.onlinesim.messages import (
    AddNumber,
    CheckWork,
    Message,
    NumberEntry,
    RemoveNumber,
    SendNumbersOnline,
    Test,
)
from agent.onlinesim.outcome import Accepted, Failed, FailureKind, Outcome, Refusal
from agent.onlinesim.refused_numbers import RefusedNumbers

_NEVER = float("-inf")


class Mode(enum.StrEnum):
    """How changes are reported."""

    LIST = "list"
    INCREMENTAL = "incremental"


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportPolicy:
    """The numbers behind the rules; times in seconds."""

    heartbeat: float = 240.0
    mode: Mode = Mode.LIST
    test: Test | None = None
    collect_removals: float = 0.05
    collect_joins: float = 2.0
    gap: float = 1.0
    """From the start of a report to the start of the next."""
    window: float = 300.0
    """Onlinesim counts an account as down after so long without a report."""
    last_try: float = 20.0
    """Before the end of a window a request (15 s) is still sent, however long a pause the server asks for."""
    give_up: float = 3.0
    """From the start of a request that takes nothing away until a removal that waits for its end ends it."""
    repeat: float = 20.0
    """From the start of a request whose outcome is unknown to the list that is sent once more."""
    echo: float | None = None
    """From the first list after a takeover in a fleet to the same list once more: the former leader's last one may
    come late."""
    bytes_a_second: float = 250_000.0
    """A longer list waits longer for the next one."""


class Schedule:
    """The schedule for one server. `now` is in seconds on the agent's clock and never decreases."""

    def __init__(self, policy: ReportPolicy, chance: Callable[[], float], *, now: float) -> None:
        self.policy = policy
        self._chance = chance
        self.refused = RefusedNumbers()
        self._offered: tuple[NumberEntry, ...] = ()
        """The newest set that was offered and is known to name each number and port_id once."""
        self._list: SendNumbersOnline | None = None
        """The report of the newest list: as long as the list stays the same, its body is not built again."""
        self._wanted: tuple[NumberEntry, ...] | None = None
        self._sent: tuple[NumberEntry, ...] = ()
        """The set that was sent last; that the server has it is known only while `_certain`."""
        self._certain = False
        self._list_due = True
        """The full list is due at once: it was never sent, or a single step was refused."""
        self._leaving: dict[NumberEntry, float] = {}
        self._joining: dict[NumberEntry, float] = {}
        self._steps: frozenset[NumberEntry] = frozenset()
        """The changes that the incremental report in progress still has to send."""
        self._in_flight: Message | None = None
        self._removes = False
        """The request in progress may take a number away."""
        self._repeats: tuple[float, ...] = ()
        """When the list is to be sent once more, for each request whose outcome is unknown."""
        self._listed_at = _NEVER
        """When a whole list was last sent."""
        self._abandoned = False
        """The request in progress went to a server that is no longer configured."""
        self._sent_at = _NEVER
        self._heartbeat_sent_at = _NEVER
        self._pauses: Iterator[float] | None = None
        self._retry_at: float | None = None
        self._accepted_at = now
        self._missed = 0
        self._aside = False
        """Another host of the fleet reports."""
        self._echo_owed = False
        self._size = 0
        """Bytes of the request that was sent last."""

    @property
    def wanted(self) -> tuple[NumberEntry, ...] | None:
        """The newest set that was offered, without what is held back; None while held."""
        return self._wanted

    @property
    def confirmed(self) -> bool:
        """Whether Onlinesim has accepted the last report; False in the test modes."""
        return self._certain

    @property
    def emptied(self) -> bool:
        """Whether Onlinesim is known to have none of the numbers."""
        return self._certain and not self._sent and not self._repeats

    @property
    def retry_at(self) -> float | None:
        """When the pause after a failure is over, None where there is none."""
        return self._retry_at

    @property
    def heartbeat_at(self) -> float | None:
        """When the heartbeat is due, or the pause after a failure over; None before the first report."""
        if self._heartbeat_sent_at == _NEVER or self._aside:
            return None
        return max(self._heartbeat_sent_at + self.policy.heartbeat, self._retry_at or _NEVER)

    def missed_windows(self, now: float) -> int:
        """Return how many whole windows have passed in which no report was accepted, and this host should report."""
        passed = max(0.0, now - self._accepted_at) // self.policy.window
        return self._missed + (0 if self._aside else int(passed))

    def stand_aside(self, now: float) -> None:
        """Take note that another host of the fleet reports from now on: nothing is missed here."""
        self._missed = self.missed_windows(now)
        self._aside = True
        self._repeats = ()

    def take_over(self, heard_at: float | None, now: float) -> None:
        """Take note that this host reports for the fleet from now on: the whole list is owed at once, and once more.

        `heard_at`: when Onlinesim accepted the last report of the host that did so before, None where that is unknown.
        """
        self._aside = False
        self._accepted_at = now if heard_at is None else min(heard_at, now)
        self._retry_at = self._pauses = None
        self._echo_owed = self.policy.echo is not None
        self.want_list()

    def offer(self, entries: Iterable[NumberEntry] | None, now: float) -> None:
        """Set what is live now; None while that is unknown. Raises ValueError if a number or port_id is there twice."""
        wanted = None if entries is None else tuple(entries)
        if wanted is not None:
            if wanted != self._offered:
                # Raises here, where the caller is at fault; most often it is what is sent next.
                self._list = SendNumbersOnline(numbers=wanted, test=self.policy.test)
                self._offered = wanted
            self._interrupt_search(wanted, now)
        self._want(wanted, now)

    def reconfigure(self, policy: ReportPolicy) -> None:
        """Follow another policy, or report to another server: the full list is due at once."""
        self.policy = policy
        self._retry_at = self._pauses = None
        self.refused.forget()
        self.want_list()
        self._abandoned = self._in_flight is not None

    def doubt(self, now: float) -> None:
        """Take note that Onlinesim lacks a number that it has accepted.

        In incremental mode nothing else would bring it back, so the whole list is due, at most once in a heartbeat.
        """
        if self.policy.mode is Mode.INCREMENTAL and now >= self._listed_at + self.policy.heartbeat:
            self.want_list()

    def want_list(self) -> None:
        """Send the whole list next, whatever was accepted, though single steps would do."""
        self._list_due, self._certain = True, False

    def due(self) -> float | None:
        """Return when the next request is due, -inf for at once; None while held or in flight."""
        if self._wanted is None or self._in_flight is not None:
            return None
        if self._retry_at is not None:
            return max(self._retry_at, self.gap_ends())
        if self._steps_left():
            return _NEVER
        if self.refused.searching:
            return self.gap_ends()
        times = [_NEVER if self._list_due else self._heartbeat_sent_at + self.policy.heartbeat]
        times += self._repeats
        times += [since + self.policy.collect_removals for since in self._leaving.values()]
        times += [since + self.policy.collect_joins for since in self._joining.values()]
        return max(min(times), self.gap_ends())

    def take(self, now: float) -> Message | None:
        """Return the request that is due, None where none is. It is in flight until `finished`."""
        due = self.due()
        if due is None or due > now:
            return None
        changes_known, removal = self._certain, bool(self._leaving)
        message = self._next_message(now)
        if not isinstance(message, AddNumber | RemoveNumber) and not _is_part(message):
            self._heartbeat_sent_at = now
        if _is_list(message):
            self._listed_at = now
            self._removes = removal or not changes_known
            self._repeats = tuple(at for at in self._repeats if at > now)
            if self._echo_owed and self.policy.echo is not None:
                self._repeats, self._echo_owed = (*self._repeats, now + self.policy.echo), False
        else:
            self._removes = isinstance(message, RemoveNumber)
        self._retry_at = None
        self._sent_at = now
        self._size = message.size if isinstance(message, SendNumbersOnline) else len(message.body or b"")
        self._in_flight = message
        self._compare(now)
        return message

    def give_up_at(self) -> float | None:
        """Return when the request in flight is to be given up, None for never: a removal waits for its end.

        One that may take a number away itself is never given up for another's sake, or a slow server would get none.
        """
        if self._in_flight is None or self._removes or self._wanted is None or not self._leaving:
            return None
        waits_since = min(self._leaving.values()) + self.policy.collect_removals
        return max(waits_since, self._sent_at + self.policy.give_up)

    def finished(self, outcome: Outcome, now: float) -> None:
        """Take the outcome of the request in flight."""
        message, self._in_flight = self._in_flight, None
        if message is None:
            raise RuntimeError("no request is in flight")
        if isinstance(outcome, Failed) and outcome.unknown and message.test is None:
            self._repeats = (*self._repeats, self._sent_at + self.policy.repeat)
        if self._abandoned:
            self._abandoned = False
            return
        if isinstance(outcome, Failed):
            self._back_off(outcome, now)
        else:
            self._pauses = None
        if isinstance(outcome, Accepted):
            self._accepted(message, now)
        elif not _is_part(message):
            self._certain = False
            self._list_due |= isinstance(outcome, Refusal) and not isinstance(message, SendNumbersOnline)
        self._list_due |= self.refused.answered(message, outcome, now)
        self._interrupt_search(self._wanted, now)
        self._want(self._wanted, now)

    def withdraw(self, now: float) -> SendNumbersOnline:
        """Return the empty list, which withdraws everything. It is in flight until `finished`."""
        self.offer((), now)
        self._in_flight = SendNumbersOnline(numbers=(), test=self.policy.test)
        self._removes, self._list_due = True, False
        self._sent_at = self._heartbeat_sent_at = now
        self._sent = ()
        return self._in_flight

    def gap_ends(self) -> float:
        """Return the earliest time for another request."""
        return self._sent_at + max(self.policy.gap, self._size / self.policy.bytes_a_second)

    def _next_message(self, now: float) -> Message:
        if self._steps_left():
            return self._next_step(now)
        if self.refused.searching:
            return self.refused.next()
        if self._certain and self._steps_suffice() and not self._repeat_due(now):
            self._steps = frozenset(self._changes())
            return self._next_step(now)
        self._list_due = False
        self._certain = False
        self._sent = self._wanted or ()
        if self._list is None or (self._list.numbers, self._list.test) != (self._sent, self.policy.test):
            self._list = SendNumbersOnline(numbers=self._sent, test=self.policy.test)
        return self._list

    def _repeat_due(self, now: float) -> bool:
        return any(at <= now for at in self._repeats)

    def _want(self, wanted: tuple[NumberEntry, ...] | None, now: float) -> None:
        self._wanted = None if wanted is None else self.refused.without(wanted, now)
        self._compare(now)

    def _interrupt_search(self, wanted: tuple[NumberEntry, ...] | None, now: float) -> None:
        """A removal has to be reported at once, and a search must not hold up the heartbeat of what is accepted."""
        heartbeat = now >= self._heartbeat_sent_at + self.policy.heartbeat
        if wanted is not None and self.refused.interrupted(wanted, now, heartbeat=heartbeat):
            self._list_due = True

    def _next_step(self, now: float) -> Message:
        """Choose the next step: the heartbeat first, then removals, so that the server never has too many numbers."""
        was_heartbeat = self._sent_at == self._heartbeat_sent_at
        if now >= self._heartbeat_sent_at + self.policy.heartbeat and not was_heartbeat:
            return CheckWork()
        if self._leaving:
            return RemoveNumber(number=next(iter(self._leaving)).number)
        joining = next((entry for entry in self._joining if entry in self._steps), None)
        return CheckWork() if joining is None else AddNumber(entry=joining)

    def _steps_suffice(self) -> bool:
        """Return whether single steps can do it: no entry is altered in its place, and this is not a test."""
        if self.policy.mode is not Mode.INCREMENTAL or self.policy.test is not None:
            return False
        places = {(entry.number, entry.port_id) for entry in self._sent}
        return not any((entry.number, entry.port_id) in places for entry in self._joining)

    def _steps_left(self) -> bool:
        """Return whether the incremental report in progress has steps left."""
        return self._certain and bool(self._steps)

    def _changes(self) -> list[NumberEntry]:
        return [*self._leaving, *self._joining]

    def _accepted(self, message: Message, now: float) -> None:
        self._certain = not self._list_due
        if isinstance(message, AddNumber):
            self._sent = (*self._sent, message.entry)
        elif isinstance(message, RemoveNumber):
            self._sent = tuple(entry for entry in self._sent if entry.number != message.number)
        else:
            if isinstance(message, SendNumbersOnline):
                self._sent = message.numbers
            # Whether a single step counts as a heartbeat is not documented, so it does not count here.
            self._missed = self.missed_windows(now)
            self._accepted_at = now

    def _back_off(self, failed: Failed, now: float) -> None:
        if failed.kind is FailureKind.GIVEN_UP:  # it is no trouble of the server's, and a removal waits
            return
        self._pauses = self._pauses or backoff(self._chance)
        left = self.policy.window - (now - self._accepted_at) % self.policy.window
        asked = min(failed.retry_after or 0.0, max(0.0, left - self.policy.last_try))
        self._retry_at = now + max(next(self._pauses), asked)

    def _compare(self, now: float) -> None:
        """Note since when the newest set differs from the one that was sent."""
        wanted = self._wanted or ()
        if wanted == self._sent:  # cheap, for the entries of an unchanged list are the same objects
            self._leaving, self._joining, self._steps = {}, {}, frozenset()
            return
        gone, new = difference(self._sent, wanted)
        places = {(entry.number, entry.port_id) for entry in new} if gone else set()
        known = set(gone)
        leaving = [entry for entry in gone if (entry.number, entry.port_id) not in places]
        self._leaving = {entry: self._leaving.get(entry, now) for entry in leaving}
        self._joining = {entry: self._joining.get(entry, now) for entry in new if entry not in known}
        self._steps &= frozenset(self._changes())


def _is_list(message: Message) -> bool:
    return isinstance(message, SendNumbersOnline) and not message.part


def _is_part(message: Message) -> bool:
    return isinstance(message, SendNumbersOnline) and message.part
