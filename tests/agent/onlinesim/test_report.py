from __future__ import annotations

import pytest

from agent.onlinesim.messages import AddNumber, CheckWork, NumberEntry, RemoveNumber, SendNumbersOnline
from agent.onlinesim.outcome import Accepted, Checked, Failed, FailureKind, Refusal, RefusalKind
from agent.onlinesim.report import Report, shown


@pytest.mark.parametrize(
    ("outcome", "result", "words", "status"),
    [
        (Accepted(), "accepted", "", 200),
        (Checked("test1"), "tested", "", 200),
        (Refusal(403, "ACCOUNT_BLOCKED", RefusalKind.BLOCKED), "refused", "ACCOUNT_BLOCKED", 403),
        (Failed("no connection", FailureKind.NETWORK), "failed", "no connection", None),
    ],
)
def test_each_outcome_has_its_word_reason_and_status(outcome, result, words, status):
    report = Report(message=CheckWork(), numbers=0, at=0.0, done_at=0.0, took=0.0, outcome=outcome)
    assert (report.result, report.reason, report.status) == (result, words, status)


def test_a_list_names_the_numbers_that_got_no_id_and_nothing_else_does():
    entry = NumberEntry(number="+46701", country_id=46, port_id="Port1", rent=0)
    times = {"numbers": 1, "at": 0.0, "done_at": 0.0, "took": 0.0}
    numbers = SendNumbersOnline(numbers=(entry,))
    ids = {"+46709": 1}
    assert Report(message=numbers, outcome=Accepted(ids), **times).not_taken == ("+46701",)
    assert Report(message=numbers, outcome=Checked("test1", ids=ids), **times).not_taken == ()
    assert Report(message=CheckWork(), outcome=Accepted(ids), **times).not_taken == ()


def test_a_long_list_of_numbers_is_shortened():
    assert shown(["+1", "+2"]) == "+1, +2"
    assert shown([f"+{n}" for n in range(8)]) == "+0, +1, +2, +3, +4 (+3)"
    assert shown(()) == ""


def test_what_onlinesim_has_because_of_a_request():
    numbers = tuple(NumberEntry(number=f"+4670{n}", country_id=46, port_id=f"P{n}", rent=0) for n in (1, 2))
    whole, added = SendNumbersOnline(numbers=numbers), AddNumber(entry=numbers[0])

    def placed(message, outcome, **more):
        return Report(
            message=message, numbers=2, at=0.0, done_at=0.0, took=0.0, outcome=outcome, **more
        ).placed

    assert placed(whole, Accepted()) == ("+46701", "+46702")
    assert placed(whole, Accepted({"+46701": 7, "+46702": None})) == ("+46701",)
    assert placed(added, Accepted()) == ("+46701",)
    assert placed(CheckWork(), Accepted()) == ()
    assert placed(whole, Checked("test1")) == ()
    assert placed(whole, Refusal(403, "ACCOUNT_BLOCKED", RefusalKind.BLOCKED)) == ()
    assert placed(whole, Accepted(), abandoned=True) == ()


def test_only_an_accepted_removal_took_a_number_away():
    times = {"numbers": 1, "at": 0.0, "done_at": 0.0, "took": 0.0}
    message = RemoveNumber(number="+46701")
    assert Report(message=message, outcome=Accepted(), **times).removed == "+46701"
    assert Report(message=message, outcome=Accepted(), abandoned=True, **times).removed is None
    assert Report(message=message, outcome=Failed("", FailureKind.SLOW), **times).removed is None
    assert Report(message=CheckWork(), outcome=Accepted(), **times).removed is None
