from __future__ import annotations

from itertools import islice, pairwise

from hypothesis import given
from hypothesis import strategies as st

from agent.onlinesim.backoff import backoff


def waits(chance, count=10):
    return list(islice(backoff(lambda: chance), count))


def test_it_starts_at_one_second_and_ends_at_thirty():
    assert waits(1.0)[:7] == [1.0, 2.0, 4.0, 8.0, 16.0, 30.0, 30.0]


def test_chance_takes_up_to_half_of_each_wait():
    assert waits(0.0)[:7] == [1.0, 1.0, 2.0, 4.0, 8.0, 15.0, 15.0]


@given(st.floats(0, 1))
def test_waits_never_shrink_nor_leave_their_bounds(chance):
    series = waits(chance)
    assert all(1.0 <= wait <= 30.0 for wait in series)
    assert all(later >= earlier for earlier, later in pairwise(series))
