"""The search for a number that Onlinesim refuses: alone, then within the schedule, against a model server."""

from __future__ import annotations

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from agent.onlinesim.client import OnlinesimClient
from agent.onlinesim.messages import AddNumber, NumberEntry, RemoveNumber, SendNumbersOnline
from agent.onlinesim.number_search import MOST_REQUESTS, NumberSearch
from agent.onlinesim.outcome import Accepted, Checked, Failed, FailureKind, Refusal, RefusalKind
from agent.onlinesim.schedule import Mode, ReportPolicy, Schedule

FORMAT = Refusal(400, "NUMBER_FORMAT_ERROR", RefusalKind.NUMBER_FORMAT)
DATE = Refusal(400, "ERROR_DATE", RefusalKind.DATE)
BLOCKED = Refusal(403, "ACCOUNT_BLOCKED", RefusalKind.BLOCKED)
FAILED = Failed("no connection", FailureKind.NETWORK)


def entry(index):
    """An entry with a Swedish mobile number, which its country's plan has."""
    return NumberEntry(number=f"+4670174{index:04}", country_id=46, port_id=f"Port{index}", rent=0)


def outside(index):
    """An entry with a number that no plan has."""
    return NumberEntry(number=f"+46{index:05}", country_id=46, port_id=f"Port{index}", rent=0)


EVERYTHING = tuple(entry(index) for index in range(1200))


def entries(count):
    return EVERYTHING[:count]


def is_part(message):
    return isinstance(message, SendNumbersOnline) and message.part


def play(search, bad, refusal=FORMAT):
    """Answer the whole search as a server would that refuses these entries; return what was asked."""
    asked = []
    while not search.over:
        message = search.next()
        asked.append(message)
        fine = not set(message.numbers) & set(bad)
        search.answered((Checked("test1") if message.test else Accepted()) if fine else refusal)
    return asked


@given(count=st.integers(1, 1024), data=st.data())
@settings(max_examples=60, deadline=None)
def test_one_bad_number_is_found_and_nothing_else_is_left_out(count, data):
    everything = entries(count)
    bad = everything[data.draw(st.integers(0, count - 1))]
    suspicious = data.draw(st.sets(st.integers(0, count - 1), max_size=5))
    doubted = {everything[index].number for index in suspicious}
    search = NumberSearch(everything, lambda number: number not in doubted)
    asked = play(search, {bad})
    assert search.left_out == {bad: 1}
    assert len(asked) <= MOST_REQUESTS == 12
    needed = {one for one in everything if one.number not in doubted and one is not bad}
    assert all(message.test == "test1" or needed <= set(message.numbers) for message in asked)


@given(
    count=st.integers(1, 1200),
    bad=st.sets(st.integers(0, 1199), max_size=20),
    doubted=st.sets(st.integers(0, 1199), max_size=20),
    refusal=st.sampled_from([FORMAT, DATE]),
)
@settings(max_examples=60, deadline=None)
def test_whatever_is_bad_no_half_goes_out_without_test_and_twelve_requests_are_enough(
    count, bad, doubted, refusal
):
    everything = entries(count)
    wrong = {everything[index] for index in bad if index < count}
    assume(wrong)
    search = NumberSearch(everything, lambda number: int(number[-4:]) not in doubted)
    asked = play(search, wrong, refusal)
    assert len(asked) <= MOST_REQUESTS
    for message in asked:
        assert message.part is (message.test == "test1")
        assert message.numbers or count == 1
    rest = set(everything) - set(search.left_out)
    if search.left_out:
        assert not rest & wrong
    if search.reported:
        assert search.left_out


@given(
    count=st.integers(1, 100),
    outcomes=st.lists(st.sampled_from([FORMAT, FAILED, BLOCKED, "good"]), min_size=12),
)
def test_whatever_is_answered_it_ends_after_twelve_requests(count, outcomes):
    search = NumberSearch(entries(count), lambda number: not number.endswith("3"))
    for outcome in outcomes:
        if search.over:
            break
        message = search.next()
        good = Checked("test1") if message.test else Accepted()
        search.answered(good if outcome == "good" else outcome)
    assert search.over or search.requests < MOST_REQUESTS
    assert search.requests <= MOST_REQUESTS


def test_a_server_that_refuses_every_list_says_nothing_about_a_number():
    everything = entries(8)
    search = NumberSearch(everything, lambda _: True)
    asked = play(search, everything)
    assert search.left_out == {}
    assert all(message.numbers for message in asked)


def test_a_list_of_one_number_is_reported_without_it():
    search = NumberSearch(entries(1), lambda _: True)
    assert [message.numbers for message in play(search, entries(1))] == [()]
    assert search.left_out == {entry(0): 1}


def test_numbers_outside_the_plan_are_tried_first_and_only_by_a_report_of_the_others():
    everything = (*entries(3), outside(7))
    search = NumberSearch(everything, lambda number: len(number) > 8)
    asked = play(search, {outside(7)})
    assert asked == [SendNumbersOnline(numbers=entries(3))]
    assert search.left_out == {outside(7): 1}


def test_halves_are_tried_only_when_that_is_refused_too():
    everything = (*entries(4), outside(7))
    search = NumberSearch(everything, lambda number: len(number) > 8)
    asked = play(search, {entry(2)})
    assert [(len(message.numbers), message.test) for message in asked] == [
        (4, None), (2, "test1"), (1, "test1"), (4, None),
    ]  # fmt: skip
    assert search.left_out == {entry(2): 1}


def test_another_refusal_ends_it():
    search = NumberSearch(entries(8), lambda _: True)
    search.next()
    search.answered(BLOCKED)
    assert search.over
    assert search.left_out == {}


def test_the_same_is_asked_again_where_no_answer_came():
    search = NumberSearch(entries(8), lambda _: True)
    first = search.next()
    search.answered(FAILED)
    assert search.next() == first
    assert search.requests == 2


@pytest.mark.parametrize("test", [None, "test2"])
def test_a_part_of_the_list_cannot_be_made_without_test1(test):
    with pytest.raises(ValueError, match="part"):
        SendNumbersOnline(numbers=entries(1), test=test, part=True)


async def test_a_part_of_the_list_is_not_sent_without_test1_even_if_it_were_made():
    message = SendNumbersOnline(numbers=entries(2), test="test1", part=True)
    message.__dict__["body"] = SendNumbersOnline(numbers=entries(2)).body
    client = OnlinesimClient(None, "https://onlinesim.example", None)  # a session would be used to send
    with pytest.raises(ValueError, match="part"):
        await client.send(message)


class Server:
    """A schedule, and a server that refuses a list with a bad number; time passes from request to request."""

    def __init__(self, *wanted, bad=(), refusal=FORMAT, **policy):
        self.now, self.bad, self.refusal = 1000.0, set(bad), refusal
        self.schedule = Schedule(ReportPolicy(**policy), lambda: 1.0, now=self.now)
        self.holds = ()
        self.asked = []
        self.wanted = wanted
        self.offer(*wanted)

    def offer(self, *wanted):
        self.wanted = wanted
        self.schedule.offer(wanted, self.now)

    def step(self, outcome=None):
        """One request, answered by the rules or with this outcome."""
        self.now = max(self.now, self.schedule.due())
        message = self.schedule.take(self.now)
        self.asked.append((self.now, message))
        outcome = outcome or self._answer(message)
        if isinstance(outcome, Accepted):
            self._apply(message)
        self.schedule.finished(outcome, self.now)
        return message

    def until_quiet(self):
        """Every request that is due before the next heartbeat."""
        end = self.now + 200.0
        while self.schedule.due() < end:
            self.step()
        return [message for _, message in self.asked]

    def _answer(self, message):
        if isinstance(message, SendNumbersOnline):
            if {one.number for one in message.numbers} & self.bad:
                return self.refusal
            return Checked("test1") if message.test else Accepted()
        if isinstance(message, AddNumber) and message.entry.number in self.bad:
            return self.refusal
        return Accepted()

    def _apply(self, message):
        if isinstance(message, SendNumbersOnline):
            assert not message.part
            self.holds = message.numbers
        elif isinstance(message, AddNumber):
            self.holds = (*self.holds, message.entry)
        elif isinstance(message, RemoveNumber):
            self.holds = tuple(one for one in self.holds if one.number != message.number)


@given(
    count=st.integers(1, 300),
    data=st.data(),
    mode=st.sampled_from(Mode),
    refusal=st.sampled_from([FORMAT, DATE]),
    failures=st.sets(st.integers(1, 8), max_size=2),
)
@settings(max_examples=60, deadline=None)
def test_a_list_with_one_bad_number_ends_with_exactly_the_rest_reported(count, data, mode, refusal, failures):
    everything = entries(count)
    bad = everything[data.draw(st.integers(0, count - 1))]
    server = Server(*everything, bad={bad.number}, refusal=refusal, mode=mode)
    end = server.now + 200.0
    while server.schedule.due() < end:
        server.step(FAILED if len(server.asked) in failures else None)
    assert set(server.holds) == set(everything) - {bad}
    assert set(server.schedule.refused.held_back) == {bad.number}
    halves = [message for _, message in server.asked if is_part(message)]
    assert all(message.test == "test1" for message in halves)
    assert len(server.asked) <= 1 + MOST_REQUESTS + 1
    assert server.schedule.wanted == tuple(one for one in everything if one is not bad)


POOL = 12
OPS = st.one_of(
    st.sets(st.integers(0, POOL - 1)).map(lambda chosen: ("offer", chosen)),
    st.integers(1, 6).map(lambda count: ("steps", count)),
    st.just(("fail", 1)),
    st.sampled_from([0.5, 3.0, 250.0]).map(lambda seconds: ("wait", seconds)),
)


@given(
    bad=st.integers(0, POOL - 1),
    ops=st.lists(OPS, max_size=12),
    mode=st.sampled_from(Mode),
    last=st.sets(st.integers(0, POOL - 1)),
)
@settings(max_examples=150, deadline=None)
def test_whatever_happens_meanwhile_no_good_number_is_lost_and_in_the_end_the_good_ones_are_there(
    bad, ops, mode, last
):
    everything = entries(POOL)
    server = Server(*everything, bad={everything[bad].number}, mode=mode)

    def step(outcome=None):
        held = set(server.holds)
        message = server.step(outcome)
        if is_part(message):
            assert message.test == "test1"
            assert server.holds == tuple(held) or set(server.holds) == held
        lost = held - set(server.holds) - {everything[bad]}
        assert not lost & set(server.wanted), "a number that is live was removed"

    for what, value in ops:
        if what == "offer":
            server.offer(*(everything[index] for index in sorted(value)))
        elif what == "wait":
            server.now += value
        for _ in range(value if what in {"steps", "fail"} else 0):
            step(FAILED if what == "fail" else None)
    server.offer(*(everything[index] for index in sorted(last)))
    end = server.now + 600.0
    while server.schedule.due() < end:
        step()
    good = {everything[index] for index in last} - {everything[bad]}
    assert set(server.holds) == good


def test_one_bad_number_does_not_silence_the_bank():
    server = Server(*entries(8), bad={entry(5).number})
    messages = server.until_quiet()
    assert [(len(one.numbers), one.test) for one in messages] == [
        (8, None), (4, "test1"), (2, "test1"), (1, "test1"), (7, None),
    ]  # fmt: skip
    assert [at for at, _ in server.asked] == [1000.0, 1001.0, 1002.0, 1003.0, 1004.0]
    held = server.schedule.refused.held_back[entry(5).number]
    assert str(held) == "Onlinesim: NUMBER_FORMAT_ERROR"
    server.step()
    assert server.asked[-1] == (
        1244.0,
        SendNumbersOnline(numbers=tuple(e for e in entries(8) if e != entry(5))),
    )


def test_a_removal_ends_the_search_and_is_reported_at_once():
    server = Server(*entries(8), bad={entry(5).number})
    for _ in range(3):
        server.step()
    server.offer(*entries(8)[1:])
    at, message = server.now, server.step()
    assert message == SendNumbersOnline(numbers=entries(8)[1:])
    assert server.now - at <= 1.0
    server.until_quiet()
    assert set(server.holds) == set(entries(8)) - {entry(0), entry(5)}


def test_a_removal_after_the_plan_leaves_out_what_is_still_in_doubt():
    doubted = [outside(index) for index in range(20, 26)]
    server = Server(*entries(4), *doubted, bad={doubted[1].number})
    server.step()
    assert server.step() == SendNumbersOnline(numbers=entries(4))
    assert server.holds == entries(4)
    assert server.step().part
    server.offer(*entries(4)[1:], *doubted)
    server.step()
    assert server.holds == entries(4)[1:]


def test_a_half_that_is_answered_after_a_removal_begins_no_search_of_its_own():
    server = Server(*entries(4), bad={entry(1).number})
    server.step()
    message = server.schedule.take(server.now + 1.0)
    assert message.part
    server.offer(*entries(4)[1:])
    server.schedule.finished(FORMAT, server.now + 1.0)
    server.now += 1.0
    assert server.step() == SendNumbersOnline(numbers=entries(4)[1:])


def test_a_join_during_the_search_waits_for_its_end():
    server = Server(*entries(4), bad={entry(1).number})
    server.step()
    server.offer(*entries(5))
    server.until_quiet()
    assert set(server.holds) == {entry(0), entry(2), entry(3), entry(4)}


def test_where_every_list_is_refused_it_is_tried_again_at_the_heartbeat_only():
    server = Server(*entries(8), bad={one.number for one in entries(8)})
    messages = server.until_quiet()
    assert len(messages) <= 1 + MOST_REQUESTS
    assert server.schedule.refused.held_back == {}
    assert server.holds == ()
    assert server.schedule.due() >= server.asked[0][0] + 240.0


def test_a_refusal_of_another_kind_ends_the_search_and_waits():
    server = Server(*entries(8), bad={entry(5).number})
    server.step()
    server.step(BLOCKED)
    assert server.schedule.due() == 1240.0


def test_a_search_whose_report_is_accepted_does_not_hold_up_the_heartbeat():
    doubted = [outside(index) for index in range(20, 26)]
    server = Server(*entries(4), *doubted, bad={doubted[1].number})
    server.step()
    server.step()
    server.now += 300.0
    assert server.step().part
    assert server.step() == SendNumbersOnline(numbers=entries(4))


def test_a_refused_number_is_tried_again_after_six_hours_and_after_a_reload():
    server = Server(*entries(2), bad={entry(1).number})
    server.until_quiet()
    assert server.holds == entries(1)
    server.bad.clear()
    server.schedule.reconfigure(ReportPolicy())
    server.offer(*entries(2))
    server.step()
    assert server.holds == entries(2)
    server = Server(*entries(2), bad={entry(1).number})
    server.until_quiet()
    server.bad.clear()
    server.now += 6 * 3600.0 + 10.0
    server.offer(*entries(2))
    server.until_quiet()
    assert server.holds == entries(2)


def test_a_single_step_that_is_refused_names_the_number_itself():
    server = Server(entry(0), bad={entry(1).number}, mode=Mode.INCREMENTAL)
    server.step()
    server.now += 10.0
    server.offer(*entries(2))
    server.until_quiet()
    assert [type(message) for _, message in server.asked] == [SendNumbersOnline, AddNumber, SendNumbersOnline]
    assert server.holds == entries(1)
    assert set(server.schedule.refused.held_back) == {entry(1).number}


def test_there_is_no_search_in_a_test_mode():
    server = Server(*entries(4), bad={entry(1).number}, test="test1")
    server.step()
    assert server.schedule.due() == 1240.0
