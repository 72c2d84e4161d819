"""All modules of this host: a watcher for each, and one decision over their states."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Final

from agent.bank.member import Member, NumberLookup
from agent.bank.name_texts import CONTESTED
from agent.bank.names import NameRefused
from agent.bank.open_module import Connect
from agent.bank.place import Place
from agent.bank.supervisor import Supervisor
from agent.bank.ussd import UssdQuery
from agent.bank.watcher import Watcher
from agent.decision.liveset import live_set
from agent.decision.module_state import ModuleState, extend_lease
from agent.decision.reporting import Gate, Reporting, too_late
from agent.decision.verdict import Decision, Memory, Policy, Reason
from agent.numbers.told import ToldNumbers
from drivers.observation import NumberReading, Observation, PortState

_log = logging.getLogger(__name__)

LIST_PORTS_EVERY: Final = 1.0
"""Seconds; udev's events only make it sooner."""
DECIDE_WITHIN: Final = 0.003
"""Seconds for which observations are collected: one decision over 64 modules takes 0.4 ms."""
LONGEST_SLEEP: Final = 1.0
"""Seconds; longer timers are split, for they stop while the machine sleeps, and leases do not."""

_NOT_READY_YET: Final = frozenset({Reason.SETTLING, Reason.SIM_NOT_READY})

ListPlaces = Callable[[], Awaitable[Sequence[Place]]]
"""Returns a place for each module that is there, and for each that was. Raises NameClash at the first call."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PollIntervals:
    """Seconds between two polls of a module."""

    poll: float = 10.0
    settling: float = 2.0
    """For a module that will join soon, or whose SIM another module reports too (docs/design.md §4)."""
    answer_timeout: float = 5.0
    """How long a live module has to answer after the process stood still."""


class Bank:
    """Keeps a watcher running for each place of the roster, and decides whenever anything may change a verdict."""

    def __init__(
        self,
        *,
        roster: ListPlaces,
        connect: Connect,
        lookup: NumberLookup,
        policy: Policy,
        intervals: PollIntervals,
        clock: Callable[[], float],
        memory: Memory | None = None,
        standing: bool = False,
        on_decision: Callable[[Decision], None],
        told: ToldNumbers | None = None,
    ) -> None:
        """`told` is what the modules told in earlier runs, by the keys of their places.

        `standing`: an earlier run left numbers standing at Onlinesim.
        """
        self.members: dict[str, Member] = {}
        self.policy = policy
        self.intervals = intervals
        self.ports_listed_at = clock()
        """When the ports were last listed, on the agent's clock; at first the start."""
        self._roster = roster
        self._connect = connect
        self._lookup = lookup
        self._clock = clock
        self._on_decision = on_decision
        self._told = told or ToldNumbers()
        self._memory = memory or Memory()
        self.decision = live_set({}, self._memory, policy, clock())
        self._gate = Gate(clock(), standing)
        self._turned_at = clock()
        """When the loop last had a turn for the bank, a second ago at most unless the process stands still."""
        self._ports_changed = asyncio.Event()
        self._applied: tuple[Place, ...] | None = None
        """The places of which `members` are made; None when settings or names may be others."""
        self._supervisor = Supervisor(clock=clock, on_failure=self._on_failure, on_restart=self.ports_changed)
        self._pending: asyncio.Handle | None = None
        self._timer: asyncio.TimerHandle | None = None

    async def run(self) -> None:
        """Watch all modules until cancelled."""
        try:
            while True:
                places = tuple(await self._roster())
                if places != self._applied:
                    self._applied = places
                    await asyncio.sleep(0)  # arranging a thousand was a long turn already
                    if self._applied is places:  # else names or settings are others since
                        self._apply_roster(places)
                        self._decide_soon()
                elif not self._gate.wide_open:
                    self._decide_soon()  # what may be reported changes with time, though no verdict does
                await self._supervisor.start(self.members.values())
                self.ports_listed_at = self._clock()
                await self._until_ports_change()
        finally:
            await self._stop()

    def ports_changed(self) -> None:
        """List the ports now: one came or went."""
        self._ports_changed.set()

    def reconfigure(
        self, *, roster: ListPlaces, lookup: NumberLookup, policy: Policy, intervals: PollIntervals
    ) -> None:
        """Apply other settings; modules whose place did not change are not disturbed."""
        self._roster, self._lookup, self.policy, self.intervals = roster, lookup, policy, intervals
        self._applied = None
        for member in self.members.values():
            member.resolve(self._lookup, self._told)
            if member.watcher is not None:
                member.watcher.cancel_ussd()  # the new settings may have no such query
        self.ports_changed()
        self.decide()

    def ask_network(self, name: str, query: UssdQuery) -> None:
        """Ask the network for the number of the SIM in a module, after the module's next poll."""
        watcher = self._watcher_of(name)
        if watcher is not None:
            watcher.schedule_ussd(query, partial(self._add_number, name, query.iccid))

    def _add_number(self, name: str, iccid: str, number: NumberReading) -> None:
        member = self.members.get(name)
        if member is not None and member.add_number(iccid, number):
            member.resolve(self._lookup, self._told)
            self._decide_soon()

    @property
    def reporting(self) -> Reporting:
        """What may be reported of the newest decision."""
        if self._gate.wide_open:
            return Reporting.OPEN
        waiting, now = self._waiting(), self._clock()
        self._gate = self._gate.after(self._states(), now, waiting=waiting)
        return self._gate.reporting(now, waiting=waiting)

    @property
    def was_answered(self) -> bool:
        """Whether a module of this run has given a definite answer."""
        return self._gate.heard_at is not None

    def withdrawn(self) -> None:
        """Take note that what an earlier run left at Onlinesim was withdrawn."""
        self._gate = self._gate.withdrawn()

    def _waiting(self) -> bool:
        return not self.members or any(map(self.waits_for, self.members))

    def _states(self) -> dict[str, ModuleState]:
        return {name: module.state for name, module in self.decision.modules.items()}

    def waits_for(self, name: str) -> bool:
        """Whether a module is unprobed, booting or settling: its verdict is not final yet."""
        verdict = self.decision.verdicts.get(name)
        if verdict is None or verdict.reason in _NOT_READY_YET:
            return True
        if verdict.reason is not Reason.SILENT:
            return False
        # A port that was tried and is mute is known: one that hangs in the kernel must not hold up all others.
        state = self.decision.modules[name].state
        return state.answered_at is None and state.port is not PortState.MUTE

    def decide(self) -> Decision:
        """Decide now; for callers that must not use what was decided before a long sleep."""
        if self._pending is not None:
            self._pending.cancel()
            self._pending = None
        before, now = self.decision, self._clock()
        if self._stood_still(now):
            self._ask_again(now - self._turned_at, now)
        self._turned_at = now
        inputs = {name: member.input() for name, member in self.members.items()}
        self.decision = live_set(inputs, self._memory, self.policy, now)
        self._memory = self.decision.memory
        for name in self.decision.judged:
            self.members[name].decided(self.decision.modules[name])
        self._wake_watchers(before)
        self._set_timer()
        self._on_decision(self.decision)
        return self.decision

    def _stood_still(self, now: float) -> bool:
        return too_late(
            now - self._turned_at,
            lease=self.policy.lease,
            poll=self.intervals.poll,
            answer_timeout=self.intervals.answer_timeout,
        )

    def _ask_again(self, gap: float, now: float) -> None:
        """The process stood still: ask each live module before its lease is judged, and before the next report."""
        live = [name for name in self.decision.live if name in self.members]
        if not live:
            return
        until = now + self.intervals.answer_timeout
        self._gate = self._gate.paused(live, now, answer_timeout=self.intervals.answer_timeout)
        for name in live:
            member = self.members[name]
            member.state = extend_lease(member.state, until - self.policy.lease)
            if member.watcher is not None:
                member.watcher.poll_now()
        _log.warning(
            "the agent was paused for %.0f s (stopped, suspended or without CPU); each live module is polled before"
            " the next report",
            gap,
        )

    def _wake_watchers(self, before: Decision) -> None:
        for name in self.decision.poll_now:
            if (watcher := self._watcher_of(name)) is not None:
                watcher.poll_now()
        for name in self.decision.judged:
            earlier = before.verdicts.get(name)
            changed = earlier is None or earlier.reason is not self.decision.verdicts[name].reason
            if changed and (watcher := self._watcher_of(name)) is not None:
                watcher.wake()

    def _apply_roster(self, places: Sequence[Place]) -> None:
        known = {place.name: place for place in places}
        for name in [name for name in self.members if name not in known]:
            self._supervisor.remove(self.members.pop(name))
        for name, place in known.items():
            member = self.members.get(name)
            if member is None or not _same_treatment(member.place, place):
                if member is not None:
                    self._supervisor.remove(self.members.pop(name))
                self._add(place)
            elif member.place != place:
                if member.place.native and member.place.ports and not place.ports:
                    self._restarted(member)
                if member.watcher is not None:
                    member.watcher.move(place)
            self.members[name].place = place  # equal ones too: they have the siblings of this roster

    def _add(self, place: Place) -> None:
        member = Member(place)
        now = self._clock()
        member.take(Observation(module=place.name, at=now, port=PortState.UNPROBED), now)
        self.members[place.name] = member
        self._watch(member)

    def _watch(self, member: Member) -> None:
        """Give the module a watcher of its own, unless it must not be opened."""
        if not member.place.enabled:
            return
        name = member.place.name

        def publish(seen: Observation) -> None:
            # What comes late from a watcher that was replaced may bear a name that another module has by now.
            if self.members.get(name) is member and member.watcher is watcher:
                self._publish(seen)

        watcher = member.watcher = Watcher(
            member.place,
            connect=self._connect,
            clock=self._clock,
            publish=publish,
            interval=lambda: self._interval_of(name),
            second_look=lambda: self._lacks_a_look(name),
        )

    def check_rename(self, names: Iterable[str]) -> None:
        """Raise NameRefused while one of these modules contests a SIM: what counts against it has its name."""
        for name in names:
            if self._memory.contests.concern(name):
                raise NameRefused(CONTESTED.format(name=name))

    def rename(self, names: Mapping[str, str]) -> None:
        """Call modules otherwise from now on, all at once; `names` has the new name of each by the old one.

        What is known of them stays, so that no number leaves for it. To be called after `check_rename`.
        """
        members = {names.get(name, name): member for name, member in self.members.items()}
        for name, member in members.items():
            if member.place.name != name:
                self._supervisor.remove(member)
                member.place = replace(member.place, name=name)
                self._watch(member)
        self.members, self._memory = members, self._memory.renamed(names)
        self._gate = self._gate.renamed(names)
        self._applied = None
        self.ports_changed()
        self.decide()

    def _on_failure(self, name: str, detail: str) -> None:
        self._publish(Observation(module=name, at=self._clock(), port=PortState.UNPROBED, detail=detail))

    def _publish(self, seen: Observation) -> None:
        member = self.members.get(seen.module)
        if member is None:
            return
        member.take(seen, self._clock())
        if seen.restarted or seen.settings_lost:
            self._restarted(member)
        member.resolve(self._lookup, self._told)
        if member.tells_of_sibling(seen):
            self.ports_changed()
        self._decide_soon()

    def _restarted(self, member: Member) -> None:
        """Forget what the module told before it restarted: it may have been the number of an earlier card."""
        member.numbers = None
        self._told.restarted(member.place.key, imei=member.imei)

    def _decide_soon(self) -> None:
        """Decide once for all observations of a moment."""
        if self._pending is None:
            self._pending = asyncio.get_running_loop().call_later(DECIDE_WITHIN, self.decide)

    def _set_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if self.decision.due is not None:
            wait = min(max(0.0, self.decision.due - self._clock()), LONGEST_SLEEP)
            self._timer = asyncio.get_running_loop().call_later(wait, self._turn)

    def _turn(self) -> None:
        """Decide where it is due, or the process stood still; else wait on."""
        now, due = self._clock(), self.decision.due
        if (due is not None and now >= due) or self._stood_still(now):
            self.decide()
        else:
            self._turned_at = now
            self._set_timer()

    def _interval_of(self, name: str) -> float:
        verdict = self.decision.verdicts.get(name)
        soon = verdict is not None and verdict.reason in {Reason.SETTLING, Reason.DUPLICATE_SIM}
        return min(self.intervals.settling, self.intervals.poll) if soon else self.intervals.poll

    def _lacks_a_look(self, name: str) -> bool:
        """Whether a SIM would be live if it had been seen twice: with a `settle` there is time for that anyway."""
        verdict = self.decision.verdicts.get(name)
        settling = verdict is not None and verdict.reason is Reason.SETTLING
        return settling and self.policy.settle == 0 and self.decision.modules[name].state.equal == 1

    def _watcher_of(self, name: str) -> Watcher | None:
        member = self.members.get(name)
        return member.watcher if member is not None else None

    async def _until_ports_change(self) -> None:
        try:
            async with asyncio.timeout(LIST_PORTS_EVERY):
                await self._ports_changed.wait()
        except TimeoutError:
            pass
        self._ports_changed.clear()

    async def _stop(self) -> None:
        for handle in (self._pending, self._timer):
            if handle is not None:
                handle.cancel()
        await self._supervisor.stop(self.members.values())


def _same_treatment(one: Place, other: Place) -> bool:
    """Whether places differ in nothing but ports and position, so that the watcher may go on."""
    return _treatment(one) == _treatment(other)


def _treatment(place: Place) -> Place:
    return replace(place, ports=(), order=0, group="", template="", native=False, unlisted="", merged=False)
