"""A world for `Election`: hosts with clocks of their own, an engine that fails, and time that a test moves on."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from random import Random

from agent.fleet.election import Election, Hold
from agent.fleet.settings import Times
from agent.fleet.words import Record

STEP = 0.25
SLOWEST, FASTEST = 0.9, 1.1
TIMEOUT = 2.0


@dataclass
class Engine:
    """One text, replaced by comparison. `process` changes with each restart, failover or return of an old copy."""

    text: str = ""
    process: int = 0
    up: bool = True
    copies: list[str] = field(default_factory=lambda: ["", ""])

    def hold(self, expected: str, text: str) -> tuple[bool, str]:
        if self.text != expected:
            return False, self.text
        self.text = text
        self.copies.append(text)
        return True, text

    def lose(self, text: str) -> None:
        self.text = text
        self.process += 1


@dataclass
class Flight:
    """A command under way: when it reaches the engine, and when its answer is back; None for never."""

    arrives: float | None
    returns: float | None
    process: int
    hold: Hold | None
    asked_at: float
    gives_up: float
    answer: tuple[bool, str] | None = None
    done: bool = False


@dataclass
class Host:
    election: Election
    rate: float
    offset: float
    connected_to: int | None = None
    turn_at: float = 0.0
    flight: Flight | None = None
    cut_until: float = 0.0
    stopped_until: float = 0.0

    def clock(self, now: float) -> float:
        return self.offset + now * self.rate


class World:
    """Runs hosts against an engine with faults until `calm`; `leaders` are looked for in every step."""

    def __init__(
        self,
        seed: int,
        *,
        times: Times,
        make: Callable[..., Election] = Election,
        hosts: int = 3,
        told_process: bool = True,
        calm: float = 150.0,
        rates: tuple[float, float] = (SLOWEST, FASTEST),
    ) -> None:
        self.chance = Random(seed)
        self.engine = Engine()
        self.times = times
        self.told_process = told_process
        self.calm = calm
        self.now = 0.0
        self.down_until = 0.0
        self.loses_when_back = False
        self.late: list[Flight] = []
        draw = self.chance.choice
        self.often = {
            fault: draw([0.0, 0.003, 0.01, 0.03]) for fault in ("engine", "cut", "stop", "release")
        } | {"slow": draw([0.0, 0.15, 0.5])}
        """How often each fault comes, in a step; worlds differ in what is bad about them."""
        self.hosts = [self._host(number, make, rates) for number in range(hosts)]

    def _host(self, number: int, make: Callable[..., Election], rates: tuple[float, float]) -> Host:
        mine = Record(
            host=f"h{number}", run=f"{number:016x}", epoch=0, seq=0, lease=self.times.lease, key="k"
        )
        rate = self.chance.choice([*rates, *rates, self.chance.uniform(*rates)])
        election = make(mine, self.times, self.chance.random)
        return Host(election, rate, self.chance.uniform(0, 1000), turn_at=self.chance.uniform(0, 5))

    def leaders(self) -> list[Host]:
        return [host for host in self.hosts if host.election.leads(host.clock(self.now))]

    def step(self) -> None:
        self.now += STEP
        if self.now < self.calm:
            self._break_something()
        elif not self.engine.up:
            self._come_back()
        self._arrive(self.late)
        for host in self.hosts:
            if self.now >= host.stopped_until:
                self._turn(host)

    def _break_something(self) -> None:
        dice = self.chance.random
        if not self.engine.up:
            if self.now >= self.down_until:
                self._come_back()
        elif dice() < self.often["engine"]:
            self.engine.up = False
            least = 0.0 if self.told_process else 2 * self.times.renew / SLOWEST + 1
            self.down_until = (
                self.now + least + self.chance.choice([0.3, 0.3, 2.0, self.chance.uniform(0, 30)])
            )
            self.loses_when_back = dice() < 0.7
        for host in self.hosts:
            if dice() < self.often["cut"]:
                host.cut_until = self.now + self.chance.uniform(0, 45)
                host.connected_to = host.connected_to if dice() < 0.5 else None
            if dice() < self.often["stop"]:
                host.stopped_until = self.now + self.chance.uniform(0, 45)
            if dice() < self.often["release"] and host.flight is None and self.now >= host.stopped_until:
                hold = host.election.release(host.clock(self.now), abstain=self.chance.choice([0, 0, 20]))
                if hold is not None:
                    self._send(host, hold)

    def _come_back(self) -> None:
        self.engine.up = True
        if self.loses_when_back:
            self.engine.lose(self.chance.choice([*self.engine.copies[-6:-1], self.engine.copies[-2], ""]))
            self._cut_leader()
        elif self.told_process:
            self.engine.process += 1

    def _cut_leader(self) -> None:
        """What an old copy needs to do harm: its holder does not see it."""
        for host in self.leaders():
            if self.chance.random() < 0.7:
                host.cut_until = self.now + 40.0
                host.connected_to = None

    def _turn(self, host: Host) -> None:
        flight, clock = host.flight, host.clock(self.now)
        if flight is not None:
            self._arrive([flight])
            if flight.done and flight.returns is not None and self.now >= flight.returns:
                host.flight = None
                self._answer(host, flight)
            elif clock >= flight.gives_up:
                host.flight, host.connected_to = None, None
                if not flight.done and self.chance.random() < 0.5:
                    flight.arrives = self.now + self.chance.uniform(0, 40)
                    self.late.append(flight)
            return
        bid_at = host.election.bid_at()
        if clock >= host.turn_at or (
            bid_at is not None and clock >= bid_at and host.connected_to is not None
        ):
            host.turn_at = clock + self.times.renew
            self._send(host, None)

    def _send(self, host: Host, hold: Hold | None) -> None:
        clock = host.clock(self.now)
        if host.connected_to is None and self.engine.up and self.now >= host.cut_until:
            host.connected_to = self.engine.process
        cut = not self.engine.up or self.now < host.cut_until or host.connected_to is None
        trouble = self.now < self.calm and self.chance.random() < self.often["slow"]
        delay = self.chance.uniform(0, 3 if trouble else 0.4)
        host.flight = Flight(
            arrives=None if cut and self.chance.random() < 0.8 else self.now + delay,
            returns=None if cut else self.now + 2 * delay,
            process=-1 if host.connected_to is None else host.connected_to,
            hold=hold,
            asked_at=clock,
            gives_up=clock + TIMEOUT,
        )

    def _arrive(self, flights: list[Flight]) -> None:
        for flight in flights:
            if flight.done or flight.arrives is None or self.now < flight.arrives or not self.engine.up:
                continue
            flight.done = True
            if flight.process != self.engine.process:
                flight.returns = None
            elif flight.hold is None:
                flight.answer = False, self.engine.text
            else:
                flight.answer = self.engine.hold(flight.hold.expected, flight.hold.text)
        self.late = [flight for flight in self.late if not flight.done]

    def _answer(self, host: Host, flight: Flight) -> None:
        election, clock = host.election, host.clock(self.now)
        won, text = flight.answer or (False, "")
        engine = str(flight.process) if self.told_process else ""
        if flight.hold is not None and won:
            election.answered(flight.hold, now=clock)
            return
        election.observe(text, asked_at=flight.asked_at, now=clock, engine=engine)
        if flight.hold is None:
            hold = election.renewal(clock) or election.bid(clock)
            if hold is not None:
                self._send(host, hold)


def two_leaders(seed: int, *, seconds: float = 260.0, **kind: object) -> bool:
    """Whether two hosts led at once in a world with these faults."""
    world = World(seed, times=kind.pop("times", Times(30.0)), **kind)
    while world.now < seconds:
        world.step()
        if len(world.leaders()) > 1:
            return True
    return False
