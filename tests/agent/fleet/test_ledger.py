"""What the leader may believe of each host."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from ledgers import TIMES, goes_wrong

from agent.fleet.ledger import Ledger
from agent.fleet.state import HostLife, LeftOut
from agent.fleet.words import Beat, HostSet, Stage

MUTANTS_TRY = 300


class DatedAtTheLaterPoll(Ledger):
    def _look(self, host, text, asked_at, now, engine, absent_at):
        self._later = asked_at
        super()._look(host, text, asked_at, now, engine, absent_at)

    def _lives(self, known, at):
        super()._lives(known, self._later)


class WholeAtOnce(Ledger):
    def whole(self, now):
        return self._asked_at > float("-inf")


class OldBeatsAreLife(Ledger):
    def _look(self, host, text, asked_at, now, engine, absent_at):
        super()._look(host, text, asked_at, now, "", absent_at)


@pytest.mark.slow
@settings(max_examples=60)
@given(seed=st.integers(0, 2**32))
def test_no_set_counts_longer_than_the_host_itself_thinks_and_no_list_lacks_a_living_host(seed):
    assert not goes_wrong(seed)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("wrong", "how"),
    [(DatedAtTheLaterPoll, "too much"), (OldBeatsAreLife, "too much"), (WholeAtOnce, "too little")],
)
def test_a_wrong_rule_is_found_out(wrong, how):
    assert any(goes_wrong(seed, wrong) == how for seed in range(MUTANTS_TRY))


def beat(seq, *, run="a" * 16, version=1, stage=Stage.RUNNING, lease=30.0):
    return Beat(
        run=run, seq=seq, version=version, stage=stage, modules=8, live=0, lease=lease, may_lead=True
    ).text()


def held(version=1, run="a" * 16, host="x"):
    return HostSet(host=host, run=run, version=version, key="k", claims=())


class Polled:
    def __init__(self):
        self.ledger = Ledger(TIMES)

    def poll(self, at, engine="1", **beats):
        self.ledger.poll(beats, asked_at=at, now=at, engine=engine)
        return self.ledger


def test_life_is_dated_at_the_poll_that_did_not_show_it_yet():
    polled = Polled()
    polled.poll(0.0, x=beat(1)).took(held())
    assert polled.ledger.part("x", 0.0) is None  # a beat that stands there proves nothing
    ledger = polled.poll(5.0, x=beat(2))
    assert ledger.part("x", 29.9) is not None
    assert ledger.part("x", 30.0) is None
    assert ledger.next_lapse(5.0) == 30.0


def test_a_beat_for_a_set_that_is_not_here_keeps_no_older_one_alive():
    polled = Polled()
    polled.poll(0.0, x=beat(1)).took(held())
    polled.poll(5.0, x=beat(2))
    ledger = polled.poll(10.0, x=beat(3, version=2))
    assert ledger.wanted() == ("x",)
    assert ledger.part("x", 29.0) is not None
    assert ledger.part("x", 30.0) is None
    ledger.took(held(2))
    assert ledger.part("x", 34.9).version == 2


def test_a_host_that_restarts_within_its_lease_is_not_missed():
    polled = Polled()
    polled.poll(0.0, x=beat(1)).took(held())
    polled.poll(5.0, x=beat(2))
    ledger = polled.poll(10.0, x=beat(1, run="b" * 16, version=0, stage=Stage.STARTING))
    assert ledger.part("x", 29.0).run == "a" * 16
    assert ledger.life("x", 10.0) is HostLife.STARTING
    polled.poll(15.0, x=beat(2, run="b" * 16))
    ledger.took(held(1, "b" * 16))
    assert ledger.part("x", 39.0).run == "b" * 16


def test_an_old_copy_of_the_engine_brings_no_old_set_back_while_the_newer_counts():
    polled = Polled()
    polled.poll(0.0, x=beat(1)).took(held())
    polled.poll(5.0, x=beat(2))
    ledger = polled.poll(10.0, engine="2", x=beat(9, run="0" * 16))
    ledger.took(held(7, "0" * 16))
    assert ledger.part("x", 10.0).run == "a" * 16
    assert ledger.part("x", 30.0) is None


def test_a_list_waits_for_each_host_to_show_life_or_be_silent_for_a_lease():
    polled = Polled()
    ledger = polled.poll(0.0, x=beat(1), y=beat(1))
    ledger.took(held())
    assert not ledger.whole(0.0)
    for at in range(5, 30, 5):
        polled.poll(float(at), x=beat(at), y=beat(1))
        assert not ledger.whole(float(at))
    polled.poll(30.0, x=beat(30), y=beat(1))
    assert ledger.whole(30.0)
    assert ledger.life("y", 30.0) is HostLife.SILENT


@pytest.mark.parametrize("stage", [Stage.STARTING, Stage.LEFT, Stage.STOPPED, Stage.REFUSED])
def test_nobody_waits_for_a_host_that_is_not_there_yet_or_any_more(stage):
    assert Polled().poll(0.0, x=beat(1, stage=stage)).whole(0.0)


def test_a_host_that_stopped_in_order_counts_until_its_lease_ends():
    polled = Polled()
    ledger = polled.ledger
    ledger.look("x", beat(1), asked_at=0.0, now=0.0, engine="1")
    ledger.look("x", beat(2, stage=Stage.STOPPED), asked_at=4.0, now=4.0, engine="1")
    polled.poll(5.0, x=beat(2, stage=Stage.STOPPED))
    assert not ledger.whole(5.0)
    ledger.took(held())
    assert ledger.whole(5.0)
    assert ledger.part("x", 29.0) is not None
    assert ledger.part("x", 30.0) is None


def test_after_a_gap_everybody_is_waited_for_again():
    polled = Polled()
    polled.poll(0.0, x=beat(1)).took(held())
    ledger = polled.poll(5.0, x=beat(2))
    assert ledger.whole(5.0)
    assert ledger.blind(15.5)
    polled.poll(16.0, x=beat(3))
    assert not ledger.blind(16.0)
    assert not ledger.whole(16.0)
    polled.poll(21.0, x=beat(4))
    assert ledger.whole(21.0)


def test_a_beat_that_cannot_be_read_leaves_its_host_out_and_stops_nobody():
    ledger = Polled().poll(0.0, x="nonsense")
    assert ledger.whole(0.0)
    assert ledger.hosts["x"].left_out is LeftOut.VERSION
    assert ledger.wanted() == ()


def test_a_host_is_forgotten_after_ten_silent_minutes():
    polled = Polled()
    for at in range(0, 601, 5):
        polled.poll(float(at), x=beat(1))
    assert polled.ledger.forgettable(600.0) == (("x", beat(1)),)
    polled.ledger.forget("x")
    assert not polled.ledger.hosts
