"""What changes add up to: held against a reference that walks through every second."""

from __future__ import annotations

from collections import Counter
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.store import lives
from agent.store.lives import (
    ABSENT,
    LIVE,
    STOPPED,
    Lives,
    Piece,
    Point,
    Run,
    added_up,
    by_day,
    clipped,
    joined,
    stretches,
)

START = 10

REASONS = (LIVE, LIVE, "searching", "no_sim", ABSENT)


@pytest.fixture(autouse=True, scope="module")
def _short_start():
    before, lives.START = lives.START, START
    yield
    lives.START = before


@st.composite
def pasts(draw):
    """Points and runs of one SIM: runs follow each other, points lie in them, some runs have none."""
    points, runs, at, id_ = [], [], draw(st.integers(0, 50)), 1
    for _ in range(draw(st.integers(1, 4))):
        began, first_id = at, id_
        for _ in range(draw(st.integers(0, 6))):
            at += draw(st.integers(0, 40))
            points.append(Point(id_, at, draw(st.sampled_from(REASONS))))
            id_ += draw(st.integers(1, 3))
        at += draw(st.integers(0, 40))
        runs.append(Run(first_id, began, at))
        id_ += 1
        at += draw(st.integers(0, 40))
    return points, runs, at + draw(st.integers(0, 60))


def held_at(points, runs, second):
    """What held in a second, found out the slow way."""
    so_far = [point for point in points if point.at <= second]
    if not so_far:
        return None
    point = so_far[-1]
    if point.reason == ABSENT:
        return ABSENT
    run = max(one for one in runs if one.first_id <= point.id)
    later = [one for one in runs if one.first_id > point.id]
    following = [p for p in points if p.id > point.id]
    if following and (not later or following[0].id < later[0].first_id):
        return point.reason
    if second < max(run.ended, point.at):
        return point.reason
    return STOPPED if not later or second < later[0].began + START else ABSENT


def reference(points, runs, since, until):
    seconds = [held for second in range(since, until) if (held := held_at(points, runs, second)) is not None]
    is_live = [held == LIVE for held in seconds]
    known = [held == LIVE for held in seconds if held != STOPPED]
    gaps = "".join("l" if one else "-" for one in is_live).split("l")
    return Lives(
        covered=len(seconds),
        live=sum(is_live),
        joins=sum(b and not a for a, b in pairwise(known)),
        losses=sum(a and not b for a, b in pairwise(known)),
        head=len(gaps[0]),
        tail=len(gaps[-1]),
        longest=max(map(len, gaps)),
        first_live=known[0] if known else None,
        last_live=known[-1] if known else None,
        reasons=dict(Counter(held for held in seconds if held != LIVE)),
    )


def summed(held):
    total = Lives()
    for start, end, reason in held:
        total = total.then(Lives.of(reason, end - start))
    return total


@given(pasts(), st.integers(0, 300), st.integers(0, 300))
def test_what_is_added_up_is_what_each_second_says(past, since, length):
    points, runs, until = past
    held = list(stretches(points, runs, until))
    window = list(clipped(held, since, min(until, since + length)))
    assert added_up(window) == summed(window)
    assert summed(clipped(held, since, min(until, since + length))) == reference(
        points, runs, since, min(until, since + length)
    )


@given(pasts(), st.integers(0, 20), st.integers(7, 60))
def test_days_that_were_summed_and_changes_that_are_there_give_the_same_answer(past, folded, day):
    points, runs, until = past
    whole = summed(stretches(points, runs, until))
    before, lives.DAY = lives.DAY, day
    try:
        folded = min(folded, max(0, len(points) - 1))
        days = by_day(stretches(points[: folded + 1], runs, points[folded].at if points else 0))
        rest = stretches(points[folded:], runs, until)
        pieces = [days[one] for one in sorted(days)]
        pieces += [Piece(start, Lives.of(reason, end - start)) for start, end, reason in rest]
        assert joined(pieces, 0, until) == whole
    finally:
        lives.DAY = before


@given(
    st.lists(st.tuples(st.sampled_from([*REASONS, STOPPED]), st.integers(0, 50)), max_size=8),
    st.integers(0, 8),
)
def test_the_sum_does_not_depend_on_where_it_is_cut(parts, cut):
    made = [Lives.of(reason, seconds) for reason, seconds in parts]

    def total(some):
        result = Lives()
        for one in some:
            result = result.then(one)
        return result

    assert total(made[:cut]).then(total(made[cut:])) == total(made)
