"""Names made of IMEIs, which are the module's: they move with it, and two modules may tell one.

Responsible for who has such a name when several places would. A place that has it keeps it while a module is plugged
in there; one that is unplugged yields it to a newcomer, for the module has moved; a second module gets the name with
"-2" appended, the next "-3", and keeps that. Must not know templates, nor where names are kept.
"""

from __future__ import annotations

import itertools
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Claim:
    """A place that would be called `name`. `told`: its module said so since the start, it is not from memory."""

    place: str
    name: str
    plugged: bool = True
    told: bool = True


def tell_apart(
    claims: Sequence[Claim],
    kept: Mapping[str, str],
    taken: Collection[str] = (),
    *,
    longest: int | None = None,
) -> dict[str, str]:
    """Give a name of its own to each place that can have one now, the earlier claims first.

    `kept` has the names that places had, `taken` those that nobody here may have. Nameless are unplugged places that
    yield, and newcomers while they or the plugged place that has their name have not told their IMEI: it may be
    another by now.
    """
    names: dict[str, str] = {}
    used = set(taken)
    most = len(claims) + len(used) + len(kept) + 1

    def give(claim: Claim, name: str) -> None:
        names[claim.place] = name
        used.add(name)

    def keeps(claim: Claim) -> bool:
        had = kept.get(claim.place, "")
        return had not in used and had in itertools.islice(_twins(claim.name, longest), most)

    for plugged in (True, False):
        group = [claim for claim in claims if claim.plugged is plugged]
        for claim in filter(keeps, group):
            give(claim, kept[claim.place])
        in_doubt = {names[claim.place] for claim in group if claim.place in names and not claim.told}
        for claim in group:
            name, twin = _twins_not_in(used, claim.name, longest)
            surely_another = plugged and claim.told and name not in in_doubt
            if claim.place not in names and (twin is None or surely_another):
                give(claim, twin or name)
    return names


def _twins_not_in(used: Collection[str], wanted: str, longest: int | None) -> tuple[str, str | None]:
    """Return the name as it is wanted, and the first form of it that is free; None where it is free itself."""
    name = wanted[:longest]
    if name not in used:
        return name, None
    return name, next(form for form in _twins(wanted, longest) if form not in used)


def _twins(name: str, longest: int | None) -> Iterator[str]:
    """Give the name, and then it with a number behind: "490154203237518-2"; each at most `longest` characters."""
    yield name[:longest]
    for number in itertools.count(2):
        suffix = f"-{number}"
        yield name[: None if longest is None else longest - len(suffix)] + suffix
