"""Modules that answer as a test wants, behind the interface that watchers know; and a bank of them."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field, replace

from agent.bank.bank import Bank, PollIntervals
from agent.bank.place import Place
from agent.decision.reporting import Reporting
from agent.decision.verdict import Decision, Policy
from agent.numbers.resolve import Number, Resolution, Source
from drivers.errors import LinkLost, NoAnswer, PortProblem, PortUnavailable
from drivers.observation import Identity, NumberReading, Observation, Registration, SimState
from drivers.vendors.dialect import UrcMeaning


async def until(condition: Callable[[], object], within: float = 5.0) -> None:
    """Wait for a condition; fail when it does not come."""
    async with asyncio.timeout(within):
        while not condition():
            await asyncio.sleep(0.002)


@dataclass
class FakePort:
    """The truth about one port and the module behind it; tests change it at will."""

    sim: SimState | None = SimState.READY
    iccid: str | None = "8946120000005000016"
    registration: Registration | None = Registration.HOME
    answers: bool = True
    problem: PortProblem | None = None
    unplugged: bool = False
    crash: BaseException | None = None
    hangs: bool = False
    chatters: UrcMeaning | None = None
    """A URC that it sends in every poll."""
    own_number: NumberReading | None = None
    numbers: tuple[NumberReading, ...] | None = None
    """What it tells as the number of its SIM."""
    restarts_silently: bool = False
    """The next poll finds the settings of the session gone."""
    polls: int = 0
    opened: int = 0
    open_now: int = 0
    closes_in: float = 0.0
    """Seconds that closing takes."""
    asked_network: list[str] = field(default_factory=list)
    on_urc: Callable | None = None


class FakeModule:
    def __init__(self, name: str, port: FakePort, clock: Callable[[], float]) -> None:
        self.name, self.port, self.clock = name, port, clock

    async def identify(self) -> Identity:
        await asyncio.sleep(0)
        self._check()
        if not self.port.answers:
            raise NoAnswer("AT")
        return Identity(imei="490154203237518")

    async def poll(self, tell: Callable[[Observation], None]) -> Observation:
        at = self.clock()
        self.port.polls += 1
        if self.port.hangs:
            await asyncio.Event().wait()
        if self.port.chatters is not None:
            self.port.on_urc(self.port.chatters, None)
        await asyncio.sleep(0)
        self._check()
        if self.port.crash is not None:
            raise self.port.crash
        if not self.port.answers:
            return Observation(module=self.name, at=at)
        seen = Observation(
            module=self.name, at=at, sim=self.port.sim, identity=Identity(imei="490154203237518")
        )
        if self.port.sim is SimState.READY:
            imsi = "240120000000" + (self.port.iccid or "")[-3:]
            seen = replace(seen, iccid=self.port.iccid, imsi=imsi, registration=self.port.registration)
            if self.port.restarts_silently:
                self.port.restarts_silently = False
                return replace(seen, settings_lost=True)
            seen = replace(seen, numbers=self.port.numbers)
        return seen

    async def own_number(self, code: str, match: object) -> NumberReading | None:
        self.port.asked_network.append(code)
        return self.port.own_number

    async def close(self) -> None:
        await asyncio.sleep(self.port.closes_in)
        self.port.open_now -= 1

    def _check(self) -> None:
        if self.port.unplugged:
            raise LinkLost("unplugged")


class FakeBank:
    """A Bank over fake ports, one module each, named Port1 …; its numbers end like the ICCIDs."""

    def __init__(
        self, *ports: FakePort, policy: Policy | None = None, intervals: PollIntervals | None = None, **keys
    ) -> None:
        self.ports = {f"port-{n}": port for n, port in enumerate(ports, 1)}
        for n, port in enumerate(ports, 1):
            if port.iccid == FakePort().iccid:
                port.iccid = f"89461200000050000{n:02d}"
        self.decisions: list[Decision] = []
        self.clock = keys.pop("clock", None) or asyncio.get_running_loop().time
        self.gone: set[str] = set()
        self.names = {key: f"Port{n}" for n, key in enumerate(self.ports, 1)}
        self.bank = Bank(
            roster=self.roster,
            connect=self.connect,
            lookup=keys.pop("lookup", self.lookup),
            policy=policy or Policy(cap=64, settle=0.02, lease=0.5, registration_grace=0.1),
            intervals=intervals or PollIntervals(poll=0.01, settling=0.01),
            clock=self.clock,
            on_decision=self.decisions.append,
            **keys,
        )

    async def __aenter__(self) -> FakeBank:
        self.task = asyncio.create_task(self.bank.run())
        return self

    async def __aexit__(self, *_: object) -> None:
        self.task.cancel()
        await asyncio.gather(self.task, return_exceptions=True)

    async def roster(self) -> list[Place]:
        return [
            Place(key=key, name=self.names[key], order=n, ports=() if key in self.gone else (key,))
            for n, key in enumerate(self.ports, 1)
        ]

    async def connect(self, place: Place, address: str, on_urc: Callable) -> FakeModule:
        port = self.ports[address]
        if port.problem is not None:
            raise PortUnavailable(port.problem, "no", holder="gammu-smsd (pid 312)")
        if port.open_now:
            raise PortUnavailable(PortProblem.BUSY, "", holder="this very process")
        port.opened += 1
        port.open_now += 1
        port.on_urc = on_urc
        return FakeModule(place.name, port, self.clock)

    @staticmethod
    def lookup(iccid: str, imsi: str | None, reported: tuple[NumberReading, ...] | None) -> Resolution:
        number = Number(f"+467017{iccid[-5:]}", 46, Source.CONFIG, rent=False)
        return Resolution(number=number, rejected=None, disabled=False)

    @property
    def live(self) -> set[str]:
        return set(self.bank.decision.live)

    @property
    def may_report(self) -> bool:
        return self.bank.reporting is Reporting.OPEN

    def reason(self, name: str) -> str:
        verdict = self.bank.decision.verdicts.get(name)
        return verdict.reason.value if verdict is not None else "unseen"
