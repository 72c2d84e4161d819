"""What changes while a message is under way, and how often a service is asked."""

from __future__ import annotations

from alerted_host import module

from agent.alerts.fault_book import Ended, Fault
from agent.alerts.outbox import GATHER, RETRY, RETRY_MOST, Limits, Outbox
from agent.alerts.rule import FaultKey, Rule

ONE, TWO = module("Port1"), module("Port2")
FAULT = Fault(0.0)


def due(outbox, faults, now, **limits):
    return outbox.due(faults, now, Limits(**limits), quiet=False)


def drafted(outbox, faults, now=100.0):
    assert due(outbox, faults, now) is None
    draft = due(outbox, faults, now + GATHER)
    assert draft is not None
    return draft


def test_a_fault_that_ends_while_it_is_told_is_told_as_over():
    outbox = Outbox()
    draft = drafted(outbox, {ONE: FAULT})
    outbox.take([Ended(ONE, FAULT, 140.0)], [])
    outbox.sent(draft, {}, 150.0)
    assert due(outbox, {}, 160.0) is None
    again = due(outbox, {}, 160.0 + 2 * GATHER)
    assert again is not None
    assert (again.new, [*again.over], again.missed) == ({}, [ONE], {})


def test_a_fault_that_is_dropped_while_it_is_told_is_forgotten():
    outbox = Outbox()
    draft = drafted(outbox, {ONE: FAULT})
    outbox.take([], [ONE])
    outbox.sent(draft, {}, 150.0)
    assert outbox.told == set()


def test_a_fault_that_holds_again_while_its_end_is_told_is_told_anew():
    outbox = Outbox([ONE])
    outbox.take([Ended(ONE, FAULT, 90.0)], [])
    draft = drafted(outbox, {})
    assert [*draft.over] == [ONE]
    outbox.sent(draft, {ONE: FAULT}, 150.0)
    assert due(outbox, {ONE: FAULT}, 160.0) is None
    again = due(outbox, {ONE: FAULT}, 160.0 + 2 * GATHER)
    assert again is not None
    assert [*again.new] == [ONE]


def test_what_came_and_went_again_meanwhile_is_told_for_what_is_new():
    outbox = Outbox()
    outbox.take([Ended(ONE, FAULT, 10.0), Ended(ONE, FAULT, 20.0)], [])
    draft = drafted(outbox, {})
    assert draft.missed[ONE].times == 2
    outbox.take([Ended(ONE, FAULT, 140.0)], [])
    outbox.sent(draft, {}, 150.0)
    due(outbox, {}, 160.0)
    again = due(outbox, {}, 160.0 + 2 * GATHER)
    assert again is not None
    assert again.missed[ONE].times == 1


def test_after_failures_it_waits_ever_longer():
    outbox, now, pauses = Outbox(), 0.0, []
    drafted(outbox, {ONE: FAULT}, now)
    for _ in range(8):
        outbox.failed(now, may_have_arrived=False)
        began = now
        while due(outbox, {ONE: FAULT}, now) is None:
            now += 10
        pauses.append(now - began)
    assert pauses == [min(RETRY * 2**n, RETRY_MOST) for n in range(8)]


def test_what_may_have_arrived_counts_for_the_limit():
    outbox = Outbox()
    for _ in range(2):
        outbox.failed(0.0, may_have_arrived=True)
    due(outbox, {ONE: FAULT}, 600.0, per_hour=3)
    assert due(outbox, {ONE: FAULT}, 3500.0, per_hour=3) is None
    assert due(outbox, {ONE: FAULT}, 3700.0, per_hour=3) is not None


def test_the_last_message_of_an_hour_is_kept_for_what_stops_all_sales():
    outbox, blocked = Outbox(), FaultKey(Rule.REFUSED)
    outbox.failed(0.0, may_have_arrived=True)
    due(outbox, {ONE: FAULT}, 600.0, per_hour=2)
    assert due(outbox, {ONE: FAULT}, 900.0, per_hour=2) is None
    draft = due(outbox, {ONE: FAULT, blocked: FAULT}, 910.0, per_hour=2)
    assert draft is not None
    assert {*draft.new} == {ONE, blocked}


def test_a_flood_of_faults_that_came_and_went_is_bounded():
    outbox = Outbox()
    outbox.take([Ended(module(f"Port{n}"), FAULT, 1.0) for n in range(5000)], [])
    assert len(drafted(outbox, {}).missed) == 1000


def test_each_service_knows_its_own():
    first, second = Outbox(), Outbox([ONE])
    faults = {ONE: FAULT, TWO: FAULT}
    assert {*drafted(first, faults).new} == {ONE, TWO}
    assert {*drafted(second, faults).new} == {TWO}
