"""The places of this moment: the ports that are there, arranged by the rules of config.yaml."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Final, Self

from agent.bank.names import NamedPlace, NameRefused, Names, remembered
from agent.bank.place import Place
from agent.bank.port_source import PortEvents, PortSource
from agent.bank.roster import FoundPort, NameClash, Roster, clash_in
from agent.bank.siblings import Siblings
from agent.config import PortRule
from agent.language import N_, Bilingual, _, both, both_n, current_language, ngettext
from agent.sandbox.simulated_bank import SimulatedBank
from agent.store.store import Store
from drivers.sharing import SharedPorts
from drivers.wire import descriptor_limit, descriptors_needed

_log = logging.getLogger(__name__)

RAISE_DESCRIPTORS: Final = N_(
    "raise the limit: `ulimit -Hn 65536` as root before the start, or run the systemd unit"
)
"""What to do where too few files may be open."""


def few_descriptors(limit: int, modules: int, needed: int) -> Bilingual:
    """Return that so many modules need more open files than are allowed, and what to do."""
    return both_n(
        "{limit} open files are allowed, {n} module needs {needed}; some ports stay closed: {advice}",
        "{limit} open files are allowed, {n} modules need {needed}; some ports stay closed: {advice}",
        modules, limit=limit, needed=needed, advice=both(RAISE_DESCRIPTORS),
    )  # fmt: skip


_MOST_NAMED: Final = 8
"""Modules that one line of the log names."""


class Inventory:
    """Lists ports and arranges them, logs what changed, and keeps names in the store."""

    def __init__(
        self,
        roster: Roster,
        source: PortSource,
        *,
        store: Store,
        shared_ports: SharedPorts | None,
        on_clash: Callable[[str], None],
        on_few_descriptors: Callable[[tuple[int, int, int] | None], None] = lambda _: None,
    ) -> None:
        """`on_few_descriptors` gets the limit, the modules and what they need; None when it is enough.

        `on_clash` gets the names that clash since a port came, and "" when none do any more.
        """
        self._roster = roster
        self._source = source
        self._store = store
        self._shared_ports = shared_ports
        self._on_clash = on_clash
        self._on_few_descriptors = on_few_descriptors
        self._few_descriptors: tuple[int, int, int] | None = None
        self._clash = ""
        self._places: Sequence[Place] | None = None
        self._found: tuple[FoundPort, ...] = ()
        self._confirmed: frozenset[str] = frozenset()
        self._judged: frozenset[str] = frozenset()
        """The places whose modules have told their IMEI: newest, and when it was last looked who is elsewhere."""
        self._elsewhere: tuple[tuple[str, str], ...] = ()
        self._count: tuple[int, int] | None = None
        self._suffixed: dict[str, str] = {}

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
        on_few_descriptors: Callable[[tuple[int, int, int] | None], None] = lambda _: None,
        siblings: Siblings | None = None,
        events: PortEvents | None = None,
    ) -> Self:
        """Make the inventory of the ports to which `rules` lead; names of places come from `store` and go there.

        `siblings` is that of the inventory before, which a reload does not change.
        """
        roster = Roster(
            tuple(rules),
            usb_kinds,
            numbers=store.places.numbers,
            given=store.places.given,
            imeis=store.places.imeis,
            confirmed=store.places.confirmed,
            by_imei=dict(store.places.names),
            siblings=siblings or Siblings(),
        )
        return cls(
            roster,
            PortSource(rules, simulation, events=events),
            store=store,
            shared_ports=shared_ports,
            on_clash=on_clash,
            on_few_descriptors=on_few_descriptors,
        )

    async def check(self) -> None:
        """Arrange the ports of now and publish nothing. Raises NameClash."""
        trial = replace(self._roster)
        self._found = await self._source.list_ports()
        self._places = trial.arrange(self._found)

    async def places(self) -> Sequence[Place]:
        """Return a place for each module that is there. Raises NameClash, but only the first time."""
        found = self._found = await self._source.list_ports()
        try:
            places = self._roster.arrange(found)
        except NameClash as clash:
            if self._places is None:
                raise
            self._set_clash(str(clash))  # one new module must not stop those that have their names
            return self._places
        self._set_clash("")
        if places is not self._places:
            self._keep(places)
            self._places = places
        if self._shared_ports is not None:  # each time: what failed is tried again
            self._shared_ports.offer(place.name for place in places if place.share and place.enabled)
        self._log_count(len(found), len(places))
        self._log_elsewhere()
        self._count_descriptors(places)
        return places

    @property
    def listed(self) -> bool:
        """Whether the ports were listed yet."""
        return self._places is not None

    def names(self) -> Names:
        """Return the names of all places as they are since the ports were last listed, those without a module too."""
        roster, imeis = self._roster, self._store.places.imeis
        known = {**roster.numbers, **roster.given}
        named = {
            place.key: (place.name, place.template, place.ports)
            for place in self._places or ()
            if place.ports or place.key in known or "{" not in place.template
        }
        gone = [key for key in known if key not in named]
        templates = [rule.name for rule in roster.rules]
        for key, name, template in remembered(gone, templates, roster.numbers, roster.given):
            named[key] = name, template, ()
        return Names(
            places=tuple(
                NamedPlace(key=key, name=name, template=template, ports=ports, imei=imeis.get(key))
                for key, (name, template, ports) in named.items()
            ),
            numbers=roster.numbers,
            given=roster.given,
        )

    def use(self, names: Names) -> dict[str, str]:
        """Call the places so from now on, in the store too; return the new name of each module by its old one.

        Raises NameRefused where a name of config.yaml is taken.
        """
        changes = names.changes(self.names())
        trial = replace(self._roster, numbers=names.numbers, given=names.given)
        try:
            trial.arrange(self._found)
        except NameClash as clash:
            raise NameRefused(str(clash)) from clash
        self._roster.numbers, self._roster.given = names.numbers, names.given
        self._store.places.rename(names.numbers, names.given)
        self._roster.forget(names.dropped)
        self._store.places.drop(names.dropped)
        self._store.cards.rename_modules(changes)
        # Until the ports are listed again, which may take a while.
        self._places = self._places and [
            replace(place, name=changes.get(place.name, place.name))
            for place in self._places
            if place.key not in names.dropped
        ]
        return changes

    def _keep(self, places: Sequence[Place]) -> None:
        """Keep what places and names were made from."""
        self._store.places.number(self._roster.numbers)
        self._store.places.name(self._roster.by_imei)
        self._roster.forget(self._store.places.forget({place.key for place in places if place.ports}))
        self._store.places.confirmed -= {place.key for place in places if not place.ports}
        self._log_suffixed(self._roster.suffixed)

    def _set_clash(self, clash: str) -> None:
        self._on_clash(clash)
        if clash and clash != self._clash:
            _log.error("new ports are ignored: %s", clash_in(clash, current_language()))
        self._clash = clash

    def _count_descriptors(self, places: Sequence[Place]) -> None:
        modules = sum(1 for place in places if place.ports and place.enabled)
        shared = sum(1 for place in places if place.share and place.enabled)
        limit, needed = descriptor_limit(), descriptors_needed(modules, shared)
        few = (limit, modules, needed) if limit is not None and limit < needed else None
        if few is not None and few != self._few_descriptors:
            _log.error("%s", few_descriptors(*few).localized(current_language()))
        self._few_descriptors = few
        self._on_few_descriptors(few)

    def _log_elsewhere(self) -> None:
        """Say once that modules are in other places than before, as soon as no further one tells its IMEI."""
        before, self._confirmed = self._confirmed, frozenset(self._store.places.confirmed)
        if before != self._confirmed or self._confirmed == self._judged:
            return
        self._judged = self._confirmed
        elsewhere = tuple((name, place.name) for name, place in self.names().elsewhere())
        if elsewhere and elsewhere != self._elsewhere:
            named = _("{now} was {name}")
            shown = [named.format(now=now, name=name) for name, now in elsewhere[:_MOST_NAMED]]
            shown += ["…"] if len(elsewhere) > _MOST_NAMED else []
            text = ngettext(
                "{n} module is in another place than before ({names}): `simbank-agent move --all` gives back its name",
                "{n} modules are in other places than before ({names}): `simbank-agent move --all` gives back their"
                " names",
                len(elsewhere),
            )
            _log.warning("%s", text.format(n=len(elsewhere), names=", ".join(shown)))
        self._elsewhere = elsewhere

    def _log_suffixed(self, suffixed: Mapping[str, str]) -> None:
        for key, name in suffixed.items():
            if self._suffixed.get(key) != name:
                _log.warning(
                    "two modules report the same IMEI; both are used, the one at %s is named %s", key, name
                )
        self._suffixed = dict(suffixed)

    def _log_count(self, ports: int, modules: int) -> None:
        if self._count == (ports, modules):
            return
        self._count = (ports, modules)
        if modules:
            _log.info("ports found: %d, modules: %d", ports, modules)
        else:
            _log.warning("no serial port found: plug in the modems; `simbank-agent check` has details")
