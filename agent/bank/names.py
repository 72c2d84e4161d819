"""The names of places as people change them: rename, move, exchange, forget. Pure.

A name is a number ({n}) where the template of config.yaml makes it, else one that is kept as it was given.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace

from agent.bank import name_texts as texts
from agent.bank.roster import LONGEST_NAME
from agent.formats.near_miss import nearest
from drivers.ports.naming import may_be_renamed, named_by, number_in

_UNUSABLE = re.compile(r"[{}\x00-\x1f\x7f]")


class NameRefused(Exception):
    """The names stay as they are; the text says why, and what to do."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NamedPlace:
    """A place that has a name, or had one: then `ports` is empty."""

    key: str
    name: str
    template: str
    """The name as config.yaml has it, {n} not filled in; "" where no rule of today leads there."""
    ports: tuple[str, ...] = ()
    imei: str | None = None

    @property
    def there(self) -> bool:
        """Whether a module is there now."""
        return bool(self.ports)


@dataclass(frozen=True, slots=True, kw_only=True)
class Names:
    """All places, their {n} and the names that people gave; changed copies come from the methods."""

    places: tuple[NamedPlace, ...]
    numbers: Mapping[str, int] = field(default_factory=dict)
    given: Mapping[str, str] = field(default_factory=dict)
    dropped: frozenset[str] = frozenset()
    """Keys of places that were forgotten on the way."""

    @property
    def by_key(self) -> Mapping[str, NamedPlace]:
        """Each place by its key."""
        return {place.key: place for place in self.places}

    def rename(self, old: str, new: str, *, swap: bool = False) -> Names:
        """Give the module `old` the name `new`; with `swap` the two exchange theirs. Raises NameRefused."""
        place, other = self.find(old), self._named(new)
        _check(new)
        if place.name == new:
            raise NameRefused(texts.SAME_NAME.format(name=new))
        if other is None:
            if swap:
                raise NameRefused(texts.NONE_TO_EXCHANGE.format(name=new))
            return self._with({place.key: new})
        if not swap:
            taken = texts.TAKEN if other.there else texts.TAKEN_BY_NOBODY
            raise NameRefused(taken.format(name=new, place=_where(other)))
        return self._with({place.key: new, other.key: place.name})

    def move(self, name: str, where: Collection[str], *, swap: bool = False) -> Names:
        """Give the name to the module at `where`: a place, a port or the name that it has now, in ways of writing it.

        Raises NameRefused.
        """
        place, target = self.find(name), self._at(where)
        if place.key == target.key:
            raise NameRefused(texts.NAMED_SO_THERE.format(name=name))
        if swap:
            return self._with({target.key: name, place.key: target.name})
        if place.there:
            raise NameRefused(texts.PLUGGED_IN.format(name=name, place=_where(place)))
        return self._drop({place.key})._with({target.key: name})  # noqa: SLF001  its own kind

    def move_all(self) -> tuple[Names, tuple[tuple[str, NamedPlace], ...]]:
        """Move each name whose module, by its IMEI, is now in another place.

        Return the names as they are then, and each with the place that it went to. An IMEI that two places tell
        decides nothing: IMEIs are cloned.
        """
        moved = self.elsewhere()
        names = {target.key: name for name, target in moved}
        moving = {name for name, _ in moved}
        left = {place.key for place in self.places if place.name in moving}
        # At once: one by one, each a copy of all, a thousand would hold up the event loop for seconds.
        return self._drop(left)._with(names), moved  # noqa: SLF001  its own kind

    def elsewhere(self) -> tuple[tuple[str, NamedPlace], ...]:
        """Return each name whose module, by its IMEI, is in another place now, with that place."""
        here, gone = _by_imei(self.places, there=True), _by_imei(self.places, there=False)
        both = ((place, here.get(imei)) for imei, place in gone.items())
        return tuple(
            (place.name, target)
            for place, target in both
            if target is not None and _renamable(place) and _renamable(target)
        )

    def forget(self, name: str) -> Names:
        """Forget a place that no module is in. Raises NameRefused."""
        place = self.find(name)
        if place.there:
            raise NameRefused(texts.TO_UNPLUG.format(name=name, place=_where(place)))
        if place.template and "{" not in place.template:
            raise NameRefused(texts.RULE_TO_REMOVE.format(name=name))
        return self._drop({place.key})

    def find(self, name: str) -> NamedPlace:
        """Return the place of this name. Raises NameRefused."""
        place = self._named(name)
        if place is not None:
            return place
        meant = nearest(name, [place.name for place in self.places])
        hint = texts.MEANT.format(word=meant) if meant else texts.LISTED
        raise NameRefused(texts.NONE_CALLED.format(name=name, hint=hint))

    def changes(self, before: Names) -> dict[str, str]:
        """Return the new name of each module whose name differs from `before`, by the old one."""
        old = {place.key: place.name for place in before.places}
        return {
            old[place.key]: place.name
            for place in self.places
            if place.key in old and old[place.key] != place.name
        }

    def _named(self, name: str) -> NamedPlace | None:
        return next((place for place in self.places if place.name == name), None)

    def _at(self, where: Collection[str]) -> NamedPlace:
        for place in self.places:
            if place.there and not {place.key, place.name, *place.ports}.isdisjoint(where):
                return place
        written = next(iter(where), "")
        raise NameRefused(texts.NONE_AT.format(place=written))

    def _drop(self, keys: Collection[str]) -> Names:
        return replace(
            self,
            places=tuple(place for place in self.places if place.key not in keys),
            numbers={key: n for key, n in self.numbers.items() if key not in keys},
            given={key: name for key, name in self.given.items() if key not in keys},
            dropped=self.dropped.union(keys),
        )

    def _with(self, names: Mapping[str, str]) -> Names:
        """Give each of these places its name."""
        by_key = self.by_key
        for key in names:
            _check_renamable(by_key[key])
        numbers = {key: n for key, n in self.numbers.items() if key not in names}
        given = {key: name for key, name in self.given.items() if key not in names}
        taken = set(numbers.values())
        for key, name in names.items():
            number = number_in(name, by_key[key].template)
            if number is not None and number not in taken:
                numbers[key] = number
                taken.add(number)
            else:
                given[key] = name
        places = tuple(replace(place, name=names.get(place.key, place.name)) for place in self.places)
        return replace(self, places=places, numbers=numbers, given=given)


def remembered(
    known: Iterable[str], templates: Iterable[str], numbers: Mapping[str, int], given: Mapping[str, str]
) -> Iterator[tuple[str, str, str]]:
    """Yield key, name and template of places that have no module, as far as their names can be told.

    Of several `templates` the first with {n} counts: which of them a place had that is not there is not kept.
    """
    template = next((one for one in templates if number_in(named_by(one, 1) or "", one)), "")
    for key in known:
        name = given.get(key) or named_by(template, numbers.get(key))
        if name:
            yield key, name, template


def _check(name: str) -> None:
    if not name.strip() or name != name.strip() or _UNUSABLE.search(name) or not name.isprintable():
        raise NameRefused(texts.UNUSABLE)
    if len(name) > LONGEST_NAME:
        raise NameRefused(texts.TOO_LONG.format(most=LONGEST_NAME))


def _renamable(place: NamedPlace) -> bool:
    return not place.template or may_be_renamed(place.template)


def _check_renamable(place: NamedPlace) -> None:
    if _renamable(place):
        return
    text = texts.MADE_OF_IMEI if "{imei}" in place.template else texts.RULE_TO_CHANGE
    raise NameRefused(text.format(name=place.name))


def _by_imei(places: Iterable[NamedPlace], *, there: bool) -> dict[str, NamedPlace]:
    """Return the places by an IMEI that no other of them tells."""
    found: dict[str, NamedPlace | None] = {}
    for place in places:
        if place.imei and place.there is there:
            found[place.imei] = None if place.imei in found else place
    return {imei: place for imei, place in found.items() if place is not None}


def _where(place: NamedPlace) -> str:
    return place.ports[0] if place.ports else texts.NO_MODULE_THERE.format(place=place.key)
