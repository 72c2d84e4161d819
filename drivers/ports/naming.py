"""Names of modules, which belong to physical places.

Responsible for giving each place its number once, for filling in the template of a name, and for finding
names that the configuration gives to two places. Must not know where the numbers are kept, nor what a module is doing.
"""

from __future__ import annotations

import itertools
import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from drivers.ports.ports import natural
from drivers.ports.twins import Claim, tell_apart

FIELDS = frozenset({"n", "path", "imei", "usb"})
"""What a template may hold in braces: the place's number, the port's path, the module's IMEI, the place."""

_BRACES = re.compile(r"\{([^{}]*)\}")


@dataclass(frozen=True, slots=True)
class Unnamed:
    """A module that wants a name. `imei` is None until the module has said it.

    Of new places the one with the smaller `rank` is numbered first. `plugged` says whether its ports are there, `told`
    whether its module said its IMEI since the start: before that, it is what another run heard.
    """

    place: str
    template: str
    path: str = ""
    imei: str | None = None
    rank: int = 0
    plugged: bool = True
    told: bool = True


@dataclass(frozen=True, slots=True)
class Names:
    """Names by place, and the numbers to keep.

    A place whose template asks for an IMEI that is not known yet has no name. `clashes` has each name that
    several places share, with them in natural order: an error of the configuration. Names made of IMEIs clash with
    nothing: `named` has those to keep, `twins` those that differ from their template since another place has that
    name, and `yielded` the unplugged places whose name went to where the module is now.
    """

    names: Mapping[str, str]
    kept: Mapping[str, int]
    clashes: Mapping[str, tuple[str, ...]]
    named: Mapping[str, str] = field(default_factory=dict)
    twins: Mapping[str, str] = field(default_factory=dict)
    yielded: frozenset[str] = frozenset()


def unknown_fields(template: str) -> tuple[str, ...]:
    """Give what stands in braces and is no field, in the template's order."""
    return tuple(field for field in _BRACES.findall(template) if field not in FIELDS)


def assign(
    modules: Iterable[Unnamed],
    kept: Mapping[str, int],
    named: Mapping[str, str] | None = None,
    *,
    longest: int | None = None,
) -> Names:
    """Name the modules.

    `kept` holds the number of every place that ever had one, whether it is there now or not. A new place gets
    the smallest number that no place has, from 1, in natural order; only templates with {n} take one. Names are cut
    to `longest` characters, and clash where only the rest told them apart. `named` holds the names made of IMEIs that
    places had.
    """
    modules = set(modules)
    literal = {module.template for module in modules if "{" not in module.template}
    numbers = dict(kept)
    taken = set(numbers.values())
    names: dict[str, str] = {}
    places: defaultdict[str, list[str]] = defaultdict(list)
    claims: list[Claim] = []
    for module in sorted(modules, key=lambda module: (module.rank, natural(module.place))):
        if "{n}" in module.template and module.place not in numbers:
            free = (n for n in itertools.count(1) if module.template.replace("{n}", str(n)) not in literal)
            numbers[module.place] = next(n for n in free if n not in taken)
            taken.add(numbers[module.place])
        name = _filled(module, numbers.get(module.place))
        if name is None:
            continue
        if "{imei}" in module.template:
            claims.append(Claim(module.place, name, module.plugged, module.told))
        else:
            names[module.place] = name[:longest]
            places[name[:longest]].append(module.place)
    clashes = {name: tuple(sharing) for name, sharing in places.items() if len(sharing) > 1}
    by_imei = tell_apart(claims, named or {}, names.values(), longest=longest)
    used = {*names.values(), *by_imei.values()}
    return Names(
        names | by_imei,
        numbers,
        clashes,
        named={place: name for place, name in (named or {}).items() if name not in used} | by_imei,
        twins={
            one.place: by_imei[one.place]
            for one in claims
            if one.plugged and by_imei.get(one.place, one.name[:longest]) != one.name[:longest]
        },
        yielded=frozenset(one.place for one in claims if not one.plugged and one.place not in by_imei),
    )


def _filled(module: Unnamed, number: int | None) -> str | None:
    """Fill a template in; None while a field of it is not known. Other braces stay as they are."""
    values = {"n": number, "path": module.path, "imei": module.imei, "usb": module.place}
    if any(values.get(field, "") is None for field in _BRACES.findall(module.template)):
        return None
    return _BRACES.sub(lambda match: str(values.get(match[1], match[0])), module.template)
