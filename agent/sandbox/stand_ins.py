"""The stand-ins for hardware and for Onlinesim where config.yaml asks for them: simulated bank and sandbox."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from typing import Final

from agent.config import Config, ConfigError, Problem
from agent.language import _
from agent.sandbox.server import Sandbox
from agent.sandbox.simulated_bank import SimulatedBank

SIMULATED_SLOTS_PER_MODULE: Final = 8


class StandIns:
    """The stand-ins of one running agent; None for one that is not configured."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self.simulation: SimulatedBank | None = None
        self.sandbox: Sandbox | None = None
        self.sandbox_url = ""
        self._clock = clock

    async def start(self, config: Config, ends: contextlib.AsyncExitStack) -> None:
        """Start those that are configured; they end with `ends`. Raises SimulationFailed, OSError."""
        self.simulation = await start_simulation(config, ends)
        if config.onlinesim.sandboxed:
            self.sandbox = Sandbox(modules=config.bank.modules, clock=self._clock)
            self.sandbox_url = await self.sandbox.serve()
            ends.push_async_callback(self.sandbox.close)

    def check(self, config: Config) -> None:
        """Raise ConfigError where a changed config.yaml needs other stand-ins than those running."""
        running = self.simulation is not None, self.sandbox is not None
        if (config.simulated, config.onlinesim.sandboxed) != running:
            message = _("switching the sandbox or simulated ports on or off takes a restart")
            raise ConfigError([Problem(file="config.yaml", message=message)])

    def apply(self, config: Config) -> None:
        """Tell the sandbox for how many modules it may accept numbers."""
        if self.sandbox is not None:
            self.sandbox.market.modules = config.bank.modules


async def start_simulation(config: Config, ends: contextlib.AsyncExitStack) -> SimulatedBank | None:
    """Start the simulated bank where config.yaml has simulated ports; it ends with `ends`. Raises SimulationFailed."""
    if not config.simulated:
        return None
    modules = config.bank.modules
    simulation = SimulatedBank()
    ends.push_async_callback(simulation.stop)
    await simulation.start(("--modules", str(modules), "--slots", str(modules * SIMULATED_SLOTS_PER_MODULE)))
    return simulation
