"""The whole agent inside the test's own process, for what can only be injected: clocks, stuck calls, slow disks.

Responsible for wiring it as the command line does. Must not know what is injected.
"""

from __future__ import annotations

import json
import time
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

from bounds import CALM, Bounds
from chaos_world import config
from listening_market import ListeningMarket
from real_processes import SimulatorProcess, boottime, free_port

from agent.app.wiring import Wiring
from agent.config import load

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Mapping
    from pathlib import Path

    from bounds import Timing

    from agent.app.service import Service

SLOTS_PER_MODULE = 10


class Leap:
    """A clock that can leap: CLOCK_BOOTTIME of a machine that slept."""

    def __init__(self) -> None:
        self.slept = 0.0

    def __call__(self) -> float:
        """Return seconds."""
        return boottime() + self.slept


@asynccontextmanager
async def served_bank(folder: Path, modules: int) -> AsyncIterator[tuple[SimulatorProcess, ListeningMarket]]:
    """Serve modules and a market."""
    market = ListeningMarket(modules=modules)
    await market.open()
    slots = str(modules * SLOTS_PER_MODULE)
    try:
        async with SimulatorProcess(
            folder, "--modules", str(modules), "--slots", slots, "--speed", "10"
        ) as simulator:
            yield simulator, market
    finally:
        await market.close()


@asynccontextmanager
async def agent_inside(
    folder: Path,
    simulator: SimulatorProcess,
    market: ListeningMarket,
    *,
    server: str = "",
    clock: Callable[[], float] = boottime,
    wall: Callable[[], float] = time.time,
    environment: Mapping[str, str] | None = None,
    timing: Timing = CALM,
) -> AsyncIterator[Service]:
    """Run an agent with a clock of the caller's; it ends with the block."""
    text: dict[str, Any] = config(
        folder,
        Bounds(timing),
        server=server or market.url,
        ports=simulator.links,
        modules=market.market.modules,
        status=free_port(),
    )
    read = load(json.dumps(text), file="config.yaml", environment={}, folder=folder, drivers=set)
    wiring = Wiring(read, reread=lambda: read, environment=environment or {}, clock=clock, wall=wall)
    async with wiring.service() as service:
        await service.start()
        try:
            yield service
        finally:
            await service.stop()
