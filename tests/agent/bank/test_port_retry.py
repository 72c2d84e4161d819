"""Whose turn it is among the ports of one module."""

from __future__ import annotations

from agent.bank.port_retry import PortRetry
from drivers.observation import PortState

PORTS = ("second", "first", "other")


def test_the_first_port_is_tried_first_and_then_the_others():
    turns = PortRetry()
    assert turns.due(PORTS, 0.0) == "second"
    turns.failed("second", PortState.BUSY, "held", 5.0)
    assert turns.due(PORTS, 0.0) == "first"
    turns.failed("first", PortState.NOT_A_MODEM, "", 9.0)
    assert turns.outcomes(PORTS) == []
    turns.failed("other", PortState.GONE, "", 7.0)
    assert turns.due(PORTS, 0.0) is None
    assert turns.wait(PORTS, 1.0) == 4.0
    assert turns.outcomes(PORTS) == [
        (PortState.BUSY, "held"),
        (PortState.NOT_A_MODEM, ""),
        (PortState.GONE, ""),
    ]


def test_each_port_has_its_own_pause_and_its_own_count():
    turns = PortRetry()
    for again_at in (5.0, 15.0):
        turns.failed("first", PortState.NOT_A_MODEM, "", again_at)
        turns.failed("second", PortState.BUSY, "held", 1.0)
    assert turns.times("first", PortState.NOT_A_MODEM) == 2
    assert turns.due(("second", "first"), 2.0) == "second"
    turns.failed("second", PortState.MUTE, "", 3.0)
    assert turns.times("second", PortState.MUTE) == 1
    assert turns.times("second", PortState.BUSY) == 0


def test_only_ports_that_stand_before_the_one_in_use_are_better():
    turns = PortRetry()
    assert turns.before("second", PORTS, 0.0) is None
    assert turns.before("other", PORTS, 0.0) == "second"
    turns.failed("second", PortState.BUSY, "held", 5.0)
    assert turns.before("other", PORTS, 0.0) == "first"
    assert turns.before("first", PORTS, 4.0) is None
    assert turns.before("first", PORTS, 5.0) == "second"
    assert turns.before("gone", PORTS, 5.0) is None


def test_after_a_loss_the_first_port_comes_first_again_for_all_that_came_of_it():
    turns = PortRetry()
    turns.failed("second", PortState.NOT_A_MODEM, "", 300.0)
    turns.start_over(PORTS, 2.0)
    assert turns.due(PORTS, 1.0) is None
    assert turns.due(PORTS, 2.0) == "second"
    assert turns.outcomes(PORTS) == []  # none of them was tried since


def test_a_port_that_goes_and_comes_again_is_a_new_one():
    turns = PortRetry()
    turns.failed("second", PortState.NOT_A_MODEM, "", 300.0)
    assert turns.due((), 0.0) is None
    assert turns.wait((), 0.0) is None
    assert turns.due(PORTS, 0.0) == "second"
