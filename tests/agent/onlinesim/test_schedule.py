from __future__ import annotations

from itertools import pairwise

import pytest

from agent.onlinesim.messages import AddNumber, CheckWork, NumberEntry, RemoveNumber, SendNumbersOnline
from agent.onlinesim.outcome import Accepted, Checked, Failed, FailureKind, Refusal, RefusalKind
from agent.onlinesim.schedule import Mode, ReportPolicy, Schedule

ACCEPTED = Accepted()
REFUSED = Refusal(403, "ACCOUNT_BLOCKED", RefusalKind.BLOCKED)
FAILED = Failed("no connection", FailureKind.NETWORK)


def entry(index, port=None, **changes):
    return NumberEntry(
        **{"number": f"+4670{index}", "country_id": 46, "port_id": f"Port{port or index}", "rent": 0}
        | changes
    )


A, B, C = entry(1), entry(2), entry(3)


class Bench:
    """A schedule on a clock that moves when a test says so, with the wire's log."""

    def __init__(self, **policy):
        self.now = 1000.0
        self.schedule = Schedule(ReportPolicy(**policy), lambda: 1.0, now=self.now)
        self.sent = []

    def offer(self, *entries):
        """The bank has decided."""
        self.schedule.offer(entries, self.now)

    def next(self, outcome=ACCEPTED, took=0.0):
        """Lets time pass until the next request, which ends so; returns when it went out and what it was."""
        due = self.schedule.due()
        assert due is not None
        self.now = max(self.now, due)
        message = self.schedule.take(self.now)
        assert message is not None
        self.sent.append((self.now, message))
        began, self.now = self.now, self.now + took
        self.schedule.finished(outcome, self.now)
        return began, message

    def told(self, outcome=ACCEPTED, took=0.0):
        """The same, when and which numbers of a full list."""
        at, message = self.next(outcome, took)
        assert isinstance(message, SendNumbersOnline)
        return round(at, 6), message.numbers


@pytest.fixture
def bench():
    bench = Bench()
    bench.offer(A, B)
    assert bench.told() == (1000.0, (A, B))
    bench.now = 1100.0
    return bench


def test_nothing_is_said_while_nothing_is_known():
    bench = Bench()
    assert bench.schedule.due() is None
    assert bench.schedule.take(1e9) is None
    bench.schedule.offer(None, 1000.0)
    assert bench.schedule.due() is None


def test_the_first_set_is_told_at_once_even_when_it_is_empty():
    bench = Bench()
    bench.now = 1090.0
    bench.offer()
    assert bench.told() == (1090.0, ())


def test_nothing_is_said_without_a_change_until_the_heartbeat(bench):
    bench.offer(A, B)
    bench.offer(B, A)
    assert bench.told() == (1240.0, (B, A))
    assert bench.told()[0] == 1480.0


def test_the_heartbeat_counts_from_the_start_of_the_last_report():
    bench = Bench()
    bench.offer(A)
    bench.next(took=14.0)
    assert bench.told()[0] == 1240.0


def test_a_removal_is_told_after_50_ms_together_with_what_else_changed(bench):
    bench.offer(A)
    bench.now += 0.03
    bench.offer(C)
    assert bench.told() == (1100.05, (C,))


def test_a_join_alone_waits_two_seconds_from_the_first(bench):
    bench.offer(A, B, C)
    bench.now += 1.5
    bench.offer(A, B, C, entry(4))
    assert bench.told() == (1102.0, (A, B, C, entry(4)))


def test_another_sim_in_the_same_module_is_a_removal(bench):
    bench.offer(A, entry(9, port=2))
    assert bench.told()[0] == 1100.05


def test_a_number_in_another_module_is_a_removal(bench):
    bench.offer(A, entry(2, port=7))
    assert bench.told()[0] == 1100.05


def test_an_altered_entry_is_told_like_a_join(bench):
    bench.offer(A, entry(2, date_start=1))
    assert bench.told()[0] == 1102.0


def test_a_change_that_goes_back_is_not_told(bench):
    bench.offer(A)
    bench.offer(A, B)
    bench.offer(A, B, C)
    bench.offer(A, B)
    assert bench.told()[0] == 1240.0


def test_a_second_lies_between_two_reports(bench):
    bench.offer(A)
    assert bench.told()[0] == 1100.05
    bench.offer()
    assert bench.told()[0] == 1101.05


def test_one_request_at_a_time_and_then_the_newest_set(bench):
    bench.offer(A)
    bench.now = 1100.05
    bench.schedule.take(bench.now)
    bench.offer()
    assert bench.schedule.due() is None
    assert bench.schedule.take(1e9) is None
    bench.now = 1110.0
    bench.offer(C)
    bench.schedule.finished(ACCEPTED, bench.now)
    assert bench.told() == (1110.0, (C,))


def test_trouble_is_retried_with_growing_pauses_and_the_newest_set(bench):
    bench.offer(A)
    assert bench.told(FAILED)[0] == 1100.05
    bench.offer(C)
    assert bench.told(FAILED) == (1101.05, (C,))
    assert bench.told(FAILED)[0] == 1103.05
    bench.offer()
    assert bench.told(FAILED) == (1107.05, ())


def test_pauses_begin_anew_after_any_answer(bench):
    bench.offer(A)
    for _ in range(4):
        bench.told(FAILED)
    bench.told()
    began = bench.now
    bench.offer()
    assert bench.told(FAILED)[0] == pytest.approx(began + 1.0)
    assert bench.told(FAILED)[0] == pytest.approx(began + 2.0)


def test_a_retry_goes_out_though_the_set_is_what_it_was_before(bench):
    bench.offer(A)
    bench.told(FAILED)
    bench.offer(A, B)
    assert bench.told() == (1101.05, (A, B))


@pytest.mark.parametrize(("asked", "pause"), [(0.0, 1.0), (20.0, 20.0), (86_400.0, 179.95)])
def test_a_pause_that_the_server_asks_for_leaves_a_last_try_before_the_window_ends(bench, asked, pause):
    bench.offer(A)
    bench.told(Failed("429", FailureKind.BUSY, asked))
    assert bench.told()[0] == pytest.approx(1100.05 + pause)


def test_after_a_refusal_only_a_change_or_the_heartbeat_asks_again(bench):
    bench.offer(A)
    assert bench.told(REFUSED)[0] == 1100.05
    assert bench.told(REFUSED)[0] == 1340.05
    bench.offer()
    assert bench.told(REFUSED)[0] == 1341.05
    bench.now = 1400.0
    bench.offer(C)
    assert bench.told() == (1402.0, (C,))


def test_held_again_says_nothing_and_then_tells_what_is_missing(bench):
    bench.schedule.offer(None, bench.now)
    bench.now = 2000.0
    assert bench.schedule.take(bench.now) is None
    bench.offer(A)
    assert bench.told() == (2000.0, (A,))


def test_after_a_long_sleep_the_heartbeat_is_due_at_once(bench):
    bench.now += 8 * 3600
    bench.offer(B)
    assert bench.told() == (1100.0 + 8 * 3600, (B,))


def test_missed_windows_are_counted_once_each():
    bench = Bench()
    schedule = bench.schedule
    assert [schedule.missed_windows(1000.0 + s) for s in (0, 299.9, 300, 599, 600)] == [0, 0, 1, 1, 2]
    bench.now = 1650.0
    bench.offer(A)
    bench.told(REFUSED)
    bench.now = 1700.0
    bench.offer(B)
    bench.told()
    assert [schedule.missed_windows(bench.now + s) for s in (0, 299, 301)] == [2, 2, 3]


def test_a_test_request_counts_as_no_report():
    bench = Bench(test="test1")
    bench.offer(A)
    _, message = bench.next(Checked("test1"))
    assert message == SendNumbersOnline(numbers=(A,), test="test1")
    assert bench.schedule.missed_windows(1300.0) == 1
    assert bench.told(Checked("test1"))[0] == 1240.0


def test_a_set_that_cannot_be_said_is_the_offerers_error(bench):
    with pytest.raises(ValueError, match="the same number"):
        bench.offer(A, entry(1, port=5))
    assert bench.schedule.wanted == (A, B)


def test_finishing_without_a_request_is_an_error(bench):
    with pytest.raises(RuntimeError):
        bench.schedule.finished(ACCEPTED, bench.now)


def test_new_rules_make_the_list_due_at_once(bench):
    bench.offer(A)
    bench.told(FAILED)
    bench.now += 1.0
    bench.schedule.reconfigure(ReportPolicy(heartbeat=10.0))
    assert bench.told() == (pytest.approx(1101.05), (A,))
    assert bench.told()[0] == pytest.approx(1111.05)


def test_the_next_report_is_not_before_the_pause_is_over():
    bench = Bench(heartbeat=10.0)
    bench.offer(A)
    bench.told()
    assert bench.told(Failed("429", FailureKind.BUSY, 200.0))[0] == 1010.0
    assert bench.schedule.heartbeat_at == 1210.0


def test_what_the_server_before_answers_holds_up_nobody(bench):
    bench.offer(A)
    bench.now = 1100.05
    assert bench.schedule.take(bench.now) is not None
    bench.schedule.reconfigure(ReportPolicy())
    bench.now = 1105.0
    bench.schedule.finished(Failed("503", FailureKind.SERVER, 300.0), bench.now)
    assert bench.told() == (1105.0, (A,))


SLOW = Failed("no answer within 15 s", FailureKind.SLOW)
GIVEN_UP = Failed("a removal waits", FailureKind.GIVEN_UP)


def begin(bench, at):
    """Send what is due at this time, and leave it under way."""
    bench.now = at
    message = bench.schedule.take(at)
    assert message is not None
    return message


def test_a_heartbeat_that_hangs_is_given_up_for_a_removal_after_three_seconds(bench):
    begin(bench, 1240.0)
    assert bench.schedule.give_up_at() is None
    bench.now = 1240.5
    bench.offer(A, B, C)
    assert bench.schedule.give_up_at() is None, "a join can wait"
    bench.offer(A, C)
    assert bench.schedule.give_up_at() == 1243.0
    bench.offer(A, B)
    assert bench.schedule.give_up_at() is None, "the SIM is back"
    bench.now = 1250.0
    bench.offer(A)
    assert bench.schedule.give_up_at() == pytest.approx(1250.05), "it hung long enough already"
    bench.schedule.finished(GIVEN_UP, 1250.05)
    bench.now = 1250.05
    assert bench.told() == (pytest.approx(1250.05), (A,)), "no pause: the server is not in trouble"


def test_a_report_that_takes_a_number_away_is_not_given_up_for_another(bench):
    bench.offer(A)
    begin(bench, 1100.05)
    bench.offer()
    assert bench.schedule.give_up_at() is None


def test_a_report_after_one_in_doubt_is_not_given_up():
    bench = Bench()
    bench.offer(A, B)
    begin(bench, 1000.0)
    bench.offer(A)
    assert bench.schedule.give_up_at() is None, "it may take away what an earlier run left"


def test_a_join_that_hangs_is_given_up_for_a_removal(bench):
    bench.offer(A, B, C)
    begin(bench, 1102.0)
    bench.offer(A, B)
    assert bench.schedule.give_up_at() == 1105.0


@pytest.mark.parametrize("took", [3.0, 15.0])
def test_after_an_unknown_outcome_the_list_of_that_moment_is_sent_once_more(bench, took):
    bench.offer(A)
    assert bench.told(SLOW, took)[0] == 1100.05
    assert bench.told()[1] == (A,)
    bench.now = 1119.0
    bench.offer(A, C)
    assert bench.told() == (pytest.approx(1120.05), (A, C))
    assert bench.told()[0] == pytest.approx(1360.05), "once"


def test_each_unknown_outcome_is_repeated_and_one_list_serves_all_before_it(bench):
    bench.offer(A)
    bench.told(SLOW, 15.0)
    bench.told(SLOW, 15.0)
    began = bench.told()[0]
    assert began == pytest.approx(1133.05), "later than 20 s after the first"
    assert bench.told()[0] == pytest.approx(1136.05), "20 s after the second, which began at 1116.05"
    assert bench.told()[0] == pytest.approx(1376.05)


@pytest.mark.parametrize(
    "kind", [FailureKind.NETWORK, FailureKind.DNS, FailureKind.TLS, FailureKind.BUSY, FailureKind.REDIRECT]
)
def test_what_never_arrived_is_not_repeated(bench, kind):
    bench.offer(A)
    bench.told(Failed("", kind))
    again = bench.told()[0]
    assert bench.told()[0] == pytest.approx(again + 240.0)


def test_what_was_under_way_at_a_reload_is_repeated_too(bench):
    bench.offer(A)
    begin(bench, 1100.05)
    bench.schedule.reconfigure(ReportPolicy())
    bench.now = 1115.0
    bench.schedule.finished(SLOW, bench.now)
    assert bench.told()[0] == pytest.approx(1115.0)
    assert bench.told()[0] == pytest.approx(1120.05)


def test_an_unknown_test_request_is_not_repeated():
    bench = Bench(test="test1")
    bench.offer(A)
    bench.told(SLOW, 15.0)
    again = bench.told(Checked("test1"))[0]
    assert bench.told(Checked("test1"))[0] == pytest.approx(again + 240.0)


@pytest.fixture
def steps():
    bench = Bench(mode=Mode.INCREMENTAL)
    bench.offer(A, B)
    assert bench.told() == (1000.0, (A, B))
    bench.now = 1100.0
    return bench


def test_incremental_tells_each_difference_removals_first_in_one_run(steps):
    steps.offer(C, entry(2, port=4))
    ran = [steps.next(took=0.1) for _ in range(4)]
    assert [message for _, message in ran] == [
        RemoveNumber(number=A.number),
        RemoveNumber(number=B.number),
        AddNumber(entry=C),
        AddNumber(entry=entry(2, port=4)),
    ]
    assert ran[0][0] == pytest.approx(1100.05)
    assert ran[3][0] == pytest.approx(1100.35)
    assert isinstance(steps.next()[1], CheckWork)


def test_incremental_removals_do_not_starve_the_sign_of_life():
    bench = Bench(mode=Mode.INCREMENTAL)
    bench.offer(*(entry(n) for n in range(10, 74)))
    bench.told()
    bench.now = 1200.0
    bench.offer()
    ran = [bench.next(took=5.0) for _ in range(64)]
    signs = [at for at, message in ran if isinstance(message, CheckWork)]
    assert [round(at) for at in signs] == [1240, 1480]
    assert bench.schedule.missed_windows(bench.now) == 0


def test_incremental_takes_a_removal_into_the_run_and_leaves_a_join_for_the_next(steps):
    steps.offer(A, B, C, entry(4))
    assert steps.next() == (1102.0, AddNumber(entry=C))
    steps.offer(A, C, entry(4), entry(5))
    assert steps.next() == (1102.0, RemoveNumber(number=B.number))
    assert steps.next() == (1102.0, AddNumber(entry=entry(4)))
    assert steps.next() == (1104.0, AddNumber(entry=entry(5)))


def test_incremental_forgets_a_join_that_is_gone_before_its_turn(steps):
    steps.offer(A, B, C, entry(4))
    steps.next()
    steps.offer(A, B, C)
    assert steps.next() == (1240.0, CheckWork())


def test_incremental_runs_do_not_come_back_to_what_is_done(steps):
    steps.offer(A)
    assert steps.next()[1] == RemoveNumber(number=B.number)
    steps.offer(A, B)
    assert steps.next() == (pytest.approx(1102.05), AddNumber(entry=B))


def test_incremental_beats_with_check_work_counted_from_the_last_sign_of_life(steps):
    steps.offer(A)
    steps.next()
    assert steps.next() == (1240.0, CheckWork())
    assert steps.schedule.missed_windows(1240.0 + 299.0) == 0
    assert steps.next() == (1480.0, CheckWork())


def test_incremental_beats_in_the_middle_of_a_long_run(steps):
    steps.offer(A, B, *(entry(index) for index in range(10, 40)))
    sent = [steps.next(took=14.0) for _ in range(30 + 2)]
    beats = [at for at, message in sent if isinstance(message, CheckWork)]
    assert beats == [1242.0, 1494.0]
    assert all(later[0] - earlier[0] == 14.0 for earlier, later in pairwise(sent))


@pytest.mark.parametrize("change", [(A,), (A, B, C)])
def test_incremental_falls_back_to_the_list_after_trouble(steps, change):
    steps.offer(*change)
    began, step = steps.next(FAILED)
    assert isinstance(step, AddNumber | RemoveNumber)
    assert steps.told() == (pytest.approx(began + 1.0), change)
    assert isinstance(steps.next()[1], CheckWork)


def test_incremental_falls_back_to_the_list_once_after_a_refused_step(steps):
    steps.offer(A)
    steps.next(REFUSED)
    assert steps.told(REFUSED) == (1101.05, (A,))
    assert steps.told() == (1341.05, (A,))
    assert isinstance(steps.next()[1], CheckWork)


def test_incremental_falls_back_to_the_list_after_a_refused_check_work(steps):
    assert steps.next(REFUSED) == (1240.0, CheckWork())
    assert steps.told() == (1241.0, (A, B))


def test_incremental_alters_an_entry_with_the_list(steps):
    altered = entry(2, date_start=5)
    steps.offer(A, altered)
    assert steps.told() == (1102.0, (A, altered))


def test_incremental_sends_the_list_twice_after_a_step_in_doubt(steps):
    steps.offer(A)
    began, step = steps.next(SLOW, 15.0)
    assert step == RemoveNumber(number=B.number)
    assert steps.told() == (pytest.approx(began + 16.0), (A,))
    steps.offer(A, C)
    steps.now = began + 18.5
    steps.next()
    assert steps.told() == (pytest.approx(began + 20.0), (A, C))
    assert isinstance(steps.next()[1], CheckWork)


def test_incremental_gives_up_what_takes_nothing_away(steps):
    begin(steps, 1240.0)
    steps.offer(A)
    assert steps.schedule.give_up_at() == 1243.0
    steps.schedule.finished(GIVEN_UP, 1243.0)
    steps.now = 1243.0
    assert steps.told() == (1243.0, (A,))


def test_incremental_does_not_give_up_a_removal(steps):
    steps.offer(A)
    assert begin(steps, 1100.05) == RemoveNumber(number=B.number)
    steps.offer()
    assert steps.schedule.give_up_at() is None


def test_incremental_sends_the_list_where_onlinesim_lacks_a_number_once_in_a_heartbeat(steps):
    steps.schedule.doubt(1200.0)
    assert steps.schedule.due() == 1240.0, "a list went out less than a heartbeat ago"
    assert isinstance(steps.next()[1], CheckWork)
    steps.now = 1300.0
    steps.schedule.doubt(steps.now)
    assert steps.told() == (1300.0, (A, B))
    steps.schedule.doubt(1310.0)
    assert steps.next()[0] == 1540.0


def test_the_list_itself_heals_what_onlinesim_lacks(bench):
    bench.schedule.doubt(bench.now)
    assert bench.told()[0] == 1240.0


def test_incremental_never_steps_in_a_test():
    bench = Bench(mode=Mode.INCREMENTAL, test="test2")
    bench.offer(A)
    bench.told(Checked("test2"))
    bench.offer()
    assert bench.told(Checked("test2"))[1] == ()


def test_incremental_tells_the_list_to_another_server(steps):
    steps.offer(A)
    steps.now = 1100.05
    steps.schedule.take(steps.now)
    steps.schedule.reconfigure(steps.schedule.policy)
    steps.schedule.finished(ACCEPTED, steps.now)
    assert steps.told() == (1101.05, (A,))


def test_the_last_words_are_an_empty_list(bench):
    assert bench.schedule.withdraw(bench.now) == SendNumbersOnline(numbers=())
    bench.schedule.finished(ACCEPTED, bench.now)
    assert bench.schedule.wanted == ()
