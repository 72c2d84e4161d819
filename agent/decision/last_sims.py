"""Which SIM each module that holds none held last, for people alone: nothing is decided or reported by it. Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from agent.decision.verdict import Decision

MOST: Final = 4_096
"""Modules that are remembered; beyond it those are forgotten that were looked at longest ago."""


@dataclass(frozen=True, slots=True)
class LastSim:
    """A SIM that a module held; `number` is the one that it had there, None where that was not known."""

    iccid: str
    number: str | None
    until: float
    """When it was last known to be there, on the agent's clock."""


class LastSims:
    """Follows the decisions. `known` says whether a card was seen for certain: one that was told once is no loss."""

    def __init__(self, known: Callable[[str], bool], clock: Callable[[], float]) -> None:
        self._known = known
        self._clock = clock
        self._held: dict[str, tuple[str, str | None]] = {}
        """The SIM that each module holds: ICCID and number."""
        self._lost: dict[str, LastSim] = {}

    def decided(self, decision: Decision) -> None:
        """Take note of what the modules hold that were judged anew."""
        for name in decision.judged:
            module = decision.modules[name]
            iccid, number = module.state.iccid, module.resolution.number
            if iccid is not None:
                self._held.pop(name, None)
                self._held[name] = iccid, number.text if number is not None else None
                self._lost.pop(name, None)
            elif (held := self._held.pop(name, None)) is not None:
                self._lost[name] = LastSim(*held, until=self._clock())
        for kept in (self._held, self._lost):
            while len(kept) > MOST:
                del kept[next(iter(kept))]

    def restore(self, sims: Mapping[str, LastSim]) -> None:
        """Add what modules held in earlier runs, by their names; what this run knows stays."""
        for name, sim in sims.items():
            if name not in self._held:
                self._lost.setdefault(name, sim)

    def of(self, name: str) -> LastSim | None:
        """Return the SIM that a module held last; None while it holds one, or where none is known."""
        sim = self._lost.get(name)
        return sim if sim is not None and self._known(sim.iccid) else None

    def rename(self, names: Mapping[str, str]) -> None:
        """Know the modules by other names; `names` has the new ones by the old ones."""
        self._held = {names.get(name, name): held for name, held in self._held.items()}
        self._lost = {names.get(name, name): sim for name, sim in self._lost.items()}
