"""So many times at once, and then one after the other."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from agent.bank.rate_limit import Allowance, TokenBucket


def test_after_a_rest_so_many_are_allowed_at_once():
    allowance = TokenBucket(3, 1.0)
    assert [allowance.take(10.0) for _ in range(5)] == [10.0, 10.0, 10.0, 11.0, 12.0]
    assert [allowance.take(100.0) for _ in range(4)] == [100.0, 100.0, 100.0, 101.0]


def test_one_is_allowed_again_after_each_pause():
    allowance = TokenBucket(2, 1.0)
    assert [allowance.take(now) for now in (0.0, 0.0, 1.5, 1.6, 3.0)] == [0.0, 0.0, 1.5, 2.0, 3.0]


@given(st.lists(st.floats(0, 5), max_size=60), st.integers(1, 5))
def test_never_more_than_allowed_in_any_time(pauses, at_once):
    allowance = TokenBucket(at_once, 1.0)
    now, times = 0.0, []
    for pause in pauses:
        now = max([now + pause, *times[-1:]])  # the next is wanted after the last was done
        times.append(allowance.take(now))
    for first, at in enumerate(times):
        assert sum(at <= other < at + 1.0 for other in times[first:]) <= at_once + 1
    assert times == sorted(times)


def test_while_one_waits_for_its_time_further_ones_are_part_of_it():
    allowance = Allowance(2, 1.0)
    assert [allowance.take(0.0) for _ in range(4)] == [0.0, 0.0, 1.0, None]
    assert [allowance.take(now) for now in (0.9, 1.0, 1.5)] == [None, 2.0, None]


@given(st.lists(st.floats(0, 5), max_size=60), st.integers(1, 5))
def test_a_flood_costs_no_more_later_than_it_did(pauses, at_once):
    allowance = Allowance(at_once, 1.0)
    now = 0.0
    for pause in pauses:
        now += pause
        for _ in range(20):
            at = allowance.take(now)
            assert at is None or now <= at < now + 1.001
