"""A world for `Ledger`: hosts that beat, sets that change, an engine with old copies, a leader that polls."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from random import Random

from agent.fleet.ledger import Ledger
from agent.fleet.settings import Times
from agent.fleet.words import Beat, HostSet, Stage

STEP = 0.25
TIMES = Times(30.0)


@dataclass
class Data:
    beats: dict[str, str] = field(default_factory=dict)
    sets: dict[str, HostSet] = field(default_factory=dict)

    def copy(self) -> Data:
        return Data(dict(self.beats), dict(self.sets))


@dataclass
class Living:
    """One host; `effects` has when each of its beats reached the engine, and for which run and version."""

    name: str
    beat: Beat
    next_at: float
    cut_until: float = 0.0
    dead_until: float = 0.0
    effects: list[tuple[float, str, int]] = field(default_factory=list)


class World:
    def __init__(self, seed: int, make: Callable[[Times], Ledger], *, tells: bool = True) -> None:
        self.chance = Random(seed)
        self.make = make
        self.tells = tells
        self.now = 100.0
        self.data = Data()
        self.process = 0
        self.lost_at = 0.0
        self.old: list[Data] = [Data()]
        self.runs = 0
        self.ledger = make(TIMES)
        self.poll_at = 100.0
        self.hosts = [self._host(name) for name in ("a", "b", "c")]
        draw = self.chance.choice
        self.often = {one: draw([0, 0.003, 0.01]) for one in ("cut", "die", "change", "engine", "takeover")}
        self.lossy = draw([0.0, 0.2, 0.5])

    def _host(self, name: str) -> Living:
        beat = Beat(
            run="0" * 16, seq=0, version=0, stage=Stage.STARTING, modules=8, live=0, lease=30.0, may_lead=True
        )
        host = Living(name, beat, self.now + self.chance.uniform(0, 5))
        self._restart(host)
        return host

    def _restart(self, host: Living) -> None:
        self.runs += 1
        host.beat = replace(host.beat, run=f"{self.runs:016x}", seq=0, version=0, stage=Stage.STARTING)

    def step(self) -> None:
        self.now += STEP
        dice = self.chance.random
        for host in self.hosts:
            if dice() < self.often["cut"]:
                host.cut_until = self.now + self.chance.uniform(0, 45)
            if dice() < self.often["die"]:
                host.dead_until = self.now + self.chance.uniform(1, 60)
                self._restart(host)
            if self.now >= max(host.next_at, host.dead_until):
                self._beat(host)
        if dice() < self.often["engine"]:
            self.data = self.chance.choice([*self.old[-20:], Data()]).copy()
            self.process += self.tells
            self.lost_at = self.now
        if int(self.now / STEP) % 8 == 0:
            self.old.append(self.data.copy())
        # Nobody is elected within a lease of another engine, so by then whoever lives has told it so (E1, E2).
        if dice() < self.often["takeover"] and self.now >= self.lost_at + TIMES.lease:
            self.ledger = self.make(TIMES)
        if self.now >= self.poll_at:
            self.poll_at = self.now + TIMES.renew
            if dice() >= self.lossy:
                self._poll()

    def _beat(self, host: Living) -> None:
        host.next_at = self.now + TIMES.renew
        beat = replace(host.beat, seq=host.beat.seq + 1)
        if beat.stage is Stage.STARTING or self.chance.random() < self.often["change"] * 20:
            beat = replace(beat, stage=Stage.RUNNING, version=beat.version + 1)
        host.beat = beat
        if self.now < host.cut_until:
            return
        self.data.beats[host.name] = beat.text()
        held = self.data.sets.get(host.name)
        if held is None or (held.run, held.version) != (beat.run, beat.version):
            self.data.sets[host.name] = HostSet(
                host=host.name, run=beat.run, version=beat.version, key="k", claims=()
            )
        host.effects.append((self.now, beat.run, beat.version))

    def _poll(self) -> None:
        engine = str(self.process) if self.tells else ""
        self.ledger.poll(self.data.beats, asked_at=self.now, now=self.now, engine=engine)
        for host in self.ledger.wanted():
            if host in self.data.sets:
                self.ledger.took(self.data.sets[host])

    def says_too_much(self) -> bool:
        """Whether a set counts although its host did not beat for it within a lease, as the engine saw it."""
        for host in self.hosts:
            part = self.ledger.part(host.name, self.now)
            if part is not None and not any(
                at > self.now - TIMES.lease and run == part.run and version <= part.version
                for at, run, version in host.effects[-12:]
            ):
                return True
        return False

    def lacks_the_living(self) -> bool:
        """Whether a list might go out without a host whose beats came in time."""
        if self.ledger.blind(self.now) or not self.ledger.whole(self.now):
            return False
        return any(self._well(host) and self.ledger.part(host.name, self.now) is None for host in self.hosts)

    def _well(self, host: Living) -> bool:
        steps = [at for at, _, _ in host.effects if at > self.now - 2 * TIMES.lease]
        gaps = [after - before for before, after in itertools.pairwise(steps)]
        same_run = len({run for _, run, _ in host.effects[-12:]}) == 1
        return same_run and len(steps) >= 11 and max(gaps) < 6 and self.now - steps[-1] < 6


def goes_wrong(seed: int, make: Callable[[Times], Ledger] = Ledger, *, tells: bool = True) -> str:
    world = World(seed, make, tells=tells)
    while world.now < 400:
        world.step()
        if world.says_too_much():
            return "too much"
        if world.lacks_the_living():
            return "too little"
    return ""
