"""Where the bank's ports come from: the machine's, and the simulated bank's.

Responsible for one list of ports for the roster, however slow sysfs is: the look is done in a thread of its own, and
while one hangs the last list holds. Must not know what the ports are for.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Final

from agent.config import PathKind, PortRule
from agent.roster import FoundPort
from drivers.discovery import Found, ports_for, usb_serial_ports
from drivers.offload import offload

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from agent.simulation import Simulation

_log = logging.getLogger(__name__)

LOOK_WITHIN: Final = 5.0
"""Seconds; sysfs answers in milliseconds unless a driver hangs."""


class PortSource:
    """Finds the ports to which rules lead."""

    def __init__(self, rules: Sequence[PortRule], simulation: Simulation | None) -> None:
        self._rules = rules
        self._simulation = simulation
        self._machine: tuple[FoundPort, ...] = ()
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
            self._machine = await offload(find, name="look at ports", timeout=LOOK_WITHIN)
            self._blind = False
        except TimeoutError:
            self._keep_last("it hangs")
        except (OSError, RuntimeError) as why:  # sysfs is not readable, or there are no more threads
            self._keep_last(str(why))

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
    """Look at the machine; `usb` leads to every USB serial port. Blocking."""
    written = [(index, path) for index, path in paths.items() if path != "usb"]
    everywhere = tuple(index for index, path in paths.items() if path == "usb")
    found: list[Found] = ports_for([path for _, path in written]) if written else []
    ports = {one.port: tuple(written[position][0] for position in one.patterns) for one in found}
    for port in usb_serial_ports() if everywhere else ():
        ports[port] = (*ports.get(port, ()), *everywhere)
    return tuple(FoundPort(port, rules) for port, rules in ports.items())
