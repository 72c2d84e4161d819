"""What the schedule does where several hosts report in turn."""

from __future__ import annotations

import pytest
from test_schedule import FAILED, A, B, Bench, entry

from agent.onlinesim.messages import CheckWork, SendNumbersOnline
from agent.onlinesim.outcome import Failed, FailureKind
from agent.onlinesim.schedule import Mode


@pytest.fixture
def bench():
    bench = Bench(echo=21.0)
    bench.schedule.stand_aside(bench.now)
    return bench


def test_a_host_that_stands_aside_misses_no_window(bench):
    assert bench.schedule.missed_windows(1000.0) == bench.schedule.missed_windows(9000.0) == 0
    assert bench.schedule.heartbeat_at is None


def test_a_new_leader_sends_the_whole_list_at_once_and_once_more(bench):
    bench.now = 2000.0
    bench.schedule.take_over(1900.0, bench.now)
    bench.offer(A)
    assert bench.told() == (2000.0, (A,))
    assert bench.told() == (2021.0, (A,))
    assert bench.told() == (2261.0, (A,))


def test_the_echo_is_the_whole_list_in_incremental_mode_too():
    bench = Bench(echo=21.0, mode=Mode.INCREMENTAL)
    bench.schedule.stand_aside(bench.now)
    bench.schedule.take_over(None, bench.now)
    bench.offer(A)
    assert bench.told() == (1000.0, (A,))
    assert bench.told() == (1021.0, (A,))
    assert isinstance(bench.next()[1], CheckWork)


def test_windows_are_counted_from_when_the_former_leader_was_heard(bench):
    bench.schedule.take_over(1000.0, 1290.0)
    assert bench.schedule.missed_windows(1299.0) == 0
    assert bench.schedule.missed_windows(1301.0) == 1
    bench.schedule.stand_aside(1301.0)
    assert bench.schedule.missed_windows(5000.0) == 1


def test_a_pause_after_a_failure_is_over_with_a_takeover():
    bench = Bench(echo=21.0)
    bench.offer(A)
    bench.told(FAILED)
    assert bench.schedule.retry_at is not None
    bench.schedule.take_over(None, bench.now)
    assert bench.schedule.retry_at is None


def test_what_may_still_arrive_from_an_earlier_lead_is_no_concern_of_a_host_that_stands_aside():
    bench = Bench(echo=21.0)
    bench.offer(A)
    bench.told(Failed("", FailureKind.SLOW))
    bench.schedule.stand_aside(bench.now)
    bench.schedule.take_over(None, bench.now)
    assert bench.told() == (pytest.approx(bench.now), (A,))
    assert bench.schedule._repeats == (bench.now + 21.0,)


def test_the_list_is_owed_at_once_when_somebody_confesses(bench):
    bench.schedule.take_over(None, bench.now)
    bench.offer(A)
    bench.told()
    bench.told()
    bench.now += 5.0
    bench.schedule.want_list()
    assert bench.told() == (1026.0, (A,))


def test_a_long_list_waits_longer_for_the_next_one(bench):
    many = [entry(index) for index in range(1_000, 6_000)]
    bench.schedule.take_over(None, bench.now)
    bench.offer(*many)
    _, message = bench.next()
    assert isinstance(message, SendNumbersOnline)
    seconds = len(message.body) / 250_000
    assert seconds > 1.2
    bench.offer(*many[1:])
    assert bench.next()[0] == pytest.approx(1000.0 + seconds)


def test_alone_nothing_is_sent_again():
    bench = Bench()
    bench.offer(A, B)
    bench.told()
    assert bench.next()[0] == 1240.0
