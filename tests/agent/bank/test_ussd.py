"""The network is asked for a number only where the operator configured it, and at most once a day."""

from __future__ import annotations

from types import SimpleNamespace

from agent.bank import ussd
from agent.bank.ussd import REPEAT_AFTER, SIM_LOADS_WITHIN
from agent.decision.verdict import Reason

CARD = "8946120000005000016"
QUERIES = {
    "24012": SimpleNamespace(code="*100#", match=r"(\+?\d{8,15})"),
    "310260": SimpleNamespace(code="*101#", match=r"(\d+)"),
}


def due_query(*facts, unknown_for=SIM_LOADS_WITHIN):
    return ussd.due_query(*facts, unknown_for=unknown_for)


def test_a_configured_operator_is_asked():
    wanted = due_query(QUERIES, CARD, "240120000000016", Reason.NUMBER_UNKNOWN, None, 1e9)
    assert wanted is not None
    assert (wanted.iccid, wanted.code) == (CARD, "*100#")
    assert wanted.match.search("your number is +46701740000")[1] == "+46701740000"


def test_six_digit_operators_are_found_too():
    wanted = due_query(QUERIES, CARD, "310260000000016", Reason.NUMBER_UNKNOWN, None, 1e9)
    assert wanted is not None
    assert wanted.code == "*101#"


def test_nobody_else_is_asked():
    assert due_query(QUERIES, CARD, "240080000000016", Reason.NUMBER_UNKNOWN, None, 1e9) is None
    assert due_query({}, CARD, "240120000000016", Reason.NUMBER_UNKNOWN, None, 1e9) is None
    assert due_query(QUERIES, CARD, None, Reason.NUMBER_UNKNOWN, None, 1e9) is None


def test_only_an_unknown_number_is_a_reason_to_ask():
    for reason in set(Reason) - {Reason.NUMBER_UNKNOWN}:
        assert due_query(QUERIES, CARD, "240120000000016", reason, None, 1e9) is None


def test_a_sim_is_asked_for_once_a_day_whatever_the_clock_does():
    for passed in (0, 60, REPEAT_AFTER - 1, -60):
        assert due_query(QUERIES, CARD, "240120000000016", Reason.NUMBER_UNKNOWN, 1e9 - passed, 1e9) is None
    assert due_query(QUERIES, CARD, "240120000000016", Reason.NUMBER_UNKNOWN, 1e9 - REPEAT_AFTER, 1e9)


def test_nobody_is_asked_while_the_clock_is_not_set():
    assert due_query(QUERIES, CARD, "240120000000016", Reason.NUMBER_UNKNOWN, 1e9, None) is None


def test_the_card_is_waited_for_first_but_not_for_ever():
    for waited, asked in ((0.0, False), (SIM_LOADS_WITHIN - 1, False), (SIM_LOADS_WITHIN, True)):
        wanted = due_query(
            QUERIES, CARD, "240120000000016", Reason.NUMBER_UNKNOWN, None, 1e9, unknown_for=waited
        )
        assert (wanted is not None) is asked
