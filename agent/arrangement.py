"""The modules of this moment: the ports that are there, arranged by the rules of one config.yaml.

Responsible for looking at the ports again and again, for who keeps their names when a newcomer's clash, and for
telling the store and the guests' directory which places there are. Must not know how ports are found, nor how
places come by their names.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from agent.roster import NameClash

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from agent.notices import Notices
    from agent.place import Place
    from agent.port_source import PortSource
    from agent.roster import Roster
    from agent.store import Store
    from drivers.guest import Guests

_log = logging.getLogger(__name__)


class Arrangement:
    """Places for the bank, looked up anew each time."""

    def __init__(
        self, roster: Roster, source: PortSource, *, store: Store, guests: Guests | None, notices: Notices
    ) -> None:
        self._roster = roster
        self._source = source
        self._store = store
        self._guests = guests
        self._notices = notices
        self._places: Sequence[Place] | None = None
        self._count: tuple[int, int] | None = None
        self._twins: dict[str, str] = {}

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
        self._notices.clash = ""
        self._store.number_places(self._roster.given)
        self._store.name_places(self._roster.named)
        self._store.told -= {place.key for place in places if not place.ports}
        self._say_twins(self._roster.twins)
        if self._guests is not None:
            self._guests.offer(place.name for place in places if place.share and place.enabled)
        self._say_count(len(found), len(places))
        return places

    def _say_clash(self, clash: str) -> None:
        if clash != self._notices.clash:
            self._notices.clash = clash
            _log.error("ports that came or went are not taken: %s", clash)

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
