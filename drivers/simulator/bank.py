"""A SIM bank: modules in columns, slots in rows behind them.

Module k reads the slots k, k + modules, k + 2 modules, ….
"""

from __future__ import annotations

import os
import random
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path
from typing import Any, Self

from drivers.simulator import card_issuer, usb_tree
from drivers.simulator.module import SimulatedModule
from drivers.simulator.personality import load, names
from drivers.simulator.pty_watch import PtyWatch
from drivers.simulator.sim import Sim
from drivers.simulator.wirelog import WireLog

USUAL_SLOTS = 512
"""Slots of a bank that nobody has sized; more modules than that have one each."""
FIRST_CARD, LAST_CARD = 2.0, 8.0
"""Seconds until a switched column has its new card (docs/at-field-guide.md §10.4)."""
RESTART_AFTER = 1.0
"""Seconds until the pool's own software restarts a module that got a new card (docs/at-field-guide.md §10.4)."""


class SimulatedBank:
    """A bank on pseudo-terminals; use as `async with SimulatedBank(modules=8) as bank:`.

    `mix` names personalities, which take turns; empty means all. `latency` in seconds, None for each
    personality's own. `unknown_numbers` (0 to 1) is the share of cards without a number. All of it follows
    from `seed`.
    """

    def __init__(
        self,
        *,
        modules: int = 64,
        slots: int | None = None,
        seed: int = 0,
        latency: float | None = 0.01,
        mix: Sequence[str] = (),
        tree: str = "plain",
        speed: float = 1.0,
        unknown_numbers: float = 0.0,
        wire_log: str | os.PathLike[str] | None = None,
        links: str | os.PathLike[str] | None = None,
        booting: bool = False,
    ) -> None:
        slots = max(USUAL_SLOTS, modules) if slots is None else slots
        if modules < 1 or slots < modules:
            raise ValueError("a bank has at least one module, and a slot for each")
        self.chance = random.Random(seed)  # noqa: S311 - cards, not secrets
        self.cards: list[Sim] = card_issuer.issue(slots, self.chance, unknown=unknown_numbers)
        self.row = 0
        self.modules: list[SimulatedModule] = []
        kinds = [load(name) for name in mix or names()]
        self._kinds = [kinds[index % len(kinds)] for index in range(modules)]
        self._plans = usb_tree.plans(tree, self._kinds)
        self._seed, self._latency, self._speed, self._booting = seed, latency, speed, booting
        self._wire_log_path, self._links = wire_log, Path(links) if links else None

    async def __aenter__(self) -> Self:
        self._pty_watch = PtyWatch()
        self._wire_log = WireLog.from_environment(*([self._wire_log_path] if self._wire_log_path else []))
        for index, (kind, plan) in enumerate(zip(self._kinds, self._plans, strict=True)):
            module = SimulatedModule(
                kind,
                name=f"Port{index + 1}",
                card=self.cards[index],
                ports=plan,
                latency=self._latency,
                speed=self._speed,
                seed=self._seed,
                pty_watch=self._pty_watch,
                wire_log=self._wire_log,
            )
            self.modules.append(module)
            module.start(booting=self._booting)
        self.relink()
        return self

    async def __aexit__(self, *_: object) -> None:
        for module in self.modules:
            module.close()
        self.relink()
        self._pty_watch.close()
        self._wire_log.close()

    # State

    def module(self, which: int | str) -> SimulatedModule:
        """Find a module by number (1 is the first) or name; a KeyError names an unknown one."""
        with suppress(ValueError):
            number = int(which)
            if 1 <= number <= len(self.modules):
                return self.modules[number - 1]
        for module in self.modules:
            if module.name == which:
                return module
        raise KeyError(str(which))

    @property
    def ports(self) -> list[dict[str, Any]]:
        """List the ports that are there: path, name, module, and USB place as a mapping."""
        return [
            {"path": port.path, "name": port.name, "module": module.name, "usb": _place(port.place)}
            for module in self.modules
            for port in module.ports
            if port.terminal is not None
        ]

    def truth(self) -> dict[str, dict[str, Any]]:
        """Return the real state of each module, by name."""
        return {module.name: module.truth() for module in self.modules}

    # What concerns several modules

    def slot_of(self, module: SimulatedModule, row: int) -> Sim:
        """Return the card that a module gets when the bank is switched to `row`."""
        column, columns = self.modules.index(module), len(self.modules)
        return self.cards[row % self.rows * columns + column]

    @property
    def rows(self) -> int:
        """How many whole rows of slots there are."""
        return len(self.cards) // len(self.modules)

    def swap(self, which: int | str, slot: int | None = None) -> None:
        """Put the card of a slot (from 0; by default of the next row) into a module, without a URC."""
        module = self.module(which)
        card = self.cards[slot] if slot is not None else self._next_card(module)
        module.life.exchange_card(card)

    def _next_card(self, module: SimulatedModule) -> Sim:
        column = [self.slot_of(module, row) for row in range(self.rows)]
        held = column.index(module.life.card) if module.life.card in column else self.row
        return column[(held + 1) % len(column)]

    def switch_row(self, row: int) -> None:
        """Connect another row: modules lose their cards, get new ones seconds later, and are restarted."""
        if not 0 <= row < self.rows:
            raise ValueError(f"rows are 0 to {self.rows - 1}")
        self.row = row
        for module in self.modules:
            if module.plugged:
                module.pull()
                seconds = self.chance.uniform(FIRST_CARD, LAST_CARD) / self._speed
                module.later(seconds, lambda module=module: self._connect(module))  # type: ignore[misc]

    def _connect(self, module: SimulatedModule) -> None:
        if module.plugged:
            module.insert(self.slot_of(module, self.row))
            module.later(RESTART_AFTER / self._speed, module.reboot)

    def clone_imei(self, which: int | str, source: int | str) -> None:
        """Give a module the IMEI of another."""
        self.module(which).state.imei = self.module(source).state.imei

    def same_sim(self, which: int | str, source: int | str) -> None:
        """Have a module hold the very card that another holds, as with a faulty bank."""
        card = self.module(source).life.card
        if card is not None:
            self.module(which).life.exchange_card(card)

    def same_number(self, which: int | str, source: int | str) -> None:
        """Write the number of another module's card onto this one's."""
        card, other = self.module(which).life.card, self.module(source).life.card
        if card is not None and other is not None:
            card.number, card.e164 = other.number, other.e164

    def relink(self) -> None:
        """Point the links at the ports, and drop those of ports that are gone."""
        if self._links is None:
            return
        self._links.mkdir(parents=True, exist_ok=True)
        for module in self.modules:
            for port in module.ports:
                link = self._links / port.name
                fresh = link.with_name(f".{port.name}.fresh")
                link_wanted = port.terminal is not None
                if not link_wanted:
                    link.unlink(missing_ok=True)
                    continue
                fresh.unlink(missing_ok=True)
                fresh.symlink_to(port.path)
                fresh.replace(link)


def _place(place: usb_tree.Place | None) -> dict[str, Any] | None:
    if place is None:
        return None
    return {key: value for key, value in asdict(place).items() if value is not None}
