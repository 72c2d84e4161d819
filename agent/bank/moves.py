"""Which SIM the log last saw in which module, and which two modules have exchanged theirs. Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from agent.bank.module_words import HeldSim

MOST: Final = 4_096
"""SIMs whose place is remembered: eight full banks of 512 slots."""


class Moves:
    """Knows each module by the SIM that was live in it last."""

    def __init__(self) -> None:
        self._sims: dict[str, HeldSim] = {}
        self._places: dict[str, str] = {}
        """The module in which each SIM was live last."""
        self._came_from: dict[str, str] = {}
        """The module in which the SIM that is live now was live before, where that is another one."""

    def seen(self, module: str, sim: HeldSim | None, *, live: bool) -> None:
        """Take note of the SIM in a module whose verdict changed, None where it tells none."""
        if sim is None:
            return
        self._sims[module] = sim
        if not live:
            return
        before = self._places.pop(sim.iccid, module)
        self._places[sim.iccid] = module
        if len(self._places) > MOST:
            del self._places[next(iter(self._places))]
        if before != module:
            self._came_from[module] = before
        else:
            self._came_from.pop(module, None)

    def sim(self, module: str) -> HeldSim | None:
        """Return the SIM that the module told last."""
        return self._sims.get(module)

    def came_from(self, module: str) -> str | None:
        """Return where the SIM that is live there was live before; None where it was there."""
        return self._came_from.get(module)

    def told(self, module: str) -> None:
        """Take note that the log has said where the SIM came from."""
        self._came_from.pop(module, None)

    def partner(self, module: str, held: Callable[[str], HeldSim | None]) -> str | None:
        """Return the module whose SIM this one has, where that in turn holds the one that was live here before.

        `held` tells the SIM that a module holds now.
        """
        other = self._came_from.get(module)
        theirs = held(other) if other is not None else None
        if other is None or theirs is None:
            return None
        exchanged = self._came_from.get(other) == module or self._places.get(theirs.iccid) == module
        return other if exchanged else None

    def keep(self, modules: Mapping[str, object]) -> None:
        """Forget the modules that are gone."""
        if len(self._sims) > len(modules):
            self._sims = {name: sim for name, sim in self._sims.items() if name in modules}
            self._came_from = {name: one for name, one in self._came_from.items() if name in modules}

    def renamed(self, names: Mapping[str, str]) -> None:
        """Know the modules by other names."""
        self._sims = {names.get(name, name): sim for name, sim in self._sims.items()}
        self._places = {iccid: names.get(name, name) for iccid, name in self._places.items()}
        self._came_from = {
            names.get(name, name): names.get(one, one) for name, one in self._came_from.items()
        }
