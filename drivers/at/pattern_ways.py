"""In how many ways a regular expression may fit at one place of a text, read from the tree of the engine's own parser.

For patterns without look-around, back-references, and repeats or choices inside a repeat: their ways are those of the
repeats that can take the same run of characters, multiplied.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from re import _constants as sre  # type: ignore[attr-defined]  # the engine's own parser: its types are not declared
from typing import Any, Final

MOST_PATHS: Final = 1_000
TOO_MANY: Final = 10**12
"""Stands for the ways of a pattern that has more paths."""

REPEATS: Final = (sre.MAX_REPEAT, sre.MIN_REPEAT, sre.POSSESSIVE_REPEAT)
LOOKING: Final = (sre.ASSERT, sre.ASSERT_NOT)
BACK: Final = (sre.GROUPREF, sre.GROUPREF_EXISTS)
_PROBES: Final = frozenset(map(chr, range(0x80))) | frozenset("\x85\xa0éЯя٣中\u2028")
"""Of every category of characters some; what a pattern names itself is added."""
_CATEGORIES: Final[Mapping[Any, Callable[[str], bool]]] = {
    sre.CATEGORY_DIGIT: str.isdecimal,
    sre.CATEGORY_SPACE: str.isspace,
    sre.CATEGORY_WORD: lambda char: char.isalnum() or char == "_",
}
_OPPOSITES: Final = {
    sre.CATEGORY_NOT_DIGIT: sre.CATEGORY_DIGIT,
    sre.CATEGORY_NOT_SPACE: sre.CATEGORY_SPACE,
    sre.CATEGORY_NOT_WORD: sre.CATEGORY_WORD,
}


@dataclass(frozen=True, slots=True)
class Step:
    """A part that takes characters: at least so many, in how many ways, and which of the probes."""

    least: int
    ways: int
    characters: frozenset[str]


def ways(tree: Any, longest: int) -> int:
    """In how many ways a pattern may fit at one place of a text; `tree` is what the engine's parser made of it.

    For patterns without look-around, back-references, and repeats or choices inside a repeat.
    """
    found = paths(tree, longest)
    return sum(map(_ways_along, found)) if len(found) <= MOST_PATHS else TOO_MANY


def paths(tree: Any, longest: int) -> list[list[Step]]:
    """The steps of each way through the choices of a pattern, of the first MOST_PATHS + 1 at most."""
    known = _PROBES | {*_named(parts(tree))}
    return list(itertools.islice(_paths(tree, longest, known), MOST_PATHS + 1))


def _ways_along(path: Sequence[Step]) -> int:
    """The ways of the steps that can take the same run, multiplied; of the others, each is tried by itself."""
    several = [at for at, step in enumerate(path) if step.ways > 1]
    pairs = itertools.combinations(several, 2)
    shared = {at for first, second in pairs if _share(path, first, second) for at in (first, second)}
    together = math.prod(path[at].ways for at in shared)
    return max(together, *(path[at].ways for at in several), 1)


def _share(path: Sequence[Step], first: int, second: int) -> bool:
    """Whether two steps can divide one run of characters in several ways.

    They cannot where a step between them must take a character that one of them does not: it fixes the border.
    """
    one, other = path[first], path[second]
    if not one.characters & other.characters:
        return False
    fixed = (step.characters for step in path[first + 1 : second] if step.least)
    return all(characters & one.characters and characters & other.characters for characters in fixed)


def _paths(tree: Any, longest: int, known: frozenset[str]) -> Iterator[list[Step]]:
    """Yield the steps of every way through the choices of a pattern."""
    choices = [_choices(part, argument, longest, known) for part, argument in tree]
    if math.prod(map(len, choices)) > MOST_PATHS:
        choices = [*choices, [[]] * (MOST_PATHS + 1)]
    for chosen in itertools.product(*choices):
        yield [step for steps in chosen for step in steps]


def _choices(part: Any, argument: Any, longest: int, known: frozenset[str]) -> list[list[Step]]:
    """The paths through one part of a pattern."""
    if part is sre.BRANCH:
        return [path for branch in argument[1] for path in _paths(branch, longest, known)]
    if part is sre.SUBPATTERN:
        return [*_paths(argument[3], longest, known)]
    if part is sre.ATOMIC_GROUP:
        return [*_paths(argument, longest, known)]
    if part in REPEATS:
        least, most, what = argument
        if most == 1 and len(what) == 1 and what[0][0] in (sre.SUBPATTERN, sre.BRANCH):
            return [[], *_paths(what, longest, known)]
        ways = max(min(most, longest) - least + 1, 1)
        return [[Step(least, ways, _taken(what, known))]]
    return [[] if part is sre.AT else [Step(1, 1, _taken([(part, argument)], known))]]


def parts(tree: Any, *, inside: bool = False) -> Iterator[tuple[Any, Any, bool]]:
    """Yield every part with its argument, and whether a repeat is around it; groups are looked into."""
    for part, argument in tree:
        yield part, argument, inside
        if part in REPEATS:
            yield from parts(argument[2], inside=inside or argument[1] > 1)
        elif part is sre.BRANCH:
            for branch in argument[1]:
                yield from parts(branch, inside=inside)
        elif part is sre.SUBPATTERN:
            yield from parts(argument[3], inside=inside)
        elif part is sre.ATOMIC_GROUP:
            yield from parts(argument, inside=inside)


def _named(parts: Iterable[tuple[Any, Any, bool]]) -> Iterator[str]:
    """Yield the characters that a pattern names, the ends of ranges among them, in both cases."""
    for part, argument, _ in parts:
        for kind, value in argument if part is sre.IN else ((part, argument),):
            codes = (value,) if kind in (sre.LITERAL, sre.NOT_LITERAL) else value if kind is sre.RANGE else ()
            for code in codes:
                yield from {chr(code), *chr(code).lower(), *chr(code).upper()}


def _taken(tree: Any, known: frozenset[str]) -> frozenset[str]:
    """The known characters that a part may take, in both cases, since the pattern may ignore it."""
    taken: set[str] = set()
    for part, argument, _ in parts(tree):
        if part is sre.LITERAL:
            taken.add(chr(argument))
        elif part is sre.ANY:
            taken |= known
        elif part is sre.IN:
            found = {char for char in known if any(_fits(char, one) for one in argument)}
            taken |= known - found if argument[0][0] is sre.NEGATE else found
        else:
            taken |= {char for char in known if _fits(char, (part, argument))}
    return frozenset(taken.union(*((char.lower(), char.upper()) for char in taken)))


def _fits(char: str, member: tuple[Any, Any]) -> bool:
    kind, value = member
    if kind is sre.LITERAL:
        return ord(char) == int(value)
    if kind is sre.NOT_LITERAL:
        return ord(char) != int(value)
    if kind is sre.RANGE:
        return int(value[0]) <= ord(char) <= int(value[1])
    if kind is sre.CATEGORY:
        category = _OPPOSITES.get(value, value)
        return _CATEGORIES[category](char) == (value is category)
    return False
