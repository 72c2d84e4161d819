"""The modules of this moment: the ports that are there, arranged by the rules of one config.yaml.

Responsible for looking at the ports again and again, for who keeps their names when a newcomer's clash, and for
telling the store and the shared ports which places there are. Must not know how ports are found, nor how
places come by their names.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Self

from agent.bank.place import Place
from agent.bank.port_source import PortSource
from agent.bank.roster import NameClash, Roster
from agent.config import PortRule
from agent.sandbox.simulated_bank import SimulatedBank
from agent.store.store import Store
from drivers.sharing import SharedPorts

_log = logging.getLogger(__name__)


class Inventory:
    """Places for the bank, looked up anew each time."""

    def __init__(
        self,
        roster: Roster,
        source: PortSource,
        *,
        store: Store,
        shared_ports: SharedPorts | None,
        on_clash: Callable[[str], None],
    ) -> None:
        """`on_clash` hears which names clash since a port came, and "" when none do any more."""
        self._roster = roster
        self._source = source
        self._store = store
        self._shared_ports = shared_ports
        self._on_clash = on_clash
        self._clash = ""
        self._places: Sequence[Place] | None = None
        self._count: tuple[int, int] | None = None
        self._twins: dict[str, str] = {}

    @classmethod
    def of(
        cls,
        rules: Sequence[PortRule],
        usb_kinds: Mapping[str, str],
        simulation: SimulatedBank | None,
        *,
        store: Store,
        shared_ports: SharedPorts | None = None,
        on_clash: Callable[[str], None] = lambda _: None,
    ) -> Self:
        """Make the inventory of the ports to which `rules` lead; names of places come from `store` and go there."""
        roster = Roster(
            tuple(rules),
            usb_kinds,
            given=store.places,
            imeis=store.imeis,
            confirmed=store.confirmed,
            named=dict(store.names),
        )
        return cls(
            roster, PortSource(rules, simulation), store=store, shared_ports=shared_ports, on_clash=on_clash
        )

    async def check(self) -> None:
        """Arrange the ports of now and publish nothing. Raises NameClash."""
        trial = replace(self._roster)
        self._places = trial.arrange(await self._source.look())

    async def places(self) -> Sequence[Place]:
        """Return a place for each module that is there. Raises NameClash where the first look finds one."""
        found = await self._source.look()
        try:
            places = self._roster.arrange(found)
        except NameClash as clash:
            if self._places is None:
                raise
            self._say_clash(str(clash))  # one newcomer must not stop those that have their names
            return self._places
        self._places = places
        self._say_clash("")
        self._store.number_places(self._roster.given)
        self._store.name_places(self._roster.named)
        self._store.confirmed -= {place.key for place in places if not place.ports}
        self._say_twins(self._roster.twins)
        if self._shared_ports is not None:
            self._shared_ports.offer(place.name for place in places if place.share and place.enabled)
        self._say_count(len(found), len(places))
        return places

    def _say_clash(self, clash: str) -> None:
        self._on_clash(clash)
        if clash and clash != self._clash:
            _log.error("ports that came or went are not taken: %s", clash)
        self._clash = clash

    def _say_twins(self, twins: Mapping[str, str]) -> None:
        for key, name in twins.items():
            if self._twins.get(key) != name:
                _log.warning("two modules tell one IMEI; both count, and that at %s is called %s", key, name)
        self._twins = dict(twins)

    def _say_count(self, ports: int, modules: int) -> None:
        if self._count == (ports, modules):
            return
        self._count = (ports, modules)
        if modules:
            _log.info("%d ports found, %d modules", ports, modules)
        else:
            _log.warning("no serial port found: plug the modems in; `simbank-agent check` tells more")
