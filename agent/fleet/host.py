"""One host of a fleet, as the agent uses it: what is live goes in, the list of all comes out while this host speaks."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Iterable
from typing import Final, Protocol

from agent.fleet.answers import EngineAway
from agent.fleet.conversation import Conversation
from agent.fleet.engine import Engine
from agent.fleet.fence import Fence
from agent.fleet.mark import RequestMark
from agent.fleet.own import OwnSim
from agent.fleet.picture import EngineSeen, fleet_state
from agent.fleet.reach import ABSTAIN
from agent.fleet.refusal_log import RefusalLog
from agent.fleet.standing import Standing
from agent.fleet.state import FleetState
from agent.fleet.trouble import trouble_in
from agent.fleet.words import Stage
from agent.language import current_language
from agent.onlinesim.messages import AddNumber, NumberEntry, RemoveNumber
from agent.onlinesim.report import Report

_log = logging.getLogger(__name__)

TICKS: Final = 10
"""Looks at the clock in each renewal: a lead ends by time alone, and so does a lease."""
STOP_WITHIN: Final = 1.0
"""Seconds for the last words to the engine."""
WATCHED: Final = 15.0
"""Seconds for which somebody who looked at the page is taken to look on."""
SAY_AGAIN: Final = 60.0
"""Seconds after which the log says again that the engine is away."""


class Events(Protocol):
    """What the agent does about what happens in the fleet."""

    def lead(self, heard_at: float | None) -> None:
        """Report for the fleet from now on; `heard_at`: when the last report of another host was accepted."""
        ...

    def stand_aside(self) -> None:
        """Leave the reports to another host."""
        ...

    def list_changed(self) -> None:
        """The list may be another than before."""
        ...

    def list_owed(self) -> None:
        """Send the whole list once more, at once."""
        ...

    def refresh(self) -> None:
        """Decide about this host's modules now, and offer what is live."""
        ...

    def joined(self) -> None:
        """The engine has taken this run for the host's."""
        ...


class Fleet:
    """This host in its fleet. Reads the mark of the last run from the disk when it is made."""

    def __init__(
        self,
        standing: Standing,
        engine: Engine,
        events: Events,
        *,
        mark: RequestMark,
        clock: Callable[[], float],
        chance: Callable[[], float],
    ) -> None:
        self.standing = standing
        self.takeovers = 0
        self.blind_s = 0.0
        self.fence = Fence(
            standing.election,
            margin=standing.settings.times.margin,
            clock=clock,
            mark=mark,
            on_late=self._late,
        )
        self._engine = EngineSeen(engine, clock())
        self._events = events
        self._clock = clock
        self._conversation = Conversation(
            engine, standing, self, clock=clock, chance=chance, watched=self._is_watched
        )
        self._refusals = RefusalLog(standing.settings.host)
        self._led = False
        self._led_until = 0.0
        self._changes_at: float | None = None
        self._last_word_for = 0.0
        self._watched_until = 0.0
        self._complained_at: float | None = None
        self._ticked_at = clock()

    @property
    def leads(self) -> bool:
        """Whether this host reports for all."""
        return self._led

    def state(self) -> FleetState:
        """Return the state of this moment, from memory."""
        return fleet_state(
            self.standing,
            self._engine,
            now=self._clock(),
            fenced=dict(self.fence.caught),
            takeovers=self.takeovers,
            blind_s=self.blind_s,
        )

    def watched(self) -> None:
        """Say that somebody looks at the page: for a while the hosts are read from the engine more often."""
        if not self._is_watched():
            self._conversation.wake()
        self._watched_until = self._clock() + WATCHED

    def offer(self, sims: Iterable[OwnSim] | None) -> None:
        """Set what is live on this host, None while that is not known. Raises ValueError."""
        if self.standing.own.offer(sims):
            self._conversation.wake()
            if self._led:
                self._events.list_changed()

    def current(self) -> tuple[NumberEntry, ...] | None:
        """Return the list of this moment; None while this host does not speak, or could lack somebody."""
        return self._list(hand_out=False)

    def newest(self) -> tuple[NumberEntry, ...] | None:
        """Return the same, decided anew and to be sent at once."""
        if self._led:
            self._events.refresh()
        return self._list(hand_out=True)

    def reported(self, report: Report) -> None:
        """Take a finished request to Onlinesim."""
        standing, now = self.standing, self._clock()
        if report.accepted and not isinstance(report.message, AddNumber | RemoveNumber):
            standing.accepted_at, standing.numbers = now, report.numbers
            standing.leadership.accepted()
        if not report.abandoned:
            sent_at = report.done_at - report.took
            standing.reach.took(report.outcome, accepted_at=standing.accepted_at, sent_at=sent_at)
        self._let_another_try(now)

    def set_modules(self, modules: int) -> None:
        """Have so many modules from now on."""
        self.standing.own.modules = self.standing.leadership.own_modules = modules

    def rekey(self, key: str, seal: Callable[[str], str]) -> None:
        """Report to another account from now on; see `Own`."""
        self.standing.own.rekey(key, seal)
        self.standing.election.rekey(key)
        self.standing.reach.forget()
        self._conversation.wake()

    async def run(self) -> None:
        """Take part until cancelled."""
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._conversation.run())
            tasks.create_task(self._watch_clock())

    async def leave(self) -> bool:
        """Withdraw this host's numbers from the list of all; return whether others' are in it."""
        self.standing.own.offer(())
        self._conversation.wake()
        self._events.list_changed()
        return self.standing.leadership.others_live(self._clock())

    async def stop(self, *, withdraw: bool) -> None:
        """Say the last words, after `run` has ended: another host may lead at once."""
        try:
            async with asyncio.timeout(STOP_WITHIN):
                await self._conversation.end(Stage.LEFT if withdraw else Stage.STOPPED)
        except (EngineAway, TimeoutError) as why:
            _log.warning(
                "fleet: the engine was not told that this host stops (%s)",
                trouble_in(str(why), current_language()),
            )
        finally:
            await self._conversation.close()
            self.fence.close()

    # What the conversation brings.

    def refresh(self) -> None:
        """Decide about this host's modules now."""
        self._events.refresh()

    def joined(self) -> None:
        """The engine has taken this run for the host's."""
        self._events.joined()

    def heard(self, *, answered: bool) -> None:
        """Something may be different; `answered`: the engine was asked, and answered."""
        now = self._clock()
        if answered:
            self._engine.answered(now)
        if answered and self._complained_at is not None:
            self._complained_at = None
            _log.info("fleet: the engine answers again")
        self._judge(now)
        if self._led:
            self._changes_at = self.standing.leadership.changes_at(now)
            self._events.list_changed()

    def confessed(self) -> None:
        """Another host may have sent a list after its time."""
        if self._led:
            _log.warning("fleet: a host may have sent a list after its time; the whole list is sent again")
            self._events.list_owed()

    def away(self, why: str) -> None:
        """The engine gave no usable answer."""
        now = self._clock()
        self._engine.failed(why, now)
        due = self._complained_at is None or now >= self._complained_at + SAY_AGAIN
        if due and self.standing.cut_off(now):
            self._complained_at = now
            _log.error("fleet: the engine does not answer: %s", trouble_in(why, current_language()))
        self._judge(now)

    # What time brings.

    async def _watch_clock(self) -> None:
        while True:
            await asyncio.sleep(self.standing.settings.times.renew / TICKS)
            now = self._clock()
            if self._led and self.standing.ledger.blind(now):
                self.blind_s += now - self._ticked_at
            self._ticked_at = now
            self._judge(now)
            if self._led:
                self._say_last_word(now)
                self._let_another_try(now)
                if self._changes_at is not None and now >= self._changes_at:
                    self._changes_at = self.standing.leadership.changes_at(now)
                    self._events.list_changed()

    def _judge(self, now: float) -> None:
        """Notice that the lead was won or lost, and whether this host may take part."""
        self._refusals.note(self.standing.refused(now))
        election = self.standing.election
        leads = election.leads(now)
        if leads and not self._led:
            self._led = True
            self.takeovers += 1
            self.standing.leadership.begin()
            self.standing.reach.forget()
            _log.info("fleet: this host speaks for all from now on (epoch %d)", election.epoch)
            self._events.lead(self.standing.accepted_at)
        elif self._led and not leads:
            self._led = False
            _log.warning("fleet: this host does not speak for all any more")
            self._events.stand_aside()
            if now < self._led_until and self.fence.began_at >= election.renewed_at and not election.gave_up:
                self.fence.confess()
        if leads:
            self._led_until = election.deadline

    def _say_last_word(self, now: float) -> None:
        """Before a lead ends because the engine is away the list goes out once more, and then holds for a window."""
        times, deadline = self.standing.settings.times, self.standing.election.deadline
        accepted_at = self.standing.accepted_at
        if now < deadline - times.renew or deadline == self._last_word_for:
            return
        self._last_word_for = deadline
        if accepted_at is None or now - accepted_at > times.lease:
            _log.error(
                "fleet: no connection to the engine: the list is sent once more, and then nobody may speak"
            )
            self._events.list_owed()

    def _let_another_try(self, now: float) -> None:
        standing = self.standing
        if self._led and standing.reach.gives_up(now) and standing.leadership.successor(now):
            _log.error("fleet: this host does not reach Onlinesim; another one may try")
            standing.reach.forget()
            standing.gives_up = ABSTAIN
            self._conversation.turn()

    def _list(self, *, hand_out: bool) -> tuple[NumberEntry, ...] | None:
        now, election = self._clock(), self.standing.election
        may = election.budget(now) > 0 if hand_out else election.leads(now)
        if not may or self.standing.gives_up is not None:
            return None
        leadership, own = self.standing.leadership, self.standing.own.held
        listed = leadership.hand_out(own, now) if hand_out else leadership.current(own, now)
        return None if listed is None else listed.entries

    def _late(self) -> None:
        self._conversation.confess()

    def _is_watched(self) -> bool:
        return self._clock() < self._watched_until
