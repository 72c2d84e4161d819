"""What a host reads of the other hosts, and what a leader does about it: collects sets, forgets, and answers."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from typing import Final

from agent.fleet.engine import Engine
from agent.fleet.fields import NotReadable
from agent.fleet.reach import ABSTAIN
from agent.fleet.standing import Standing
from agent.fleet.state import LeftOut
from agent.fleet.words import read_set

_log = logging.getLogger(__name__)

FEW: Final = 4
"""Hosts that rang, up to which each is looked at by itself."""
SETS_AT_ONCE: Final = 10
"""Sets of one answer of the engine: a thousand of them are ten megabytes."""
BUSY_SHARE: Final = 10
"""The leader collects news for so many times as long as it took to take the last ones."""


class Others:
    """The other hosts of one host's fleet, as the engine shows them to its ledger."""

    def __init__(self, engine: Engine, standing: Standing, clock: Callable[[], float]) -> None:
        self._engine = engine
        self._standing = standing
        self._clock = clock
        self._rung: set[str] = set()
        self._collects_until = clock()
        self._said: dict[str, str] = {}

    @property
    def news_at(self) -> float | None:
        """When the leader may look at who rang; None where nobody has."""
        return self._collects_until if self._rung else None

    def rang(self, host: str) -> None:
        """Take note that a host has news."""
        self._rung.add(host)

    def shown(self, host: str, beat: str, asked_at: float) -> None:
        """Take a reading of one host's beat between two polls."""
        engine = self._engine.about.identity
        self._standing.ledger.look(host, beat, asked_at=asked_at, now=self._clock(), engine=engine)

    async def poll(self) -> None:
        """Read all of them. Raises EngineAway."""
        standing, asked_at = self._standing, self._clock()
        self._rung.clear()
        beats = await self._engine.beats()
        beats.pop(standing.own.host, None)
        identity = self._engine.about.identity
        standing.ledger.poll(beats, asked_at=asked_at, now=self._clock(), engine=identity)
        await self._fetch(standing.ledger.wanted())
        if standing.election.leads(self._clock()):
            await self._tidy()
        self._collects_until = self._clock() + BUSY_SHARE * (self._clock() - asked_at)

    async def look(self) -> None:
        """Take the news of those who rang. Raises EngineAway."""
        if len(self._rung) > FEW:
            await self.poll()
            return
        ledger, asked_at = self._standing.ledger, self._clock()
        for host in tuple(self._rung):
            self._rung.discard(host)
            beat = await self._engine.beat(host)
            if beat:
                self.shown(host, beat, asked_at)
                await self._fetch([host] if host in ledger.wanted() else [])
        self._collects_until = self._clock() + BUSY_SHARE * (self._clock() - asked_at)

    async def say(self) -> None:
        """Tell each what was made of it. Raises EngineAway."""
        standing = self._standing
        told = standing.leadership.said(standing.election.epoch, self._clock())
        texts = {host: said.text() for host, said in told.items()}
        news = {host: text for host, text in texts.items() if self._said.get(host) != text}
        if news:
            await self._engine.say(news)
        self._said = texts

    async def _fetch(self, hosts: Sequence[str]) -> None:
        for first in range(0, len(hosts), SETS_AT_ONCE):
            for host, text in (await self._engine.sets(hosts[first : first + SETS_AT_ONCE])).items():
                self._take(host, text)

    def _take(self, host: str, text: str) -> None:
        ledger, key = self._standing.ledger, self._standing.own.key
        known = ledger.hosts.get(host)
        if known is None:
            return
        try:
            found = read_set(host, text, known.held)
        except NotReadable as why:
            if known.left_out is not LeftOut.VERSION:
                _log.warning("fleet: the set of %s cannot be read: %s", host, why)
            ledger.leave_out(host, LeftOut.VERSION)
            return
        if found.key == key:
            ledger.took(found)
        else:
            ledger.leave_out(host, LeftOut.KEY)

    async def _tidy(self) -> None:
        standing = self._standing
        for host, beat in standing.ledger.forgettable(self._clock()):
            await self._engine.drop(host, beat)
            standing.ledger.forget(host)
        if standing.ledger.too_new():
            _log.error("a host of the fleet speaks a later version: this one must not speak for it")
            standing.gives_up = ABSTAIN
