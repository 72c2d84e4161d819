"""A whole bank under trouble: simulator, server, agent, and the model that judges what the agent says.

Responsible for carrying a script out, for looking at the truth all the time, and for collecting violations. Must not
know how a script is made, nor which bounds hold.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections import Counter
from dataclasses import asdict, dataclass, field, fields
from typing import TYPE_CHECKING, Any, Self

from bounds import LONGEST_BACKOFF, Bounds
from listening_market import KEY, ListeningMarket
from mischief import Pairs, Slots, script
from real_processes import AgentProcess, Footprint, SimulatorProcess, boottime, free_port
from reference_model import ReferenceModel

from agent.decision.contest import TEN_MINUTES

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from listening_market import Arrival
    from mischief import Script, ServerStep, Step

LOOK_EVERY = 0.1
"""Seconds between two looks at the truth."""
ROWS = 20
"""Rows of slots for row switches; the slots behind them are for swaps."""
SLOTS_PER_MODULE = 400
"""Enough for an hour: a number that the agent has learned must not be another's afterwards."""
WORN_OUT = 2
"""A card that left the reports so often settles for long (docs/design.md §4), so another takes its place."""
SPEED = "10"
"""Modules boot and register ten times faster than in the field."""


def config(
    world_folder: Path,
    bounds: Bounds,
    *,
    server: str,
    ports: Path,
    modules: int,
    status: int,
    **onlinesim: Any,
) -> dict[str, Any]:
    """Return a config.yaml with short timings."""
    bank = asdict(bounds.timing)
    heartbeat = bank.pop("heartbeat")
    return {
        "version": 1,
        "onlinesim": {"server": server, "api_key": KEY, "heartbeat": heartbeat, **onlinesim},
        "bank": {"modules": modules, **bank},
        "ports": [{"path": f"{ports}/*"}],
        "status": {"listen": f"127.0.0.1:{status}"},
        "store": str(world_folder / "store.db"),
        "log": {"personal": "full"},
    }


@dataclass(slots=True)
class Tally:
    """What happened, for the summary of a soak."""

    rounds: int = 0
    module_faults: int = 0
    server_faults: Counter[str] = field(default_factory=Counter)
    recoveries: list[float] = field(default_factory=list)
    footprints: list[Footprint] = field(default_factory=list)


class ChaosWorld:
    """Use as `async with ChaosWorld(folder, modules=10).running() as world`."""

    def __init__(self, folder: Path, *, modules: int, seed: str, bounds: Bounds | None = None) -> None:
        self.bounds = bounds or Bounds()
        self.modules, self.seed = modules, seed
        self.violations: list[str] = []
        self.tally = Tally()
        self.model = ReferenceModel(self.bounds)
        self.market = ListeningMarket(modules=modules)
        self.trap = ListeningMarket(modules=modules)
        slots = modules * SLOTS_PER_MODULE
        self._pairs = Pairs(rest=TEN_MINUTES)
        self._slots = Slots(modules * ROWS, slots - 1)
        arguments = ("--modules", str(modules), "--slots", str(slots), "--seed", "7", "--speed", SPEED)
        self.simulator = SimulatorProcess(folder, *arguments)
        self.page_port = free_port()
        self._folder = folder
        self._calm_since: float | None = None
        self._down = False
        self._up_since = 0.0
        self._troubled: float | None = None

    @contextlib.asynccontextmanager
    async def running(self) -> AsyncIterator[Self]:
        """Bring everything up; the agent has reported the whole bank when the block begins."""
        await self.market.open()
        await self.trap.open()
        async with self.simulator:
            ports = self.simulator.links
            self.agent = AgentProcess(
                self._folder,
                config(
                    self._folder,
                    self.bounds,
                    server=self.market.url,
                    ports=ports,
                    modules=self.modules,
                    status=self.page_port,
                ),
            )
            await self.agent.start()
            try:
                await self.recovered(boottime())
                yield self
            finally:
                await self.agent.stop()
        await self.market.close()
        await self.trap.close()

    async def round(self) -> None:
        """Carry out one script, put everything in order, and see the agent recover."""
        self.tally.rounds += 1
        for claim in self.model.good().items():
            if self.model.flaps(claim) >= WORN_OUT:
                await self._order(claim[0], f"swap {claim[0]} {self._slots.fresh()}")
        plan = script(
            f"{self.seed}/{self.tally.rounds}",
            modules=self.modules,
            rows=ROWS,
            slots=self._slots,
            pairs=self._pairs,
            length=9.0,
            trap=self.trap.url,
        )
        await self._carry_out(plan)
        self.market.standing_fault = None
        await self._repair()
        await self.recovered(boottime())
        self.tally.footprints.append(await self._least_footprint())

    async def _carry_out(self, plan: Script) -> None:
        began = boottime()
        steps: list[Step | ServerStep] = sorted([*plan.steps, *plan.server], key=lambda step: step.at)
        while steps or boottime() < began + plan.length:
            while steps and boottime() >= began + steps[0].at:
                await self._do(steps.pop(0))
            await self.look()
            await asyncio.sleep(LOOK_EVERY)

    async def _do(self, step: Step | ServerStep) -> None:
        if hasattr(step, "line"):
            self.tally.module_faults += 1
            touched = [step.module] if step.module else range(1, self.modules + 1)
            for number in touched:
                self.model.did(f"Port{number}", told=step.told, disturbs=step.disturbs, at=boottime())
            await self.simulator.do(step.line)
            if step.line.startswith("same-number"):
                await self._write_out_number(f"Port{step.module}")
            return
        self.tally.server_faults[step.name] += step.name != "well"
        self.market.standing_fault = step.fault
        if step.down and not self._down:
            await self.market.close()
        elif self._down and not step.down:
            await self.market.open()
            self._up_since = boottime()
        self._down = step.down

    async def _write_out_number(self, name: str) -> None:
        """Have the card tell its number with + and country: without, a card of another country means another."""
        number = (await self.simulator.truth())[name]["number"]
        if number is not None:
            await self.simulator.do(f"number {name} {number}")

    async def _repair(self) -> None:
        """Leave no module and no card in a state that a script did not mean to last."""
        await self.simulator.do("faults off")
        for attempt in range(60):
            await self.look()
            truth = await self.simulator.truth()
            bad = [name for name, facts in truth.items() if not _well(facts)]
            doubles = _doubles(truth)
            doubtful = [name for name in self.model.doubtful() if name not in doubles]
            if not bad and not doubles and not doubtful:
                return
            for name in doubtful:
                await self._order(name, f"reboot {name}")
                self.model.restarted(name)
            for name in doubles:
                await self._order(name, f"swap {name} {self._slots.fresh()}")
            for name in bad if attempt % 20 == 10 else ():
                # A slot may hold a card that an earlier round has locked.
                for line in ("replug {0}", "swap {0} {1}", "unlock {0}", "register {0}", "reboot {0}"):
                    await self._order(name, line.format(name, self._slots.fresh()))
            await asyncio.sleep(LOOK_EVERY)
        raise AssertionError(f"the script left modules behind that cannot be mended: {bad} {doubles}")

    async def _order(self, name: str, line: str) -> None:
        self.model.did(name, told=False, disturbs=True, at=boottime())
        await self.simulator.do(line)

    async def _least_footprint(self) -> Footprint:
        """Return the least of some looks: a port that is just being opened holds more for a moment, a leak for good."""
        looks = []
        for _ in range(10):
            looks.append(self.agent.footprint())
            await asyncio.sleep(0.2)
        return Footprint(
            **{one.name: min(getattr(look, one.name) for look in looks) for one in fields(Footprint)}
        )

    async def recovered(self, since: float) -> None:
        """Wait until every good SIM is reported; a violation if that takes too long."""
        while True:
            await self.look()
            now = boottime()
            last = self.market.arrivals[-1] if self.market.arrivals else None
            good = self.model.good()
            if (
                last is not None
                and last.fault is None
                and len(good) == self.modules
                and good.items() == set(last.claims)
            ):
                self.tally.recoveries.append(now - since)
                return
            missing = good.items() - set(last.claims if last is not None else ())
            flaps = max((self.model.flaps(claim) for claim in missing), default=0)
            if now - since > self.bounds.recovery(flaps):
                self._violate(f"not recovered {now - since:.1f} s after the last fault: {sorted(missing)}")
                return
            await asyncio.sleep(LOOK_EVERY)

    async def look(self) -> None:
        """Take in the truth of now, then judge the reports that came before it and what stands at the server."""
        asked_at = boottime()
        self.model.saw(await self.simulator.truth(), asked_at)
        while self.market.fresh and self.market.fresh[0].at <= asked_at:
            self._judge(self.market.fresh.popleft())
        self._judge_silence(boottime())
        if self.agent.exit_code is not None:
            raise AssertionError(f"the agent ended with {self.agent.exit_code}:\n{self.agent.log[-3000:]}")

    def _judge(self, arrival: Arrival) -> None:
        for words in self.model.reported(arrival.claims, arrival.at):
            self._violate(f"a report says: {words}")
        if len(arrival.claims) > self.modules:
            self._violate(f"{len(arrival.claims)} numbers, but {self.modules} modules")
        if arrival.authorization != f"Bearer {KEY}":
            self._violate(f"a wrong key: {arrival.authorization}")
        if self.trap.arrivals:
            self._violate("a redirect was followed")

    def _judge_silence(self, now: float) -> None:
        """Judge what the agent does not say: a heartbeat that is late, a number that stays at the server."""
        if not self.market.arrivals:
            return
        last = self.market.arrivals[-1]
        unreached = self._down or last.at < self._up_since
        if unreached or last.answered_at is None or last.fault is not None:
            self._calm_since = None
            troubled = max(
                self._troubled or 0.0, last.answered_at or last.at, now if self._down else self._up_since
            )
            self._troubled = troubled
            if now - troubled > LONGEST_BACKOFF + self.bounds.between_reports:
                self._violate(f"no new try for {now - troubled:.1f} s after trouble")
            return
        calm_since = self._calm_since = self._calm_since or last.answered_at
        self._troubled = None
        if now - max(last.at, calm_since) > self.bounds.between_reports:
            self._violate(f"no report for {now - last.at:.2f} s, and the server is well")
            self._calm_since = None
        for claim in last.claims if now - calm_since > self.bounds.leased else ():
            words = self.model.judged(claim, now, self.bounds.at_the_server)
            if words:
                self._violate(f"the server still offers: {words}")
                self._calm_since = None

    def _violate(self, words: str) -> None:
        text = f"seed {self.seed}, round {self.tally.rounds}, {boottime():.2f}: {words}"
        self.violations.append(text)


def _well(facts: dict[str, Any]) -> bool:
    return facts["answers"] and facts["sim"] == "ready" and facts["registered"] and not facts["faults"]


def _doubles(truth: dict[str, dict[str, Any]]) -> list[str]:
    """Return modules whose card or number another module before them holds too."""
    seen: set[str] = set()
    doubles = []
    for name, facts in truth.items():
        held = {facts["iccid"], facts["number"]} - {None}
        if held & seen:
            doubles.append(name)
        seen |= held
    return doubles
