"""One module of the bank: its place, its watcher, its state, and the number of its SIM."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Final

from agent.bank.place import Place
from agent.bank.watcher import Watcher
from agent.decision.module_state import ModuleState, update
from agent.decision.verdict import ModuleInput
from agent.numbers.resolve import Resolution
from agent.numbers.told import ToldNumbers
from drivers.observation import Identity, NumberReading, Observation
from drivers.ports.ports import plausible_imei

NumberLookup = Callable[[str, "str | None", "tuple[NumberReading, ...] | None"], Resolution]
"""Looks up a SIM's number by ICCID, IMSI and the numbers that its module reported (None: not asked yet)."""

NO_SIM: Final = Resolution(number=None, rejected=None, disabled=False)


@dataclass(slots=True)
class Member:
    """A module that the bank watches; `watcher` is None for one that must not be opened."""

    place: Place
    watcher: Watcher | None = None
    state: ModuleState = field(default_factory=ModuleState)
    resolution: Resolution = NO_SIM
    identity: Identity | None = None
    numbers: tuple[tuple[str, str | None], tuple[NumberReading, ...]] | None = None
    """A SIM as (ICCID, IMSI), and the numbers that the module reported for it."""
    complete: Observation | None = None
    """The newest complete observation."""
    task: asyncio.Task[None] | None = None
    started_at: float = 0.0
    failures: int = 0
    """How often in a row its watcher failed."""
    _input: ModuleInput | None = None
    """What `input` made last, and of what beside the two values that it holds itself."""
    _place: Place | None = None
    _identity: Identity | None = None

    @property
    def imei(self) -> str | None:
        """The IMEI that the module reported last, if it can be one."""
        imei = self.identity.imei if self.identity is not None else None
        return imei if imei is not None and plausible_imei(imei) else None

    @property
    def reported_numbers(self) -> tuple[NumberReading, ...] | None:
        """What the module reported as the number of the SIM that it holds now; None if it was not asked."""
        if self.numbers is None:
            return None
        (iccid, imsi), reported = self.numbers
        same_sim = iccid == self.state.iccid and imsi in {None, self.state.imsi}
        return reported if same_sim else None

    def take(self, seen: Observation, now: float) -> None:
        """Take an observation in; what it leaves open stays as it was."""
        self.state = update(self.state, seen, now)
        if self.state.latest is not seen:  # it began before the one that is known
            return
        self.identity = seen.identity or self.identity
        self.complete = seen if seen.complete else self.complete
        if seen.iccid is not None and seen.numbers is not None and self.state.iccid is not None:
            self.numbers = ((self.state.iccid, self.state.imsi), seen.numbers)

    def tells_of_sibling(self, seen: Observation) -> bool:
        """Note what a port of an unlisted USB device told; whether it may be one module with another port now."""
        siblings = self.place.siblings
        imei = seen.identity.imei if seen.identity is not None else None
        return siblings is not None and siblings.tell(self.place.key, imei, seen.iccid)

    def add_number(self, iccid: str, number: NumberReading) -> bool:
        """Keep one more number for the SIM; False where it is no longer in this module."""
        if self.state.iccid != iccid:
            return False
        self.numbers = ((iccid, self.state.imsi), (*(self.reported_numbers or ()), number))
        return True

    def resolve(self, lookup: NumberLookup, told: ToldNumbers | None = None) -> None:
        """Look the SIM's number up again; what the module told for another card before is not believed."""
        iccid, imsi, reported = self.state.iccid, self.state.imsi, self.reported_numbers
        if iccid is None:
            self.resolution = NO_SIM
            return
        believed, stale = (told or ToldNumbers()).sort(self.place.key, iccid, reported or (), imei=self.imei)
        found = lookup(iccid, imsi, believed if reported is not None else None)
        disbelieved = stale[0].text if stale and found.number is None else ""
        self.resolution = replace(found, stale=disbelieved) if disbelieved else found

    def input(self) -> ModuleInput:
        """Return what is to be decided upon; the same object while nothing of it is another."""
        made = self._input
        if (
            made is None
            or made.state is not self.state
            or made.resolution is not self.resolution
            or self._place is not self.place
            or self._identity is not self.identity
        ):
            made = ModuleInput(
                self.state, self.resolution, self.place.order, not self.place.enabled, self._sibling()
            )
            self._input, self._place, self._identity = made, self.place, self.identity
        return made

    def decided(self, module: ModuleInput) -> None:
        """Take over what was decided upon, as it is afterwards."""
        self.state, self._input = module.state, module

    def _sibling(self) -> str:
        return f"{self.place.unlisted} {self.imei}" if self.place.unlisted and self.imei else ""
