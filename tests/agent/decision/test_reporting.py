"""Whether the live set may be reported: what a run says that has asked nobody, and what is said after a pause."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agent.decision.module_state import ModuleState, extend_lease, update
from agent.decision.reporting import FIRST_REPORT_WITHIN, LATE, Gate, Reporting, too_late
from agent.decision.verdict import Memory, ModuleInput, Policy, Reason
from agent.numbers.resolve import Number, Resolution, Source
from drivers.observation import Observation, PortState, Registration, SimState
from tests.agent.decision.plain_decision import decide

BUSY = ModuleState(port=PortState.BUSY)
FORBIDDEN = ModuleState(port=PortState.FORBIDDEN)
MUTE = ModuleState(port=PortState.MUTE)
ANSWERED = ModuleState(port=PortState.OPEN, answered_at=100.0, sim=SimState.ABSENT)
START = 1000.0


def at(seconds, *states, gate=None, waiting=False):
    """What may be reported so many seconds after the start, and the gate then."""
    now = START + seconds
    named = {f"Port{n}": state for n, state in enumerate(states, 1)}
    gate = (gate or Gate(START)).after(named, now, waiting=waiting)
    return gate.reporting(now, waiting=waiting), gate


@pytest.mark.parametrize("states", [(BUSY, BUSY), (FORBIDDEN,), (BUSY, FORBIDDEN, MUTE)])
def test_a_run_that_has_asked_nobody_reports_nothing(states):
    assert at(1, *states)[0] is Reporting.UNASKED
    assert at(10_000, *states)[0] is Reporting.UNASKED


def test_without_any_port_it_is_said_when_the_start_is_over():
    assert at(10, waiting=True)[0] is Reporting.STARTING
    assert at(90, waiting=True)[0] is Reporting.UNASKED


def test_one_definite_answer_opens_the_reports_down_to_the_empty_list():
    reporting, gate = at(5, ANSWERED, BUSY)
    assert reporting is Reporting.OPEN
    assert at(500, BUSY, BUSY, gate=gate)[0] is Reporting.OPEN, "a dead hub must empty the list"
    assert at(500, gate=gate)[0] is Reporting.OPEN


def test_numbers_of_an_earlier_run_are_withdrawn_once_where_nobody_could_be_asked():
    left = Gate(START, standing=True)
    assert at(89, BUSY, gate=left)[0] is Reporting.UNASKED
    reporting, gate = at(90, BUSY, gate=left)
    assert reporting is Reporting.WITHDRAWING
    assert at(95, BUSY, gate=gate)[0] is Reporting.WITHDRAWING, "until it was accepted"
    gate = gate.withdrawn()
    assert at(96, BUSY, gate=gate)[0] is Reporting.UNASKED
    assert at(97, ANSWERED, gate=gate)[0] is Reporting.OPEN


def test_numbers_of_an_earlier_run_are_not_withdrawn_where_somebody_answers():
    gate = at(60, ANSWERED, gate=Gate(START, standing=True), waiting=True)[1]
    assert at(90, ANSWERED, gate=gate, waiting=True)[0] is Reporting.OPEN


def test_the_first_report_waits_for_whoever_answers_late_too():
    gate = at(300, BUSY)[1]
    reporting, gate = at(400, ANSWERED, gate=gate, waiting=True)
    assert reporting is Reporting.STARTING, "its module settles, and an empty list would wipe it"
    assert at(400 + FIRST_REPORT_WITHIN, ANSWERED, gate=gate, waiting=True)[0] is Reporting.OPEN
    assert at(410, ANSWERED, gate=gate)[0] is Reporting.OPEN


def test_after_a_pause_each_live_module_is_waited_for():
    gate = at(5, ANSWERED)[1].paused(["Port1", "Port2"], START + 100, answer_timeout=5.0)
    old, new = ModuleState(answered_at=START + 98), ModuleState(answered_at=START + 100.2)
    assert at(101, old, old, gate=gate)[0] is Reporting.ASKING_AGAIN
    assert at(101, new, old, gate=gate)[0] is Reporting.ASKING_AGAIN
    assert at(101, new, new, gate=gate)[0] is Reporting.OPEN
    assert at(101, new, BUSY, gate=gate)[0] is Reporting.OPEN, "a port that is held has said enough"
    assert at(105, old, old, gate=gate)[0] is Reporting.OPEN, "its time to answer is over"
    assert at(101, new, gate=gate)[0] is Reporting.OPEN, "its place is gone"


def test_only_a_gap_that_could_cost_a_lease_is_a_pause():
    usual = {"lease": 30.0, "poll": 10.0, "answer_timeout": 5.0}
    assert not too_late(1.0, **usual)
    assert not too_late(15.0, **usual)
    assert too_late(15.1, **usual)
    assert not too_late(LATE, lease=3.0, poll=1.0, answer_timeout=1.0)


def answer(module, asked_at, iccid):
    return Observation(
        module=module,
        at=asked_at,
        sim=SimState.READY,
        iccid=iccid,
        imsi="240120000000001",
        registration=Registration.HOME,
    )


POLICY = Policy(cap=8, settle=10.0, lease=30.0, registration_grace=15.0)
ANSWER_TIMEOUT = 5.0


class Modules:
    """Some modules on one clock, decided upon as the bank does."""

    def __init__(self, count):
        self.now = START
        self.states = {f"Port{n}": ModuleState() for n in range(1, count + 1)}
        self.memory = Memory()
        self.gate = Gate(START)
        self.live = {}
        for _ in range(3):
            for name in self.states:
                self.answer(name)
            self.pass_time(10.0)

    def answer(self, name, *, gone=False):
        seen = answer(name, self.now, f"89461200000050000{name[-1]:0>2}")
        if gone:
            seen = Observation(module=name, at=self.now, sim=SimState.ABSENT)
        self.states[name] = update(self.states[name], seen, self.now)
        self.decide()

    def decide(self):
        inputs = {
            name: ModuleInput(
                state, Resolution(Number(f"+4670{name[-1]}", 46, Source.CNUM, rent=False), None, False)
            )
            for name, state in self.states.items()
        }
        decision = decide(inputs, self.memory, POLICY, self.now)
        self.memory, self.live = decision.memory, decision.live
        self.states = {name: module.state for name, module in decision.modules.items()}
        waiting = any(verdict.reason is Reason.SETTLING for verdict in decision.verdicts.values())
        self.gate = self.gate.after(self.states, self.now, waiting=waiting)
        return self.gate.reporting(self.now, waiting=waiting)

    def pass_time(self, seconds):
        self.now += seconds
        return self.decide()

    def stand_still(self, seconds):
        self.now += seconds
        self.gate = self.gate.paused(self.live, self.now, answer_timeout=ANSWER_TIMEOUT)
        until = self.now + ANSWER_TIMEOUT - POLICY.lease
        for name in self.live:
            self.states[name] = extend_lease(self.states[name], until)
        return self.decide()


def test_a_pause_longer_than_the_lease_costs_no_module_that_answers_afterwards():
    bank = Modules(2)
    assert set(bank.live) == {"Port1", "Port2"}
    assert bank.stand_still(3600.0) is Reporting.ASKING_AGAIN
    bank.answer("Port1")
    assert bank.pass_time(1.0) is Reporting.ASKING_AGAIN
    bank.answer("Port2")
    assert bank.decide() is Reporting.OPEN
    assert set(bank.live) == {"Port1", "Port2"}, "nobody settles anew"


def test_an_answer_that_was_asked_before_the_pause_neither_counts_nor_costs_the_lease():
    bank = Modules(2)
    asked_at = bank.now
    bank.stand_still(3600.0)
    for name in bank.states:
        late = answer(name, asked_at, f"89461200000050000{name[-1]:0>2}")
        bank.states[name] = update(bank.states[name], late, bank.now)
    assert bank.decide() is Reporting.ASKING_AGAIN
    assert set(bank.live) == {"Port1", "Port2"}
    bank.answer("Port1")
    bank.answer("Port2")
    assert bank.decide() is Reporting.OPEN
    assert set(bank.live) == {"Port1", "Port2"}


def test_a_module_that_lost_its_sim_in_the_pause_is_never_reported_again():
    bank = Modules(2)
    bank.stand_still(3600.0)
    bank.answer("Port1", gone=True)
    bank.answer("Port2")
    assert bank.decide() is Reporting.OPEN
    assert set(bank.live) == {"Port2"}


def test_a_module_that_is_mute_after_the_pause_leaves_when_its_answer_timeout_is_over():
    bank = Modules(2)
    bank.stand_still(3600.0)
    bank.answer("Port2")
    assert bank.pass_time(4.9) is Reporting.ASKING_AGAIN
    assert bank.pass_time(0.1) is Reporting.OPEN
    assert set(bank.live) == {"Port2"}


@settings(max_examples=100, deadline=None)
@given(
    st.lists(
        st.one_of(
            st.tuples(st.just("answer"), st.integers(1, 3), st.booleans()),
            st.tuples(st.just("pass"), st.floats(0.1, 12.0)),
            st.tuples(st.just("pause"), st.floats(16.0, 100_000.0)),
        ),
        max_size=25,
    )
)
def test_what_is_reported_was_answered_within_a_lease_of_running_time_and_never_before_a_pause(steps):
    bank = Modules(3)
    answered = dict.fromkeys(bank.states, bank.now - 10.0)
    resumed = None
    for step in steps:
        match step:
            case ("answer", n, gone):
                bank.answer(f"Port{n}", gone=gone)
                answered[f"Port{n}"] = bank.now
                reporting = bank.decide()
            case ("pass", seconds):
                reporting = bank.pass_time(seconds)
            case (_, seconds):
                reporting = bank.stand_still(seconds)
                resumed = bank.now
        if reporting is not Reporting.OPEN:
            continue
        for name in bank.live:
            assert bank.now - answered[name] < POLICY.lease
            assert resumed is None or answered[name] >= resumed, "the pause was longer than anybody's word"
