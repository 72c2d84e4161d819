"""Lives of a module or a SIM: what held from when to when, and what that adds up to. Pure; times are UNIX seconds.

The sum of two stretches is the sum of the whole (`Lives.then`), so days that were summed up and changes that are still
there give one answer.
"""

from __future__ import annotations

import bisect
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, NamedTuple

LIVE: Final = "live"
ABSENT: Final = "absent"
"""The SIM is in no module, or the module in no bank."""
STOPPED: Final = "stopped"
"""The agent did not run, or its clock jumped: nobody knows."""
DAY: Final = 86_400
START: Final = 120
"""Seconds that a module may need to tell its SIM after the agent has started."""


class Point(NamedTuple):
    """From `at` on this held."""

    id: int
    at: int
    reason: str


class Run(NamedTuple):
    """A stretch through which the agent ran; `first_id` is the id of its first change."""

    first_id: int
    began: int
    ended: int


class Stretch(NamedTuple):
    """From `start` to `end` this held."""

    start: int
    end: int
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Lives:
    """What one unbroken time adds up to, in seconds; `joins` and `losses` are changes within it.

    A gap is a time that is not live: `head` the one at its beginning, `tail` the one at its end, `longest` of all.
    `first_live` and `last_live` say how it begins and ends, None where nobody knows: a stop is neither join nor loss.
    """

    covered: int = 0
    live: int = 0
    joins: int = 0
    losses: int = 0
    head: int = 0
    tail: int = 0
    longest: int = 0
    first_live: bool | None = None
    last_live: bool | None = None
    reasons: Mapping[str, int] = field(default_factory=dict)
    """Seconds of each reason but live."""

    @classmethod
    def of(cls, reason: str, seconds: int) -> Lives:
        """Return those of a time through which one reason held."""
        if reason == LIVE:
            return cls(covered=seconds, live=seconds, first_live=True, last_live=True)
        known = None if reason == STOPPED else False
        return cls(
            covered=seconds,
            head=seconds,
            tail=seconds,
            longest=seconds,
            first_live=known,
            last_live=known,
            reasons={reason: seconds},
        )

    def then(self, later: Lives) -> Lives:
        """Return the sum of this time and the one right after it."""
        return in_a_row((self, later))

    def beside(self, other: Lives) -> Lives:
        """Return what two add up to that lived at the same time, as the modules of a hub do."""
        reasons = dict(self.reasons)
        for reason, seconds in other.reasons.items():
            reasons[reason] = reasons.get(reason, 0) + seconds
        return Lives(
            covered=self.covered + other.covered,
            live=self.live + other.live,
            joins=self.joins + other.joins,
            losses=self.losses + other.losses,
            longest=max(self.longest, other.longest),
            reasons=reasons,
        )


def in_a_row(times: Iterable[Lives]) -> Lives:
    """Return the sum of times that follow each other without gaps."""
    covered = live = joins = losses = longest = gap = 0
    head: int | None = None
    first: bool | None = None
    last: bool | None = None
    reasons: dict[str, int] = {}
    for one in times:
        joins += one.joins + (last is False and one.first_live is True)
        losses += one.losses + (last is True and one.first_live is False)
        longest = max(longest, one.longest, gap + one.head)
        if one.live:
            head = gap + one.head if head is None else head
            gap = one.tail
        else:
            gap += one.covered
        covered += one.covered
        live += one.live
        first = one.first_live if first is None else first
        last = last if one.last_live is None else one.last_live
        for reason, seconds in one.reasons.items():
            reasons[reason] = reasons.get(reason, 0) + seconds
    return Lives(
        covered=covered,
        live=live,
        joins=joins,
        losses=losses,
        head=gap if head is None else head,
        tail=gap,
        longest=longest,
        first_live=first,
        last_live=last,
        reasons=reasons,
    )


def stretches(points: Sequence[Point], runs: Sequence[Run], until: int) -> Iterator[Stretch]:
    """Yield what held between each point and the next, and after the last one until `until`, without gaps.

    `points` and `runs` are in the order of their ids. What held at the end of a run is known until then; what the next
    run has not seen START after its beginning is absent from then on.
    """
    first_ids = [run.first_id for run in runs]
    for index, point in enumerate(points):
        following = points[index + 1] if index + 1 < len(points) else None
        end = following.at if following is not None else until
        yield from _of_point(point, following, end, runs, first_ids)


def _of_point(
    point: Point, following: Point | None, end: int, runs: Sequence[Run], first_ids: Sequence[int]
) -> Iterator[Stretch]:
    at = bisect.bisect_right(first_ids, point.id) - 1
    later = runs[at + 1] if at >= 0 and at + 1 < len(runs) else None
    if point.reason == ABSENT or at < 0:
        known = missed = end
    elif later is None:
        over = following is None  # the newest run: perhaps it has ended
        known, missed = min(end, max(runs[at].ended, point.at)) if over else end, end
    elif following is not None and following.id < later.first_id:
        known = missed = end
    else:
        known = min(end, max(runs[at].ended, point.at))
        missed = min(end, max(later.began + START, known))
    yield from _made((point.at, known, point.reason), (known, missed, STOPPED), (missed, end, ABSENT))


def _made(*parts: tuple[int, int, str]) -> Iterator[Stretch]:
    for start, end, reason in parts:
        if end > start:
            yield Stretch(start, end, reason)


def clipped(held: Iterable[Stretch], since: int, until: int) -> Iterator[Stretch]:
    """Yield the parts between two times."""
    for start, end, reason in held:
        if max(start, since) < min(end, until):
            yield Stretch(max(start, since), min(end, until), reason)


def added_up(held: Iterable[Stretch]) -> Lives:
    """Return the sum of stretches that follow each other without gaps: what `then` would make of them, but faster."""
    covered = live = joins = losses = gap = longest = 0
    head: int | None = None
    first: bool | None = None
    last: bool | None = None
    reasons: dict[str, int] = {}
    for start, end, reason in held:
        covered += end - start
        if reason == LIVE:
            live += end - start
            head = gap if head is None else head
            longest, gap = max(longest, gap), 0
            joins += last is False
            last = True
        else:
            gap += end - start
            reasons[reason] = reasons.get(reason, 0) + end - start
            if reason == STOPPED:
                continue
            losses += last is True
            last = False
        first = last if first is None else first
    return Lives(
        covered=covered,
        live=live,
        joins=joins,
        losses=losses,
        head=gap if head is None else head,
        tail=gap,
        longest=max(longest, gap),
        first_live=first,
        last_live=last,
        reasons=reasons,
    )


class Piece(NamedTuple):
    """Lives from `start` on, which cover their time without gaps."""

    start: int
    lives: Lives


def by_day(held: Iterable[Stretch]) -> dict[int, Piece]:
    """Return the sum of each day. Whole days of absence are left out: `joined` knows what they are."""
    days: dict[int, list[Stretch]] = defaultdict(list)
    for start, end, reason in held:
        for day in range(start // DAY, (end - 1) // DAY + 1):
            begin, over = max(start, day * DAY), min(end, (day + 1) * DAY)
            if reason != ABSENT or over - begin != DAY:
                days[day].append(Stretch(begin, over, reason))
    return {day: Piece(parts[0].start, added_up(parts)) for day, parts in days.items()}


def joined(pieces: Iterable[Piece], since: int, until: int, *, known_before: bool = False) -> Lives:
    """Return the sum of pieces in their order; between them, and at the end, there is absence.

    `known_before`: it was known before `since`, so that it is absent from there to the first piece as well.
    """
    return in_a_row(_filled(pieces, since if known_before else None, until))


def _filled(pieces: Iterable[Piece], at: int | None, until: int) -> Iterator[Lives]:
    """Yield the lives of pieces, with absence between them and at the end."""
    for start, lives in pieces:
        if at is not None and start > at:
            yield Lives.of(ABSENT, start - at)
        yield lives
        at = max(start if at is None else at, start) + lives.covered
    if at is not None and until > at:
        yield Lives.of(ABSENT, until - at)
