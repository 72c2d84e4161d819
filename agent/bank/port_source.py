"""Where the bank's ports come from: the machine's, and the simulated bank's.

Responsible for one list of ports for the roster, however slow sysfs is: the look is done in a thread of its own, and
while one hangs the last list holds. Must not know what the ports are for, but for one thing: a control port that is
not found may be a port that has just come.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Sequence
from typing import Final

from agent.bank.roster import FoundPort
from agent.config import PathKind, PortRole, PortRule
from agent.sandbox.simulated_bank import SimulatedBank
from drivers.offload import offload
from drivers.ports import ports_for

_log = logging.getLogger(__name__)

LOOK_WITHIN: Final = 5.0
"""Seconds; sysfs answers in milliseconds unless a driver hangs."""
LINKS_WITHIN: Final = 3.0
"""Seconds in which udev, which a container cannot hear, has made the links of a port."""


class PortSource:
    """Finds the ports to which rules lead."""

    def __init__(
        self,
        rules: Sequence[PortRule],
        simulation: SimulatedBank | None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._rules = rules
        self._simulation = simulation
        self._clock = clock
        self._machine: tuple[FoundPort, ...] = ()
        self._since: dict[tuple[str, tuple[int, ...]], float] | None = None
        """Since when each port is there under its rules; None before the first look, which cannot tell."""
        self._blind = False

    async def look(self) -> tuple[FoundPort, ...]:
        """Return all ports that are there now, with the rules that lead to each."""
        paths = {
            index: rule.path for index, rule in enumerate(self._rules) if rule.kind is not PathKind.SIMULATED
        }
        if paths:
            await self._look_at_machine(lambda: _find(paths))
        return (*self._machine, *self._simulated())

    async def _look_at_machine(self, find: Callable[[], tuple[FoundPort, ...]]) -> None:
        try:
            self._machine = self._known(await offload(find, name="look at ports", timeout=LOOK_WITHIN))
            self._blind = False
        except TimeoutError:
            self._keep_last("it hangs")
        except (OSError, RuntimeError) as why:  # sysfs is not readable, or there are no more threads
            self._keep_last(str(why))

    def _known(self, found: tuple[FoundPort, ...]) -> tuple[FoundPort, ...]:
        """Leave out newcomers while a control port is not found: each of them may be it, its link yet to be made."""
        now = self._clock()
        before, unknown = (self._since, now) if self._since is not None else ({}, now - LINKS_WITHIN)
        since = {(one.port.path, one.rules): before.get((one.port.path, one.rules), unknown) for one in found}
        self._since = since
        reached = {index for one in found for index in one.rules}
        if all(index in reached for index, rule in enumerate(self._rules) if rule.role is PortRole.CONTROL):
            return found
        return tuple(one for one in found if now - since[one.port.path, one.rules] >= LINKS_WITHIN)

    def _keep_last(self, why: str) -> None:
        if not self._blind:
            _log.warning(
                "the USB ports cannot be looked at (%s): who comes or goes is not noticed until then", why
            )
        self._blind = True

    def _simulated(self) -> Sequence[FoundPort]:
        if self._simulation is None:
            return ()
        indices = tuple(index for index, rule in enumerate(self._rules) if rule.kind is PathKind.SIMULATED)
        return [FoundPort(port, indices) for port in self._simulation.ports]


def _find(paths: dict[int, str]) -> tuple[FoundPort, ...]:
    """Look at the machine, once for all rules: what happens between two looks parts a port from a rule. Blocking."""
    indices = tuple(paths)
    found = ports_for(tuple(paths.values()))
    return tuple(FoundPort(one.port, tuple(indices[position] for position in one.patterns)) for one in found)
