"""What two long lists do not have in common, as objects: most entries of 64,000 are the same objects in both."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import compress, count
from operator import is_not

from agent.onlinesim.messages import NumberEntry

Entries = Sequence[NumberEntry]


def difference(before: Entries, after: Entries) -> tuple[list[NumberEntry], list[NumberEntry]]:
    """Return those of `before` that are not in `after` as the same objects, and the other way round, in order."""
    before, after = _middles(before, after)
    return _without(before, after), _without(after, before)


def _middles(one: Entries, other: Entries) -> tuple[Entries, Entries]:
    """Return both without the same objects at their beginning and at their end."""
    shorter = min(len(one), len(other))
    start = next(compress(count(), map(is_not, one, other)), shorter)
    backwards = map(is_not, reversed(one), reversed(other))
    end = min(next(compress(count(), backwards), shorter), shorter - start)
    return one[start : len(one) - end], other[start : len(other) - end]


def _without(entries: Entries, others: Entries) -> list[NumberEntry]:
    known = set(map(id, others))
    return [entry for entry in entries if id(entry) not in known]
