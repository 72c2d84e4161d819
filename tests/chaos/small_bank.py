"""A few modules, a market and an agent, for tests of one behaviour each.

Responsible for bringing them up and down. Must not know what is tested.
"""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

from bounds import CALM, Bounds
from chaos_world import config
from listening_market import ListeningMarket
from real_processes import AgentProcess, SimulatorProcess, free_port
from reference_model import held_number

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from bounds import Timing
    from listening_market import Arrival

MODULES = 6
SLOTS = 600
FIRST_REPORT_WITHIN = 150.0


@asynccontextmanager
async def bank(
    folder: Path, *arguments: str, timing: Timing = CALM, modules: int = MODULES, **onlinesim: Any
) -> AsyncIterator[tuple[SimulatorProcess, ListeningMarket, AgentProcess]]:
    """Serve modules and a market; yield both and an agent that is not started yet."""
    market = ListeningMarket(modules=modules)
    await market.open()
    simulator = SimulatorProcess(folder, "--modules", str(modules), "--slots", str(SLOTS), *arguments)
    try:
        async with simulator:
            agent = AgentProcess(
                folder,
                config(
                    folder,
                    Bounds(timing),
                    server=market.url,
                    ports=simulator.links,
                    modules=modules,
                    status=free_port(),
                    **onlinesim,
                ),
            )
            try:
                yield simulator, market, agent
            finally:
                await agent.stop()
    finally:
        await market.close()


async def first_arrival(
    market: ListeningMarket, agent: AgentProcess, within: float = FIRST_REPORT_WITHIN
) -> Arrival:
    """Wait for the next report, which stays in `fresh`, and return it."""
    async with asyncio.timeout(within):
        while not market.fresh:
            assert agent.exit_code is None, agent.log
            await asyncio.sleep(0.02)
    return market.fresh[0]


async def next_arrival(market: ListeningMarket, agent: AgentProcess) -> Arrival:
    """Wait for a report that begins from now on, and return it."""
    market.fresh.clear()
    return await first_arrival(market, agent)


async def true_claims(simulator: SimulatorProcess) -> set[tuple[str, str | None]]:
    """Return what a whole and true report says now."""
    return {(name, held_number(facts)) for name, facts in (await simulator.truth()).items()}
