from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.onlinesim.report import ReportOutcome
from agent.store.history import DAY_MINUTES, History, Minute, history_json, in_steps

START = 1_795_464_000  # a whole minute


def test_a_minute_keeps_its_last_and_its_lowest_count():
    history = History()
    for second, live in ((0, 8), (20, 3), (50, 7)):
        history.record(START + second, live, 8)
    assert history.minutes(START + 59) == (Minute(at=START, live=7, lowest=3, highest=8, cap=8),)


def test_a_request_before_anything_is_known_invents_no_count_and_is_not_lost():
    history = History()
    history.restore([Minute(at=START - 60, live=7, lowest=7, highest=7, cap=8)])
    history.report(START + 1, ReportOutcome.ACCEPTED)
    assert [one.at for one in history.minutes(START + 2)] == [START - 60]
    history.record(START + 3, 8, 8)
    assert history.minutes(START + 3)[1] == Minute(at=START, live=8, lowest=8, highest=8, cap=8, accepted=1)


def test_steps_tell_the_lowest_and_the_highest_of_their_minutes_and_every_report():
    minutes = [
        Minute(at=START + 60 * n, live=n, lowest=n - 1, highest=n + 1, cap=30, accepted=1, failed=n % 2)
        for n in range(1, 21)
    ]
    first, second, third = in_steps(minutes, 600)
    assert (first.at, second.at, third.at) == (START, START + 600, START + 1200)
    assert (first.live, first.lowest, first.highest, first.accepted, first.failed) == (9, 0, 10, 9, 5)
    assert (second.live, second.lowest, second.highest, second.accepted) == (19, 9, 20, 10)
    assert (third.live, third.accepted) == (20, 1)


def test_reports_are_counted_in_their_minute_by_outcome():
    history = History()
    history.record(START, 8, 8)
    history.record(START + 60, 8, 8)
    for outcome in ("accepted", "accepted", "refused", "failed", "tested"):
        history.report(START + 61, ReportOutcome(outcome))
    assert history.minutes(START + 61)[1] == Minute(
        at=START + 60, live=8, lowest=8, highest=8, cap=8, accepted=2, refused=1, failed=1
    )


def test_a_day_is_kept_and_no_minute_more():
    history = History()
    for minute in range(DAY_MINUTES + 90):
        history.record(START + 60 * minute, 1, 1)
    kept = history.minutes(START + 60 * (DAY_MINUTES + 89))
    assert len(kept) == DAY_MINUTES
    assert kept[0].at == START + 60 * 90


def test_a_wall_clock_set_back_hides_the_future_and_goes_on():
    history = History()
    history.record(START + 7200, 5, 8)
    history.record(START, 6, 8)
    assert [minute.live for minute in history.minutes(START + 30)] == [6]


def test_a_wall_clock_that_jumps_ahead_leaves_nothing_old():
    history = History()
    history.record(0.0, 5, 8)  # a host that started without a clock
    history.record(START, 6, 8)
    assert [minute.at for minute in history.minutes(START)] == [START]


def test_what_an_earlier_run_recorded_comes_back_but_does_not_overwrite():
    history = History()
    history.record(START, 6, 8)
    old = [Minute(at=at, live=1, lowest=1, highest=1, cap=8) for at in (START - 60, START)]
    history.restore(old)
    assert [minute.live for minute in history.minutes(START)] == [1, 6]


def test_the_series_are_of_one_length():
    history = History()
    history.record(START, 6, 8)
    history.record(START + 60, 7, 8)
    told = history_json(history.minutes(START + 60), START + 60.5)
    assert told == {
        "now": START + 60.5,
        "since": START + 60.5 - 86_400,
        "step_s": 60,
        "at": [START, START + 60],
        "live": [6, 7],
        "lowest": [6, 7],
        "highest": [6, 7],
        "cap": [8, 8],
        "accepted": [0, 0],
        "refused": [0, 0],
        "failed": [0, 0],
    }


@pytest.mark.slow
@given(
    st.lists(
        st.tuples(st.floats(0, 4e9), st.integers(0, 512), st.sampled_from(list(ReportOutcome))), max_size=60
    )
)
def test_whatever_the_clock_does_memory_is_bounded_and_minutes_are_in_order(events):
    history = History(minutes=10)
    for wall, live, outcome in events:
        history.record(wall, live, 512)
        history.report(wall, outcome)
        kept = history.minutes(wall)
        assert [minute.at for minute in kept] == sorted({minute.at for minute in kept})
        assert len(history._minutes) <= 10
        assert kept[-1].live == live
