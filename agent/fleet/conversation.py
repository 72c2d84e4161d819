"""What a host says to the engine and asks it: the loop around `Standing`."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable
from typing import Final, Protocol

from agent.fleet.answers import EngineAway
from agent.fleet.engine import Engine
from agent.fleet.others import Others
from agent.fleet.standing import Standing
from agent.fleet.words import Stage

RETRY: Final = 1.0
"""Seconds, with jitter, until an engine that is away is tried again."""
SHOWN_A_SECOND: Final = 20
"""Hosts that a host which does not lead reads for its page: a thousand of them read each other."""


class Hearer(Protocol):
    """Who is told what the conversation brought."""

    def refresh(self) -> None:
        """Decide about this host's modules now: no beat goes out over what is older than a pause of the process."""
        ...

    def joined(self) -> None:
        """The engine has taken this run for the host's."""
        ...

    def heard(self, *, answered: bool) -> None:
        """Something may be different; `answered`: the engine was asked, and answered."""
        ...

    def confessed(self) -> None:
        """Another host may have sent a list after its time."""
        ...

    def away(self, why: str) -> None:
        """The engine gave no usable answer."""
        ...


class Conversation:
    """One host's conversation. `watched` says whether somebody wants to see all hosts."""

    def __init__(
        self,
        engine: Engine,
        standing: Standing,
        hearer: Hearer,
        *,
        clock: Callable[[], float],
        chance: Callable[[], float],
        watched: Callable[[], bool],
    ) -> None:
        self._engine = engine
        self._standing = standing
        self._hearer = hearer
        self._clock = clock
        self._chance = chance
        self._watched = watched
        self._woken = asyncio.Event()
        self._turn_at = clock()
        self._others = Others(engine, standing, clock)
        self._shown_at = clock()
        """When a host that does not lead may look at all others again."""
        self._confessions = 0

    def wake(self) -> None:
        """Go on at once: there is something to tell."""
        self._woken.set()

    def turn(self) -> None:
        """Take the next turn at once."""
        self._turn_at = self._clock()
        self._woken.set()

    def confess(self) -> None:
        """Have the leader send the whole list."""
        self._confessions += 1
        self._woken.set()

    async def run(self) -> None:
        """Talk until cancelled."""
        listening = asyncio.ensure_future(self._listen())
        try:
            while True:
                self._woken.clear()
                await self._go()
                await self._wait()
        finally:
            while (
                not listening.done()
            ):  # redis-py's own time-outs may swallow a cancellation that comes with them
                listening.cancel()
                await asyncio.wait([listening], timeout=0.1)

    async def end(self, stage: Stage) -> None:
        """Say the last words: how this host ends, and that others may lead. Raises EngineAway."""
        standing = self._standing
        if standing.joined:
            await self._beat(stage)
            if stage is Stage.LEFT:
                await self._tell(stage)
        hold = standing.election.release(self._clock(), told=standing.told(self._clock()))
        if hold is not None:
            await self._engine.hold(hold, ring=True)

    async def close(self) -> None:
        """Close the connection."""
        await self._engine.close()

    async def _go(self) -> None:
        before = self._engine.answers
        try:
            await self._talk()
        except EngineAway as why:
            self._hearer.away(str(why))
            self._turn_at = max(self._turn_at, self._clock() + RETRY * (0.5 + self._chance()))
        else:
            answered = self._engine.answers > before  # who was only woken may have asked nothing
            if answered:
                self._standing.answered_at = self._clock()
            self._hearer.heard(answered=answered)

    async def _talk(self) -> None:
        standing = self._standing
        self._hearer.refresh()
        if self._clock() >= self._turn_at or self._bids():
            self._turn_at = self._clock() + standing.settings.times.renew
            await self._turn()
        if self._confessions and not standing.election.leads(self._clock()):
            await self._engine.ring(f"s {standing.election.epoch}")
            self._confessions = 0
        if standing.joined and standing.stage(self._clock()) is None:
            await self._tell()
        news_at = self._others.news_at
        if news_at is not None and standing.election.leads(self._clock()) and self._clock() >= news_at:
            await self._others.look()

    def _bids(self) -> bool:
        at = self._standing.election.bid_at()
        return at is not None and self._clock() >= at and self._standing.may_bid()

    async def _turn(self) -> None:
        standing = self._standing
        pausing = standing.own.started and standing.own.held is None
        if pausing:
            asked_at = self._clock()
            record = await self._engine.record()
            self._read(record, asked_at)
        else:
            await self._beat(standing.stage(self._clock()))
        await self._vote()
        if standing.election.leads(self._clock()):
            await self._others.poll()
            await self._others.say()
        elif self._watched() and self._clock() >= self._shown_at:
            await self._others.poll()
            self._shown_at = self._clock() + len(standing.ledger.hosts) / SHOWN_A_SECOND

    async def _beat(self, stage: Stage | None) -> None:
        standing, asked_at = self._standing, self._clock()
        own, watched = standing.own, standing.watches()
        turn = await self._engine.turn(
            own.host, own.run, standing.name.allowed(asked_at), own.beat(stage), watched
        )
        self._read(turn.record, asked_at)
        if not turn.taken:
            standing.joined = False
            standing.name.refused(turn.other_beat, self._clock())
            return
        standing.name.taken()
        if not standing.joined:
            standing.joined = True
            self._hearer.joined()
        if not turn.has_set:
            own.forgotten()
        standing.heard(turn.said)
        if watched and turn.watched:
            self._others.shown(watched, turn.watched, asked_at)

    def _read(self, record: str, asked_at: float) -> None:
        engine = self._engine.about.identity
        self._standing.read(record, asked_at=asked_at, now=self._clock(), engine=engine)

    async def _tell(self, stage: Stage | None = None) -> None:
        own = self._standing.own
        held = own.untold
        if held is None:
            return
        if await self._engine.tell(own.host, own.run, own.beat(stage), held.text()):
            own.told(held)
        else:
            self._standing.joined = False

    async def _vote(self) -> None:
        standing, now = self._standing, self._clock()
        election, led = standing.election, standing.election.leads(now)
        if led and standing.gives_up is not None:
            hold = election.release(now, abstain=standing.gives_up, told=standing.told(now))
            led = False
        else:
            hold = election.renewal(now, standing.told(now))
            if hold is None and standing.may_bid():
                hold = election.bid(now)
        standing.gives_up = None
        if hold is None:
            return
        won, text, acked = await self._engine.hold(hold, acks=standing.settings.acks, ring=not led)
        if won:
            election.answered(hold, now=self._clock(), acked=acked)
        else:
            standing.read(text, asked_at=hold.sent_at, now=self._clock(), engine=hold.engine)

    async def _wait(self) -> None:
        now = self._clock()
        times = [self._turn_at]
        at = self._standing.election.bid_at()
        if at is not None and at > now and self._standing.may_bid():
            times.append(at)
        news_at = self._others.news_at
        if news_at is not None and self._standing.election.leads(now):
            times.append(news_at)
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(max(0.0, min(times) - now)):
                await self._woken.wait()

    async def _listen(self) -> None:
        while True:
            with contextlib.suppress(EngineAway):
                async for news in self._engine.bell():
                    self._hear(news)
            await asyncio.sleep(RETRY * (0.5 + self._chance()))

    def _hear(self, news: str) -> None:
        kind, _, what = news.partition(" ")
        if kind == "l":
            self._turn_at = self._clock()
            self._woken.set()
        elif kind == "h" and what != self._standing.own.host:
            if self._standing.election.leads(self._clock()):
                if self._others.news_at is None:
                    self._woken.set()
                self._others.rang(what)  # of several the first has set the time at which all are looked at
        elif kind == "s":
            self._hearer.confessed()
