"""One module of the bank: its place, its watcher, and the newest it said, fact by fact.

Responsible for what still holds of all that a module said: which SIM is in it, and whose number was told for which
SIM. Must not know when a module is asked, nor what is decided about it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from agent.bank.place import Place
from agent.bank.watcher import Watcher
from agent.decision.verdict import Sighting
from agent.numbers.resolve import Resolution
from drivers.observation import Identity, NumberReading, Observation, PortState, SimState

NumberLookup = Callable[[str, "str | None", "tuple[NumberReading, ...] | None"], Resolution]
"""Tells a SIM's number from its ICCID, its IMSI and what the module said of its number, None if it was not asked."""

NO_SIM: Final = Resolution(number=None, rejected=None, disabled=False)


@dataclass(slots=True)
class Member:
    """A module that the bank watches; `watcher` is None for one that must not be opened."""

    place: Place
    observation: Observation
    watcher: Watcher | None = None
    resolution: Resolution = NO_SIM
    identity: Identity | None = None
    card: tuple[str, str | None] | None = None
    """ICCID and IMSI of the SIM that the module last said it holds."""
    numbers: tuple[tuple[str, str | None], tuple[NumberReading, ...]] | None = None
    """A SIM as in `card`, and what the module said about its number."""
    complete: Observation | None = None
    """The newest complete observation."""
    undecided: bool = False
    """The observation has not been decided upon yet."""
    task: asyncio.Task[None] | None = None
    started_at: float = 0.0
    deaths: int = 0
    """How often its watcher died in a row."""

    @property
    def said(self) -> tuple[NumberReading, ...] | None:
        """What the module said about the number of the SIM that it holds now; None if it was not asked."""
        if self.card is None or self.numbers is None:
            return None
        (iccid, imsi), said = self.numbers
        return said if iccid == self.card[0] and imsi in {None, self.card[1]} else None

    def take(self, seen: Observation) -> None:
        """Keep what the module said; what it did not say stays as it was."""
        self.observation = seen
        self.undecided = True
        self.identity = seen.identity or self.identity
        self.complete = seen if seen.complete else self.complete
        self.card = _card(self.card, seen)
        if self.card is not None and seen.iccid is not None and seen.numbers is not None:
            self.numbers = (self.card, seen.numbers)

    def add_number(self, iccid: str, said: NumberReading) -> bool:
        """Keep what else was told for the SIM; False where it is no longer in this module."""
        if self.card is None or self.card[0] != iccid:
            return False
        self.numbers = (self.card, (*(self.said or ()), said))
        return True

    def resolve(self, whose: NumberLookup) -> None:
        """Find the number of the SIM anew."""
        self.resolution = NO_SIM if self.card is None else whose(*self.card, self.said)

    def sighting(self) -> Sighting:
        """Return what is to be decided upon."""
        return Sighting(self.observation, self.resolution, self.place.order, not self.place.enabled)


def _card(known: tuple[str, str | None] | None, seen: Observation) -> tuple[str, str | None] | None:
    """Return the SIM that the module holds after `seen`; what it does not say stays as it was."""
    if seen.iccid is not None:
        imsi = known[1] if known is not None and known[0] == seen.iccid else None
        return seen.iccid, seen.imsi or imsi
    gone = seen.port is not PortState.OPEN or seen.sim is SimState.ABSENT or seen.restarted
    return None if gone and seen.port is not PortState.MUTE else known
