"""How late the loop is when much happens at once."""

from __future__ import annotations

import asyncio

from tests.bench.farm import farm
from tests.bench.figures import Figure
from tests.bench.processes import agent
from tests.bench.steady import late

GOAL = 20.0


async def row_switch(modules: int) -> list[Figure]:
    """Every module gets another card and loses its network, and has one again a second later; twice."""
    async with farm(modules) as bank, agent(bank) as running:
        await asyncio.sleep(5.0)
        await running.turns()
        for _ in range(2):
            await bank.order("switch")
            await asyncio.sleep(1.0)
            await bank.order("register")
            await asyncio.sleep(8.0)
        return late(f"row switch of {modules}", [await running.turns()], GOAL)


async def replugs(times: int) -> list[Figure]:
    """One port after the other of 64 goes and comes back."""
    async with farm(64) as bank, agent(bank) as running:
        await asyncio.sleep(3.0)
        await running.turns()
        for n in range(times // 16):
            some = [(n * 16 + one) % 64 + 1 for one in range(16)]
            for one in some:
                await bank.order(f"unplug {one}")
            await asyncio.sleep(1.1)
            for one in some:
                await bank.order(f"plug {one}")
            await asyncio.sleep(1.1)
        return late(f"{times // 16 * 16} replugs", [await running.turns()], GOAL)


async def hung(modules: int) -> list[Figure]:
    """A third of the modules says nothing more for half a minute, and speaks again."""
    async with farm(modules) as bank, agent(bank) as running:
        await asyncio.sleep(3.0)
        await running.turns()
        await bank.order(f"mute 1 {modules // 3}")
        await asyncio.sleep(30.0)
        await bank.order(f"unmute 1 {modules // 3}")
        await asyncio.sleep(10.0)
        return late(f"a third of {modules} hangs", [await running.turns()], GOAL)


async def measure(*, quick: bool) -> list[Figure]:
    """Each situation."""
    if quick:
        return [*await row_switch(64), *await replugs(64)]
    return [*await row_switch(512), *await replugs(1000), *await hung(512)]
