"""All modules of this host: a watcher for each, and one decision over what they say.

Responsible for keeping a watcher at work for every place of the roster, and for calling `live_set` whenever
something was said or time alone changes a verdict.
Must not know serial ports, how numbers are found, nor to whom the live set is told.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Final

from agent.bank.member import Member, NumberLookup
from agent.bank.place import Place
from agent.bank.ussd import DueQuery
from agent.bank.watcher import Connect, Watcher
from agent.decision.liveset import live_set
from agent.decision.verdict import Decision, Memory, Policy, Reason
from drivers.observation import NumberReading, Observation, PortState

_log = logging.getLogger(__name__)

LOOK_AT_PORTS: Final = 1.0
"""Seconds between two looks at which ports there are; udev's events only make it sooner."""
FIRST_REPORT_AT_LATEST: Final = 90.0
"""Seconds after the start from which the live set is told even if a module is not yet ready (docs/design.md §4)."""
AGAIN_AFTER_DEATH: Final = (1.0, 2.0, 5.0, 10.0, 20.0)
"""Seconds until a watcher that died is started again; the last for every further time."""
LIVED_LONG: Final = 60.0
"""Seconds after which a death is no longer one of a series."""
DECIDE_WITHIN: Final = 0.003
"""Seconds for which news is gathered: a whole bank speaks at once, and one decision over 64 modules takes 0.4 ms."""
LONGEST_SLEEP: Final = 1.0
"""Timers stand still while the machine sleeps, leases do not: so look at the clock this often, in seconds."""

_NOT_READY_YET: Final = frozenset({Reason.SETTLING, Reason.SIM_NOT_READY})

Roster = Callable[[], Awaitable[Sequence[Place]]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """Seconds between two looks at a module."""

    poll: float = 10.0
    settling: float = 2.0
    """For a module that will join soon, or whose word contradicts another's (docs/design.md §4)."""


class Bank:
    """Watches every module of the roster and keeps the decision."""

    def __init__(
        self,
        *,
        roster: Roster,
        connect: Connect,
        whose: NumberLookup,
        policy: Policy,
        pace: Pace,
        clock: Callable[[], float],
        memory: Memory | None = None,
        on_decision: Callable[[Decision], None],
    ) -> None:
        self.members: dict[str, Member] = {}
        self.policy = policy
        self.pace = pace
        self.beat = clock()
        """When the bank last made progress, on the agent's clock."""
        self._roster = roster
        self._connect = connect
        self._whose = whose
        self._clock = clock
        self._on_decision = on_decision
        self._memory = memory or Memory()
        self.decision = live_set({}, self._memory, policy, clock())
        self._started = clock()
        self.knows_ports = False
        """Whether the ports were looked at since the start."""
        self._complete_start = False
        self._ports_changed = asyncio.Event()
        self._pending: asyncio.Handle | None = None
        self._timer: asyncio.TimerHandle | None = None

    async def run(self) -> None:
        """Watch all modules until cancelled."""
        try:
            while True:
                self._take_roster(await self._roster())
                self.knows_ports = True
                self._revive()
                self.beat = self._clock()
                await self._until_ports_change()
        finally:
            await self._stop()

    def ports_changed(self) -> None:
        """Look at the ports now: somebody saw one come or go."""
        self._ports_changed.set()

    def reconfigure(self, *, roster: Roster, whose: NumberLookup, policy: Policy, pace: Pace) -> None:
        """Go on under other rules; modules whose place did not change are not disturbed."""
        self._roster, self._whose, self.policy, self.pace = roster, whose, policy, pace
        for member in self.members.values():
            member.resolve(self._whose)
            if member.watcher is not None:
                member.watcher.call_off()  # the other rules may know no such question
        self.ports_changed()
        self.decide()

    def ask_network(self, name: str, wanted: DueQuery) -> None:
        """Ask the network for the number of the SIM in a module, between two looks at it."""
        watcher = self._watcher_of(name)
        if watcher is not None:
            watcher.send_on(wanted, partial(self._number_told, name, wanted.iccid))

    def _number_told(self, name: str, iccid: str, said: NumberReading) -> None:
        member = self.members.get(name)
        if member is not None and member.add_number(iccid, said):
            member.resolve(self._whose)
            self._decide_soon()

    @property
    def ready_to_report(self) -> bool:
        """Whether the first report may be sent: no module is unprobed, booting or settling, or time is up."""
        if not self._complete_start:
            waited = self._clock() - self._started >= FIRST_REPORT_AT_LATEST
            probed = bool(self.members) and not any(map(self.waits_for, self.members))
            self._complete_start = waited or probed
        return self._complete_start

    def waits_for(self, name: str) -> bool:
        """Whether a module is unprobed, booting or settling: its verdict says nothing yet."""
        verdict = self.decision.verdicts.get(name)
        if verdict is None or verdict.reason in _NOT_READY_YET:
            return True
        standing = self.decision.memory.standings.get(name)
        if verdict.reason is not Reason.SILENT or standing is None:
            return verdict.reason is Reason.SILENT
        # A port that was tried and is mute is known: one that hangs in the kernel must not hold up all others.
        return standing.word_at is None and standing.port is not PortState.MUTE

    def decide(self) -> Decision:
        """Decide now; for those who must not act on what was decided before a long sleep."""
        if self._pending is not None:
            self._pending.cancel()
            self._pending = None
        before = self.decision
        for member in self.members.values():
            member.undecided = False
        sightings = {name: member.sighting() for name, member in self.members.items()}
        self.decision = live_set(sightings, self._memory, self.policy, self._clock())
        self._memory = self.decision.memory
        for name in self.decision.ask_again:
            if (watcher := self._watcher_of(name)) is not None:
                watcher.look_again()
        for name, verdict in self.decision.verdicts.items():
            earlier = before.verdicts.get(name)
            changed = earlier is None or earlier.reason is not verdict.reason
            if changed and (watcher := self._watcher_of(name)) is not None:
                watcher.stir()
        self._set_timer()
        self._on_decision(self.decision)
        return self.decision

    def _take_roster(self, places: Sequence[Place]) -> None:
        known = {place.name: place for place in places}
        for name in [name for name in self.members if name not in known]:
            self._dismiss(name)
        for name, place in known.items():
            member = self.members.get(name)
            if member is None or not _same_treatment(member.place, place):
                if member is not None:
                    self._dismiss(name)
                self._welcome(place)
            elif member.place != place:
                member.place = place
                if member.watcher is not None:
                    member.watcher.move(place)
        self._decide_soon()

    def _welcome(self, place: Place) -> None:
        unasked = Observation(module=place.name, at=self._clock(), port=PortState.UNPROBED)
        member = Member(place, unasked)
        self.members[place.name] = member
        if place.enabled:
            member.watcher = Watcher(
                place,
                connect=self._connect,
                clock=self._clock,
                tell=self._tell,
                pace=lambda: self._pace_of(place.name),
            )

    def _dismiss(self, name: str) -> None:
        member = self.members.pop(name)
        if member.task is not None:
            member.task.cancel()

    def _revive(self) -> None:
        """Start the watchers that are not at work: new ones, and any that died."""
        for name, member in self.members.items():
            if member.watcher is not None and member.task is None:
                member.started_at = self._clock()
                member.task = asyncio.create_task(member.watcher.run(), name=f"watcher {name}")
                member.task.add_done_callback(partial(self._watcher_ended, name))

    def _watcher_ended(self, name: str, task: asyncio.Task[None]) -> None:
        if task.cancelled():
            return
        member = self.members.get(name)
        if member is None or member.task is not task:
            return
        member.deaths = 1 if self._clock() - member.started_at >= LIVED_LONG else member.deaths + 1
        pause = AGAIN_AFTER_DEATH[min(member.deaths, len(AGAIN_AFTER_DEATH)) - 1]
        level, words = logging.ERROR, "%s: its watcher died and is started again in %g s"
        if member.deaths > 1:  # the traceback was told
            level, words = logging.WARNING, words + f" (death {member.deaths} in a row)"
        _log.log(level, words, name, pause, exc_info=task.exception() if member.deaths == 1 else None)
        detail = f"the agent failed here: {task.exception()!r}"
        self._tell(Observation(module=name, at=self._clock(), port=PortState.UNPROBED, detail=detail))
        asyncio.get_running_loop().call_later(pause, self._bury, member)

    def _bury(self, member: Member) -> None:
        member.task = None
        self.ports_changed()

    def _tell(self, seen: Observation) -> None:
        member = self.members.get(seen.module)
        if member is None:
            return
        if member.undecided:
            self.decide()  # an observation that nobody weighed must not be overwritten by the next
        member.take(seen)
        member.resolve(self._whose)
        self._decide_soon()

    def _decide_soon(self) -> None:
        """Decide once for everything that is said in a moment."""
        if self._pending is None:
            self._pending = asyncio.get_running_loop().call_later(DECIDE_WITHIN, self.decide)

    def _set_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if self.decision.due is not None:
            wait = min(max(0.0, self.decision.due - self._clock()), LONGEST_SLEEP)
            self._timer = asyncio.get_running_loop().call_later(wait, self.decide)

    def _pace_of(self, name: str) -> float:
        verdict = self.decision.verdicts.get(name)
        hurried = verdict is not None and verdict.reason in {Reason.SETTLING, Reason.DUPLICATE_SIM}
        return min(self.pace.settling, self.pace.poll) if hurried else self.pace.poll

    def _watcher_of(self, name: str) -> Watcher | None:
        member = self.members.get(name)
        return member.watcher if member is not None else None

    async def _until_ports_change(self) -> None:
        try:
            async with asyncio.timeout(LOOK_AT_PORTS):
                await self._ports_changed.wait()
        except TimeoutError:
            pass
        self._ports_changed.clear()

    async def _stop(self) -> None:
        for handle in (self._pending, self._timer):
            if handle is not None:
                handle.cancel()
        tasks = [member.task for member in self.members.values() if member.task is not None]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


def _same_treatment(one: Place, other: Place) -> bool:
    """Tell whether a place differs in nothing but its ports and its position, so that its watcher may go on."""
    return replace(one, ports=(), order=0, group="") == replace(other, ports=(), order=0, group="")
