"""Which modules the bank has: the rules of config.yaml applied to the ports that were found.

Which rule applies to a port, which ports are one module, and which place is kept while its module is unplugged. Pure.
"""

from __future__ import annotations

import itertools
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from agent.bank.place import Place
from agent.bank.siblings import Siblings
from agent.config import PathKind, PortRole, PortRule
from agent.language import N_, Retelling
from drivers.ports.naming import Unnamed, assign
from drivers.ports.ports import ModulePorts, Port, group
from drivers.ports.usb_ids import DeviceKind

_DEFAULT_NAME = PortRule.model_fields["name"].default
LONGEST_NAME = 100
"""Characters of a port_id that Onlinesim takes (docs/design.md §6)."""
MOST_SEEN = 4_096
"""Places that are shown though they are unplugged; the rest is forgotten until the next plug."""
_RULE = 1_000_000
"""More than the places any one rule can have: places are in the order of their rules."""


class NameClash(Exception):
    """config.yaml gives one name (port_id) to two modules."""


CLASH: Final = N_(
    "two modules would be called '{name}' ({places}): give one of them another name under ports in config.yaml"
)
clash_in: Final = Retelling(CLASH)
"""Says a NameClash in another language."""


@dataclass(frozen=True, slots=True)
class FoundPort:
    """A port, and the indices of the rules whose path leads to it."""

    port: Port
    rules: tuple[int, ...]


@dataclass(slots=True)
class Roster:
    """Applies rules to ports; remembers the places it has made, and the names given to them."""

    rules: tuple[PortRule, ...]
    overrides: Mapping[str, str] = field(default_factory=dict)
    """Kinds of USB devices by VID:PID, where the table is wrong."""
    numbers: Mapping[str, int] = field(default_factory=dict)
    """The {n} of every place that ever had one."""
    given: Mapping[str, str] = field(default_factory=dict)
    """Names that people gave to places (`rename`)."""
    imeis: Mapping[str, str] = field(default_factory=dict)
    """The IMEI that the module of each place reported, for names that are made of it."""
    confirmed: Collection[str] = frozenset()
    """The places whose module reported it in this run."""
    by_imei: Mapping[str, str] = field(default_factory=dict)
    """The names made of IMEIs that places have."""
    suffixed: Mapping[str, str] = field(default_factory=dict)
    """Those of them that got a suffix, since another place has the name."""
    siblings: Siblings = field(default_factory=Siblings)
    """Which ports of unlisted USB devices are one module."""
    _seen: dict[str, Place] = field(default_factory=dict)
    _last: tuple[object, tuple[Place, ...]] | None = field(default=None, init=False, repr=False)
    """All that the last arrangement was made from, and what it was."""

    def arrange(self, found: Sequence[FoundPort]) -> tuple[Place, ...]:
        """Return the places of all modules in order, those that are unplugged included. Raises NameClash.

        While nothing that it goes by has changed, it is the same object as last time.
        """
        given = self._given(found)
        if self._last is None or self._last[0] != given:
            self._last = None
            self._last = given, self._arranged(found)
        return self._last[1]

    def _given(self, found: Sequence[FoundPort]) -> object:
        return (
            tuple(found),
            dict(self.numbers),
            self.given,
            dict(self.imeis),
            set(self.confirmed),
            self.by_imei,
            self.siblings.known,
            self._seen,
        )

    def _arranged(self, found: Sequence[FoundPort]) -> tuple[Place, ...]:
        nameless = {place.key: (place, rule) for place, rule in self._places(found)}
        unnamed = (self._unnamed(*one) for one in nameless.values() if self._has_place(*one))
        names = assign(unnamed, self.numbers, self.by_imei, given=self.given, longest=LONGEST_NAME)
        for name, keys in names.clashes.items():
            raise NameClash(CLASH.format(name=name, places=", ".join(keys)))
        self.numbers, self.by_imei, self.suffixed = names.numbers, names.by_imei, names.suffixed
        places = {
            key: replace(
                place,
                name=names.names.get(key) or f"unknown at {place.ports[0] if place.ports else key}",
                template=_template(rule),
            )
            for key, (place, rule) in nameless.items()
            if key not in names.released
        }
        # Those with ports come first, then those that lost theirs, the latest first.
        self._seen = dict(itertools.islice(places.items(), max(MOST_SEEN, len(found))))
        return tuple(sorted(places.values(), key=lambda place: place.order))

    def forget(self, keys: Collection[str]) -> None:
        """Forget unplugged places, with their numbers and names."""
        if keys:
            self.numbers = {key: n for key, n in self.numbers.items() if key not in keys}
            self.given = {key: name for key, name in self.given.items() if key not in keys}
            self.by_imei = {key: name for key, name in self.by_imei.items() if key not in keys}
            self._seen = {key: place for key, place in self._seen.items() if key not in keys}

    def _places(self, found: Sequence[FoundPort]) -> Iterator[tuple[Place, PortRule]]:
        """Yield places without names: those with ports, those that lost theirs, those never there."""
        reached = {index for one in found for index in one.rules}
        ruled = {one.port.path: self._rule_for(one.rules) for one in found}
        alone = group(self._openable(found, ruled), overrides=self.overrides)
        keys = {module.place for module in alone}
        for position, module in enumerate(self.siblings.merge(alone)):
            index = min(ruled[port.path] for port in (module.ports or module.not_at))
            rule = self.rules[index]
            place = _place(module.place, rule, index * _RULE + position, module)
            yield self._with_siblings(place, module), rule
        for place in self._seen.values():
            rule = self.rules[place.order // _RULE]
            moved = _names_one_port(rule) and place.order // _RULE in reached
            if place.key not in keys and not moved:
                yield replace(place, ports=()), rule
        known = {place.order // _RULE for place in self._seen.values()}
        for index, rule in enumerate(self.rules):
            if _names_one_port(rule) and rule.role is not PortRole.CONTROL and index not in known | reached:
                yield _place(rule.path, rule, index * _RULE), rule

    def _with_siblings(self, place: Place, module: ModulePorts) -> Place:
        usb = module.ports[0].usb if module.ports else None
        if module.kind is not DeviceKind.UNKNOWN or usb is None:
            return place
        return replace(place, unlisted=usb.device_place, merged=len(module.ports) > 1, siblings=self.siblings)

    def _openable(self, found: Sequence[FoundPort], ruled: Mapping[str, int]) -> Iterable[Port]:
        for one in found:
            if self._may_open(one):
                yield _grouped(one.port, self.rules[ruled[one.port.path]])

    def _may_open(self, one: FoundPort) -> bool:
        """Control ports are never opened, whatever other rule leads to them as well."""
        return not any(self.rules[index].role is PortRole.CONTROL for index in one.rules)

    def _rule_for(self, indices: tuple[int, ...]) -> int:
        return min(indices, key=lambda index: (self.rules[index].kind, index))

    def _has_place(self, place: Place, rule: PortRule) -> bool:
        """Whether the physical place is known: a path that was never there may lead to any place on USB."""
        known = place.key in self.numbers or place.key in self.given
        unseen = not place.ports and place.key == rule.path and not known
        return not unseen or "{n}" not in rule.name

    def _unnamed(self, place: Place, rule: PortRule) -> Unnamed:
        path = place.ports[0] if place.ports else place.key
        return Unnamed(
            place.key,
            _template(rule),
            path,
            self.imeis.get(place.key),
            rank=place.order,
            plugged=bool(place.ports),
            confirmed=place.key in self.confirmed,
        )


def _template(rule: PortRule) -> str:
    return rule.module if rule.module is not None and rule.name == _DEFAULT_NAME else rule.name


def _names_one_port(rule: PortRule) -> bool:
    return rule.kind in {PathKind.EXACT, PathKind.URL} and rule.module is None


def _place(key: str, rule: PortRule, order: int, module: ModulePorts | None = None) -> Place:
    usb = (module.ports or module.not_at)[0].usb if module is not None else None
    return Place(
        key=key,
        name="",
        order=order,
        ports=tuple(port.path for port in module.ports) if module is not None else (),
        group=_hub(usb.device) if usb is not None else "",
        usb_id=f"{usb.vid}:{usb.pid}" if usb is not None else "",
        native=module is not None and module.kind is DeviceKind.MODEM,
        driver=rule.driver,
        baudrate=rule.baudrate if isinstance(rule.baudrate, int) else None,
        share=rule.share,
        enabled=rule.enabled,
    )


def _grouped(port: Port, rule: PortRule) -> Port:
    return replace(port, module=rule.module) if rule.module is not None and port.usb is None else port


def _hub(device: str) -> str:
    """Return the hub a device is plugged into, "1-1.4" for "1-1.4.2": modules of a pool belong together."""
    return device.rpartition(".")[0] or device
