"""Contests: two modules tell one card, or one number. What became of them, and whom that makes unbelievable.

The rule and its reasons are in docs/design.md §4, "Contests". Pure; bounded by the modules and by TEN_MINUTES.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Final, TypeAlias

from agent.decision.contest import TEN_MINUTES, Contest, Key, States, next_contest

MOST: Final = 3
"""Contests within TEN_MINUTES that make a module unbelievable."""

Groups: TypeAlias = Mapping[Key, frozenset[str]]
"""The modules that tell each contested thing, two at least."""


@dataclass(frozen=True, slots=True)
class Mark:
    """A contest that counts against a module: `what` is the contest, `at` when it was last seen."""

    what: tuple[Key, float]
    at: float
    others: frozenset[str]


@dataclass(frozen=True, slots=True)
class Contests:
    """What is remembered of contests from one decision to the next."""

    by_key: Mapping[Key, Contest] = field(default_factory=lambda: MappingProxyType({}))
    marks: Mapping[str, tuple[Mark, ...]] = field(default_factory=lambda: MappingProxyType({}))
    """By module, those of the last TEN_MINUTES."""
    out: frozenset[str] = frozenset()
    """Modules that are not believed."""

    @property
    def is_empty(self) -> bool:
        """Whether there was none within TEN_MINUTES."""
        return not (self.by_key or self.marks)

    def others(self, module: str) -> str:
        """Return the names of the modules whose cards this one contested."""
        names = {name for mark in self.marks.get(module, ()) for name in mark.others}
        return ", ".join(sorted(names))

    def concern(self, module: str) -> bool:
        """Whether anything of this module is remembered here."""
        return module in self.marks or any(contest.concerns(module) for contest in self.by_key.values())

    def until(self, module: str) -> float:
        """Return when a module that is out is believed again, if nothing more happens."""
        return max(mark.at for mark in self.marks[module]) + TEN_MINUTES

    def winner(self, key: Key, now: float) -> str | None:
        """Return the module whose older claim counts again, although another one tells the same."""
        contest = self.by_key.get(key)
        if contest is None or contest.older is None or now < contest.counts_again_at:
            return None
        return contest.older.module if contest.has_told(contest.older.module) else None

    def holder_before(self, key: Key, name: str) -> str:
        """Return whose card this module told, "" for nobody's: a break of the older claim makes no newer one good."""
        contest = self.by_key.get(key)
        barred = contest is not None and contest.confirmed and name in contest.newcomers
        return contest.held_by if contest is not None and barred else ""

    def deadlines(self, now: float) -> Iterator[float]:
        """Yield the times at which a verdict, or what it says, changes by itself."""
        for contest in self.by_key.values():
            if contest.goes_on and contest.older is not None and contest.counts_again_at > now:
                yield contest.counts_again_at
            if contest.confirmed and contest.held_by:
                yield contest.last_at + TEN_MINUTES
        for module in self.out:
            yield from (mark.at + TEN_MINUTES for mark in self.marks[module])

    def after(
        self, groups: Groups, states: States, holder: Callable[[Key], str | None], lease: float, now: float
    ) -> Contests:
        """Return what is remembered at `now`. `holder`: which module was live with the card or number until now."""
        by_key: dict[Key, Contest] = {}
        marks = {name: list(kept) for name, kept in self.marks.items() if name in states}
        for key in self.by_key.keys() | groups.keys():
            contest = next_contest(
                self.by_key.get(key), groups.get(key, frozenset()), states, holder(key), lease, now
            )
            for name, mark in _marks(key, contest, self.out, now):
                marks[name] = [*(one for one in marks.get(name, ()) if one.what != mark.what), mark]
            if now - contest.last_at < TEN_MINUTES:
                by_key[key] = contest.judged()
        return _judged(by_key, marks, self.out, now)


def _judged(
    by_key: Mapping[Key, Contest], marks: Mapping[str, list[Mark]], out: frozenset[str], now: float
) -> Contests:
    """Drop what is long ago, and say who is out now."""
    kept = {
        name: tuple(mark for mark in those if now - mark.at < TEN_MINUTES)[-2 * MOST :]
        for name, those in marks.items()
    }
    kept = {name: those for name, those in kept.items() if those}
    still = frozenset(name for name, those in kept.items() if name in out or len(those) >= MOST)
    return Contests(MappingProxyType(by_key), MappingProxyType(kept), still)


def _marks(key: Key, contest: Contest, out: frozenset[str], now: float) -> Iterator[tuple[str, Mark]]:
    """Yield what counts against whom: both tell it in two polls each, or one told it while its holder went on to."""
    older = contest.older.module if contest.older is not None else None
    for name in contest.tellers:
        others = contest.tellers - {name}
        # The older claim is contested again and again, but only ever for its own card.
        what = (key, contest.since if older is not None and name != older else 0.0)
        if others and not (others <= out and name not in out):
            yield name, Mark(what, now, others)
    if older is not None and contest.moved_on and contest.has_told(older):
        for name in contest.moved_on:
            yield name, Mark((key, contest.since), now, frozenset({older}))
