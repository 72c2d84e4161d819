"""From the URC of a pulled SIM to the report without its number, and from a pull without one."""

from __future__ import annotations

import asyncio
import random
import statistics
import time
from typing import Final

from tests.bench.farm import Farm, farm
from tests.bench.figures import Figure
from tests.bench.processes import Agent, agent

TRIALS: Final = 200
GAP: Final = 1.05
"""Seconds: a report begins no earlier than a second after the one before."""
GIVE_UP: Final = 20.0


class Pulls:
    """Pulls one SIM after the other, and puts other ones in."""

    def __init__(self, modules: Farm, running: Agent, seed: int = 7) -> None:
        self._modules = modules
        self._account = running.account
        self._chance = random.Random(seed)
        self._pulled: list[int] = []

    async def took(self, order: str, spread: float) -> float:
        """Pull the next SIM at an instant spread over so many seconds; returns the ms to the report without it."""
        if len(self._pulled) >= self._modules.modules * 3 // 4:
            await self._all_back()
        module = len(self._pulled) + 1
        number = self._modules.number(module)
        earliest = self._account.reported_at + GAP - time.monotonic()
        await asyncio.sleep(max(0.0, earliest) + self._chance.uniform(0.0, spread))
        at = await self._modules.order(f"{order} {module}")
        self._pulled.append(module)
        gone = await self._account.until(lambda said: number not in said, GIVE_UP)
        return (gone - at) * 1000

    async def _all_back(self) -> None:
        for module in self._pulled:
            await self._modules.insert(module)
        self._pulled.clear()
        numbers = self._modules.numbers
        await self._account.until(lambda said: said >= numbers, 60.0)


async def with_urc(modules: int, trials: int, goal: float) -> list[Figure]:
    """The p99 of many removals, and what a removal has to wait by design."""
    async with farm(modules) as bank, agent(bank) as running:
        pulls = Pulls(bank, running)
        times = sorted([await pulls.took("pull", 0.1) for _ in range(trials)])
    p99 = times[min(len(times) * 99 // 100, len(times) - 1)]
    note = f"{trials} trials, median {statistics.median(times):.0f}, worst {times[-1]:.0f}; 50 ms are waiting by design"
    return [Figure(f"URC to POST, p99, {modules} modules", p99, goal, "ms", tuple(times), note)]


async def without(trials: int, poll: float) -> list[Figure]:
    """A SIM that goes without a word is found by the next poll."""
    async with farm(64) as bank, agent(bank, poll=poll) as running:
        pulls = Pulls(bank, running)
        times = [await pulls.took("pullq", poll) for _ in range(trials)]
    note = f"{trials} trials, median {statistics.median(times):.0f}, poll {poll:.0f} s"
    return [
        Figure("pull without a URC to POST, worst", max(times), (poll + 0.5) * 1000, "ms", tuple(times), note)
    ]


async def measure(*, quick: bool) -> list[Figure]:
    """64 and 512 modules."""
    trials = 20 if quick else TRIALS
    figures = await with_urc(64, trials, 120.0)
    if not quick:
        figures += await with_urc(512, trials, 200.0)
    return [*figures, *await without(8 if quick else 24, 2.0)]
