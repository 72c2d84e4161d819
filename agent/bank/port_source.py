"""The ports of the machine and of the simulated bank, listed in a thread: while sysfs hangs the last list holds."""

from __future__ import annotations

import asyncio
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

LIST_WITHIN: Final = 5.0
"""Seconds; sysfs answers in milliseconds unless a driver hangs, or the machine is overloaded."""
FORGET_LOOK_AFTER: Final = 60.0
"""Seconds after which a look that has not come back is given up, and another one begins."""
LINKS_WITHIN: Final = 3.0
"""Seconds in which udev has made the links of a port; a container gets no events of it."""


class PortSource:
    """Lists the ports to which rules lead, with the rules of each."""

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
        """Since when each port is there under its rules; None before the first list, which cannot tell."""
        self._look: asyncio.Task[tuple[FoundPort, ...]] | None = None
        """The look that is under way; one that comes late is taken by the next call."""
        self._blind = False

    async def list_ports(self) -> tuple[FoundPort, ...]:
        """Return all ports that are there now, with the rules that lead to each."""
        paths = {
            index: rule.path for index, rule in enumerate(self._rules) if rule.kind is not PathKind.SIMULATED
        }
        if paths:
            await self._list_machine(lambda: self._found_again(_find(paths)))
        return (*self._machine, *self._simulated())

    async def _list_machine(self, find: Callable[[], tuple[FoundPort, ...]]) -> None:
        if self._look is None:
            looked = offload(find, name="list ports", timeout=FORGET_LOOK_AFTER)
            self._look = asyncio.create_task(looked, name="list ports")
            self._look.add_done_callback(_retrieve)
        await asyncio.wait({self._look}, timeout=LIST_WITHIN)
        if not self._look.done():
            self._keep_last(f"this takes longer than {LIST_WITHIN:g} s; what it finds is taken when it comes")
            return
        look, self._look = self._look, None
        try:
            self._machine = self._known(look.result())
            self._blind = False
        except TimeoutError:
            self._keep_last("sysfs hangs")
        except (OSError, RuntimeError) as why:  # sysfs is not readable, or there are no more threads
            self._keep_last(str(why))

    def _known(self, found: tuple[FoundPort, ...]) -> tuple[FoundPort, ...]:
        """Leave out new ports while a control port is not found: each may be it, its link not made yet."""
        now = self._clock()
        before, unknown = (self._since, now) if self._since is not None else ({}, now - LINKS_WITHIN)
        since = {(one.port.path, one.rules): before.get((one.port.path, one.rules), unknown) for one in found}
        self._since = since
        reached = {index for one in found for index in one.rules}
        if all(index in reached for index, rule in enumerate(self._rules) if rule.role is PortRole.CONTROL):
            return found
        return tuple(one for one in found if now - since[one.port.path, one.rules] >= LINKS_WITHIN)

    def _found_again(self, found: tuple[FoundPort, ...]) -> tuple[FoundPort, ...]:
        """Return the ports of before where these are equal: then all later comparisons are short. Not on the loop."""
        before = self._machine
        return before if before == found else found

    def _keep_last(self, why: str) -> None:
        if not self._blind:
            _log.warning(
                "cannot list USB ports (%s); until then what is plugged in or out is not noticed", why
            )
        self._blind = True

    def _simulated(self) -> Sequence[FoundPort]:
        if self._simulation is None:
            return ()
        indices = tuple(index for index, rule in enumerate(self._rules) if rule.kind is PathKind.SIMULATED)
        return [FoundPort(port, indices) for port in self._simulation.ports]


def _retrieve(look: asyncio.Task[tuple[FoundPort, ...]]) -> None:
    """Take the error of a look that nobody waits for any more: asyncio would log it as never retrieved."""
    if not look.cancelled():
        look.exception()


def _find(paths: dict[int, str]) -> tuple[FoundPort, ...]:
    """List the machine's ports once for all rules: between two lists a port may come or go. Blocks."""
    indices = tuple(paths)
    found = ports_for(tuple(paths.values()))
    return tuple(FoundPort(one.port, tuple(indices[position] for position in one.patterns)) for one in found)
