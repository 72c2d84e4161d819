"""The ports of the machine and of the simulated bank, listed in a thread: while sysfs hangs the last list holds."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable, Iterable, Sequence
from typing import Final, Protocol

from agent.bank.roster import FoundPort
from agent.config import PathKind, PortRole, PortRule
from agent.language import _
from agent.language.system_words import error_words
from agent.sandbox.simulated_bank import SimulatedBank
from drivers.offload import offload
from drivers.ports import ports_for

_log = logging.getLogger(__name__)

_TOLD: Final = frozenset({PathKind.EVERY_USB, PathKind.URL})
"""Rules whose ports never come or go without an event; of a path or glob only those that lead to USB."""
LIST_WITHIN: Final = 5.0
"""Seconds; sysfs answers in milliseconds unless a driver hangs, or the machine is overloaded."""
FORGET_LOOK_AFTER: Final = 60.0
"""Seconds after which a look that has not come back is given up, and another one begins."""
RARELY: Final = 10.0
"""Seconds between two looks while udev's events tell of every change: they can be lost."""
LINKS_WITHIN: Final = 3.0
"""Seconds in which udev has made the links of a port; a container gets no events of it."""


class PortEvents(Protocol):
    """What tells of ports that come and go."""

    heard: bool
    """Whether any event has come in this run: in a container none ever does."""
    changes: int
    """How many there were."""


class PortSource:
    """Lists the ports to which rules lead, with the rules of each."""

    def __init__(
        self,
        rules: Sequence[PortRule],
        simulation: SimulatedBank | None,
        clock: Callable[[], float] = time.monotonic,
        events: PortEvents | None = None,
    ) -> None:
        """Without `events` each call looks at the machine; with them only when something may have changed."""
        self._events = events
        self._looked: tuple[float, int] | None = None
        """When the look began whose list is known, and how many events had come; None where another is due."""
        self._rules = rules
        self._simulation = simulation
        self._clock = clock
        self._machine: tuple[FoundPort, ...] = ()
        self._since: dict[tuple[str, tuple[int, ...]], float] | None = None
        """Since when each port is there under its rules; None before the first list, which cannot tell."""
        self._look: asyncio.Task[tuple[FoundPort, ...]] | None = None
        """The look that is under way; one that comes late is taken by the next call."""
        self._look_began = (0.0, 0)
        self._blind = False

    async def list_ports(self) -> tuple[FoundPort, ...]:
        """Return all ports that are there now, with the rules that lead to each."""
        paths = {
            index: rule.path for index, rule in enumerate(self._rules) if rule.kind is not PathKind.SIMULATED
        }
        if paths and not self._told_of_all(paths):
            await self._list_machine(lambda: self._found_again(_find(paths)))
        return (*self._machine, *self._simulated())

    def _told_of_all(self, paths: Iterable[int]) -> bool:
        """Whether an event would have told what is other than in the list that is known."""
        if self._events is None or not self._events.heard or self._looked is None:
            return False
        at, changes = self._looked
        if self._events.changes != changes or self._clock() - at >= RARELY:
            return False
        on_usb = {index for one in self._machine if one.port.usb is not None for index in one.rules}
        return all(index in on_usb or self._rules[index].kind in _TOLD for index in paths)

    async def _list_machine(self, find: Callable[[], tuple[FoundPort, ...]]) -> None:
        self._looked = None
        if self._look is None:
            self._look_began = self._clock(), self._events.changes if self._events is not None else 0
            looked = offload(find, name="list ports", timeout=FORGET_LOOK_AFTER)
            self._look = asyncio.create_task(looked, name="list ports")
            self._look.add_done_callback(_retrieve)
        await asyncio.wait({self._look}, timeout=LIST_WITHIN)
        if not self._look.done():
            self._keep_last(
                _("this takes longer than {seconds:g} s; the result is used when it arrives").format(
                    seconds=LIST_WITHIN
                )
            )
            return
        look, self._look = self._look, None
        try:
            self._machine = self._known(look.result())
            self._looked = self._look_began
            self._blind = False
        except TimeoutError:
            self._keep_last(_("sysfs hangs"))
        except (OSError, RuntimeError) as why:  # sysfs is not readable, or there are no more threads
            self._keep_last(error_words(why) if isinstance(why, OSError) else str(why))

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
