"""Names of modules, which belong to physical places; those made of IMEIs belong to the module and move with it."""

from __future__ import annotations

import itertools
import re
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from drivers.ports.ports import natural

_PLACEHOLDER = re.compile(r"\{([^{}]*)\}")


@dataclass(frozen=True, slots=True)
class Unnamed:
    """A module that needs a name, from a template with {n}, {path}, {imei} and {usb}.

    `imei` is None until the module has reported it. Of new places the one with the smaller `rank` is numbered first.
    `plugged`: its ports exist. `confirmed`: the module reported its IMEI in this run; before that, it is remembered.
    """

    place: str
    template: str
    path: str = ""
    imei: str | None = None
    rank: int = 0
    plugged: bool = True
    confirmed: bool = True


@dataclass(frozen=True, slots=True)
class Names:
    """Names by place, and what to keep for the next time.

    A place whose template needs an IMEI that is not known yet has no name. Names made of IMEIs do not clash.
    """

    names: Mapping[str, str]
    numbers: Mapping[str, int]
    """The {n} of every place that ever had one."""
    clashes: Mapping[str, tuple[str, ...]]
    """Each name that several places share, with them in natural order: an error of the configuration."""
    by_imei: Mapping[str, str] = field(default_factory=dict)
    """The names made of IMEIs that places have."""
    suffixed: Mapping[str, str] = field(default_factory=dict)
    """Those of them that got a suffix, since another place has the name."""
    released: frozenset[str] = frozenset()
    """Unplugged places whose name went to where the module is now."""


@dataclass(frozen=True, slots=True)
class Claim:
    """A place whose template and IMEI make `name`. `plugged` and `confirmed` as in `Unnamed`."""

    place: str
    name: str
    plugged: bool = True
    confirmed: bool = True


def assign(
    modules: Iterable[Unnamed],
    numbers: Mapping[str, int],
    by_imei: Mapping[str, str] | None = None,
    *,
    given: Mapping[str, str] | None = None,
    longest: int | None = None,
) -> Names:
    """Name the modules; `numbers` and `by_imei` as the last Names had them, `given` as people gave them to places.

    A new place gets the smallest number that no place has, from 1, in natural order; only templates with {n} take one.
    A given name replaces that of a template that `may_be_renamed`. Names are cut to `longest` characters, and clash if
    only the rest was different.
    """
    modules = [_as_given(module, given or {}) for module in set(modules)]
    had = by_imei or {}
    numbers = _numbered(modules, numbers, reserved=(given or {}).values())
    filled = [(module, _filled(module, numbers.get(module.place))) for module in _in_order(modules)]
    named = [(module, name, "{imei}" in module.template) for module, name in filled if name is not None]
    names = {module.place: name[:longest] for module, name, by_its_imei in named if not by_its_imei}
    claims = [
        Claim(module.place, name, module.plugged, module.confirmed)
        for module, name, by_its_imei in named
        if by_its_imei
    ]
    claimed = names_by_imei(claims, had, names.values(), longest=longest)
    used = {*names.values(), *claimed.values()}
    return Names(
        names | claimed,
        numbers,
        _clashes(names),
        by_imei={place: name for place, name in had.items() if name not in used} | claimed,
        suffixed={
            one.place: claimed[one.place]
            for one in claims
            if one.plugged and claimed.get(one.place, one.name[:longest]) != one.name[:longest]
        },
        released=frozenset(one.place for one in claims if not one.plugged and one.place not in claimed),
    )


def may_be_renamed(template: str) -> bool:
    """Whether a name of this template belongs to the place: not one written whole, nor one made of the IMEI."""
    placeholders = set(_PLACEHOLDER.findall(template)) & {"n", "path", "usb", "imei"}
    return bool(placeholders) and "imei" not in placeholders


def number_in(name: str, template: str) -> int | None:
    """Return the {n} that makes `name` of a template with nothing else to fill in; None where none does."""
    if template.count("{n}") != 1 or _PLACEHOLDER.findall(template) != ["n"]:
        return None
    before, _, after = template.partition("{n}")
    found = re.fullmatch(rf"{re.escape(before)}([1-9][0-9]{{0,5}}){re.escape(after)}", name, re.ASCII)
    return int(found[1]) if found else None


def named_by(template: str, number: int | None) -> str | None:
    """Return the name that a template and a number make, None where it takes more than the number."""
    return _filled(Unnamed("", template), number) if _PLACEHOLDER.findall(template) == ["n"] else None


def names_by_imei(
    claims: Sequence[Claim],
    had: Mapping[str, str],
    taken: Collection[str] = (),
    *,
    longest: int | None = None,
) -> dict[str, str]:
    """The name of each place that can have one now, all different; earlier claims come first.

    `had`: the names that places had; `taken`: those that nobody here may have. A place keeps its name while a module
    is plugged in there; an unplugged one releases it to a newcomer, for the module has moved; a second module with the
    same IMEI gets the name with "-2" appended, the next "-3", and keeps that. A place stays unnamed while it is
    unplugged and its name is claimed elsewhere, or while an IMEI involved has not been confirmed in this run.
    """
    names: dict[str, str] = {}
    used = set(taken)
    most = len(claims) + len(used) + len(had) + 1

    def give(claim: Claim, name: str) -> None:
        names[claim.place] = name
        used.add(name)

    def keeps(claim: Claim) -> bool:
        name = had.get(claim.place, "")
        return name not in used and name in itertools.islice(_suffixed(claim.name, longest), most)

    for plugged in (True, False):
        group = [claim for claim in claims if claim.plugged is plugged]
        for claim in filter(keeps, group):
            give(claim, had[claim.place])
        in_doubt = {names[claim.place] for claim in group if claim.place in names and not claim.confirmed}
        for claim in group:
            name = claim.name[:longest]
            is_free = name not in used
            surely_another = plugged and claim.confirmed and name not in in_doubt
            if claim.place not in names and (is_free or surely_another):
                give(claim, next(form for form in _suffixed(claim.name, longest) if form not in used))
    return names


def _as_given(module: Unnamed, given: Mapping[str, str]) -> Unnamed:
    name = given.get(module.place)
    return replace(module, template=name) if name and may_be_renamed(module.template) else module


def _clashes(names: Mapping[str, str]) -> dict[str, tuple[str, ...]]:
    """Each name that several places have, with them."""
    places: defaultdict[str, list[str]] = defaultdict(list)
    for place, name in names.items():
        places[name].append(place)
    return {name: tuple(sharing) for name, sharing in places.items() if len(sharing) > 1}


def _in_order(modules: Iterable[Unnamed]) -> list[Unnamed]:
    return sorted(modules, key=lambda module: (module.rank, natural(module.place)))


def _numbered(
    modules: Collection[Unnamed], numbers: Mapping[str, int], *, reserved: Iterable[str] = ()
) -> dict[str, int]:
    """`numbers`, and one for each new place whose template needs it; none that makes a literal or `reserved` name."""
    literal = {module.template for module in modules if "{" not in module.template} | set(reserved)
    numbers = dict(numbers)
    taken = set(numbers.values())
    first: dict[str, int] = {}
    """By template, the smallest number that may be free: those below it are not."""
    for module in _in_order(modules):
        if "{n}" in module.template and module.place not in numbers:
            n = first.get(module.template, 1)
            while n in taken or module.template.replace("{n}", str(n)) in literal:
                n += 1
            numbers[module.place] = n
            first[module.template] = n + 1
            taken.add(n)
    return numbers


def _filled(module: Unnamed, number: int | None) -> str | None:
    """The template with its placeholders filled in; None while one is not known. Other braces stay as they are."""
    values = {"n": number, "path": module.path, "imei": module.imei, "usb": module.place}
    if any(values.get(name, "") is None for name in _PLACEHOLDER.findall(module.template)):
        return None
    return _PLACEHOLDER.sub(lambda match: str(values.get(match[1], match[0])), module.template)


def _suffixed(name: str, longest: int | None) -> Iterator[str]:
    """The name, then with a suffix, "490154203237518-2" and so on; each at most `longest` characters."""
    yield name[:longest]
    for number in itertools.count(2):
        suffix = f"-{number}"
        yield name[: None if longest is None else longest - len(suffix)] + suffix
