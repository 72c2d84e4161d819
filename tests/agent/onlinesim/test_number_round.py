from __future__ import annotations

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from agent.onlinesim.number_round import NumberRound, Result, RoundPolicy

POLICY = RoundPolicy(every=3600.0)
A, B, C = "+46701", "+46702", "+46703"


def round_of(*numbers, policy=POLICY, reported_at=0.0):
    asking = NumberRound(policy, lambda: 1.0)
    asking.live(numbers)
    asking.accepted(numbers, reported_at)
    return asking


def ask(asking, result=Result.ANSWERED, **more):
    """Asks as soon as it is due; returns when, and whom."""
    now = asking.due()
    number = asking.take(now)
    asking.finished(result, now, **more)
    return now, number


def test_each_number_is_asked_once_a_round_a_second_apart():
    asking = round_of(A, B)

    assert [ask(asking) for _ in range(4)] == [(60.0, A), (61.0, B), (3660.0, A), (3661.0, B)]


def test_it_is_off_by_default():
    assert round_of(A, policy=RoundPolicy()).due() is None


def test_a_number_is_not_asked_about_before_a_report_with_it_was_accepted():
    asking = NumberRound(POLICY, lambda: 1.0)
    asking.live([A])
    assert asking.due() is None

    asking.accepted([A, B], 500.0)
    assert asking.due() == 560.0

    asking.accepted([A], 550.0)
    assert asking.due() == 560.0


def test_nothing_is_due_while_a_question_is_under_way():
    asking = round_of(A, B)
    assert asking.take(59.9) is None
    assert asking.take(60.0) == A
    assert asking.due() is None
    assert asking.take(100.0) is None


def test_a_number_that_leaves_is_forgotten_and_begins_anew_when_it_returns():
    asking = round_of(A)
    ask(asking)
    asking.live([])
    assert asking.due() is None
    asking.live([A])
    asking.accepted([A], 100.0)
    assert asking.due() == 160.0


def test_a_number_that_leaves_while_it_is_asked_about_does_not_matter():
    asking = round_of(A, B)
    asking.take(60.0)
    asking.live([B])
    asking.finished(Result.ANSWERED, 61.0)
    assert ask(asking) == (61.0, B)


def test_a_number_in_doubt_is_asked_again_soon_and_then_in_its_turn():
    asking = round_of(A)
    assert ask(asking, soon=True) == (60.0, A)
    assert ask(asking) == (360.0, A)
    assert asking.due() == 3960.0


def test_soon_is_never_later_than_the_round():
    asking = round_of(A, policy=RoundPolicy(every=60.0))
    ask(asking, soon=True)
    assert asking.due() == 120.0


def test_a_failure_backs_off_and_asks_the_same_number_again():
    asking = round_of(A, B)
    assert ask(asking, Result.FAILED) == (60.0, A)
    assert ask(asking, Result.FAILED) == (90.0, A)
    assert ask(asking) == (150.0, A)
    assert ask(asking, Result.FAILED) == (151.0, B)
    assert ask(asking) == (181.0, B)


def test_a_refusal_backs_off_and_goes_on_with_the_next_number():
    asking = round_of(A, B)
    assert ask(asking, Result.REFUSED) == (60.0, A)
    assert ask(asking) == (90.0, B)


def test_the_pause_that_the_server_asks_for_is_kept():
    asking = round_of(A)
    ask(asking, Result.FAILED, retry_after=5000.0)
    assert asking.due() == 5060.0


def test_pauses_have_a_limit():
    asking = round_of(A)
    times = [ask(asking, Result.FAILED)[0] for _ in range(12)]
    assert times[-1] - times[-2] == 900.0


def test_a_question_that_made_way_for_a_report_is_asked_again_without_a_pause():
    asking = round_of(A, B)
    assert ask(asking, Result.STOPPED) == (60.0, A)
    assert ask(asking) == (61.0, A)


def test_another_server_is_asked_only_after_a_report_of_its_own():
    asking = round_of(A)
    ask(asking, Result.FAILED)
    asking.reconfigure(RoundPolicy(every=600.0), forget=True)
    assert asking.due() is None
    asking.accepted([A], 61.0)
    assert asking.due() == 121.0


@pytest.mark.parametrize(("forget", "due"), [(True, 121.0), (False, 660.0)])
def test_after_a_reload_a_number_keeps_its_turn_unless_all_is_forgotten(forget, due):
    asking = round_of(A)
    ask(asking)
    asking.reconfigure(RoundPolicy(every=600.0), forget=forget)
    asking.accepted([A], 61.0)

    assert asking.due() == due


def test_a_number_that_was_not_taken_is_not_asked_about_until_it_is():
    asking = round_of(A)
    asking.not_taken([A, B])
    assert asking.due() is None
    asking.accepted([A], 500.0)
    assert asking.due() == 560.0


def test_an_answer_without_a_question_is_a_mistake():
    with pytest.raises(RuntimeError):
        round_of(A).finished(Result.ANSWERED, 1.0)


class Promises(RuleBasedStateMachine):
    """What holds whatever happens: pace, turns, and that nobody is asked about before its report."""

    def __init__(self):
        super().__init__()
        self.now = 0.0
        self.asking = NumberRound(RoundPolicy(every=600.0), lambda: 0.5)
        self.live, self.reported, self.said = set(), {}, {}
        self.began = []
        self.under_way = None
        self.pause_ends = 0.0

    @rule(numbers=st.sets(st.sampled_from([A, B, C])))
    def decide(self, numbers):
        """The bank has decided."""
        self.live = numbers
        self.reported = {n: at for n, at in self.reported.items() if n in numbers}
        self.said = {n: at for n, at in self.said.items() if n in numbers}
        self.asking.live(sorted(numbers))

    @rule()
    def report(self):
        """A list was accepted."""
        self.asking.accepted(self.live, self.now)
        for number in self.live:
            self.reported.setdefault(number, self.now)

    @rule(seconds=st.sampled_from([0.3, 1.0, 59.0, 250.0, 601.0]))
    def time_passes(self, seconds):
        """The loop wakes when something is due."""
        end = self.now + seconds
        due = self.asking.due()
        if due is not None and due <= end:
            self.now = max(self.now, due)
            self._take()
        else:
            self.now = end

    def _take(self):
        number = self.asking.take(self.now)
        assert number in self.live
        assert self.now >= self.reported[number] + 60.0
        assert self.now >= self.said.get(number, -1e9) + 300.0
        assert self.now >= self.pause_ends
        assert not self.began or self.now >= self.began[-1] + 1.0
        assert self.under_way is None
        self.began.append(self.now)
        self.under_way = number

    @rule(result=st.sampled_from(Result), soon=st.booleans(), after=st.sampled_from([None, 7.0, 2000.0]))
    def answer(self, result, soon, after):
        """The question is over."""
        if self.under_way is None:
            return
        self.asking.finished(result, self.now, retry_after=after, soon=soon)
        if result in {Result.ANSWERED, Result.REFUSED} and self.under_way in self.live:
            self.said[self.under_way] = self.now
        if result in {Result.REFUSED, Result.FAILED}:
            self.pause_ends = self.now + max(after or 0.0, 22.0)
        self.under_way = None

    @invariant()
    def nobody_waits_for_ever(self):
        """While a reported number is there, a next question has a time."""
        waiting = self.under_way is None and any(n in self.reported for n in self.live)
        assert (self.asking.due() is not None) == waiting


TestPromises = Promises.TestCase
TestPromises.settings = settings(max_examples=12, stateful_step_count=20, deadline=None)
