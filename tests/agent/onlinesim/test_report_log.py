from __future__ import annotations

import logging

import pytest

from agent.onlinesim.advice import NOT_TAKEN, advice_for
from agent.onlinesim.messages import AddNumber, CheckWork, NumberEntry, RemoveNumber, SendNumbersOnline
from agent.onlinesim.outcome import Accepted, Checked, Failed, FailureKind, Refusal, RefusalKind
from agent.onlinesim.report import Report
from agent.onlinesim.report_log import ReportLog

ENTRY = NumberEntry(number="+46701", country_id=46, port_id="Port1", rent=0)
BLOCKED = Refusal(403, "ACCOUNT_BLOCKED", RefusalKind.BLOCKED)
FAILED = Failed("no connection", FailureKind.NETWORK)


@pytest.fixture
def told(caplog):
    caplog.set_level(logging.DEBUG, "agent.onlinesim.report_log")
    voice = ReportLog()

    def tell(outcome, *, at=0.0, message=None, pause=None):
        caplog.clear()
        message = message or SendNumbersOnline(numbers=(ENTRY,))
        report = Report(message=message, numbers=1, at=0.0, done_at=at, took=0.25, outcome=outcome)
        voice.report(report, pause, 240.0)
        return [(record.levelname, record.getMessage()) for record in caplog.records]

    def miss(windows):
        caplog.clear()
        voice.missed(windows)
        return [record.levelname for record in caplog.records]

    tell.miss = miss
    return tell


def test_an_accepted_report_is_one_line(told):
    assert told(Accepted()) == [("INFO", "report of 1 number: accepted in 0.25 s")]
    assert told(Accepted(), message=CheckWork()) == [("INFO", "checkWork: accepted in 0.25 s")]


OTHER = NumberEntry(number="+46702", country_id=46, port_id="Port2", rent=0)


def test_a_number_that_was_not_taken_is_named_once_and_again_when_others_are(told):
    both = SendNumbersOnline(numbers=(ENTRY, OTHER))
    half = Accepted({"+46701": 1, "+46702": None})
    accepted = ("INFO", "report of 1 number: accepted in 0.25 s")
    line = ("WARNING", f"Onlinesim did not take +46702: no id came back; {NOT_TAKEN}")
    assert told(half, message=both) == [accepted, line]
    assert told(half, message=both) == [accepted]
    assert told(Accepted(), message=CheckWork()) == [("INFO", "checkWork: accepted in 0.25 s")]
    assert told(half, message=both) == [accepted]
    assert told(Accepted(), message=both) == [accepted]
    assert told(half, message=both) == [accepted, line]


def test_single_steps_are_quiet_and_name_no_number(told):
    assert told(Accepted(), message=AddNumber(entry=ENTRY)) == [("DEBUG", "addNumber: accepted in 0.25 s")]
    assert told(Accepted(), message=RemoveNumber(number="+46701")) == [
        ("DEBUG", "removeNumber: accepted in 0.25 s")
    ]


def test_a_test_says_that_nothing_was_saved(told):
    assert told(Checked("test1")) == [
        ("INFO", "report of 1 number: test1 succeeded, nothing was saved (0.25 s)")
    ]


def test_the_first_trouble_of_a_series_is_a_warning_and_the_end_is_told(told):
    lines = [
        ("WARNING", "report of 1 number: no connection; next try in 1.5 s"),
        ("WARNING", f"what to do: {advice_for(FailureKind.NETWORK)}"),
    ]
    assert told(FAILED, pause=1.5) == lines
    assert told(FAILED, at=900.0, pause=30.0)[0][0] == "DEBUG"
    assert told(Accepted()) == [("INFO", "report of 1 number: accepted in 0.25 s, after 2 failed attempts")]
    assert told(FAILED, pause=1.5) == lines


def test_each_kind_of_trouble_is_told_once_in_a_series(told):
    redirect = Failed("the server redirects; not followed", FailureKind.REDIRECT)
    levels = [told(one)[0][0] for one in (FAILED, redirect, FAILED, redirect)]
    assert levels == ["WARNING", "WARNING", "DEBUG", "DEBUG"]


def test_a_refusal_is_an_error_once_in_each_heartbeat(told):
    line = "report of 1 number: refused with 403: ACCOUNT_BLOCKED; next try at a change or the heartbeat"
    assert told(BLOCKED, at=0.0) == [
        ("ERROR", line),
        ("ERROR", f"what to do: {advice_for(RefusalKind.BLOCKED)}"),
    ]
    assert told(BLOCKED, at=2.0) == [("DEBUG", line)]
    assert told(Refusal(401, "ERROR_WRONG_KEY", RefusalKind.WRONG_KEY), at=4.0)[0][0] == "ERROR"
    assert told(BLOCKED, at=6.0)[0][0] == "ERROR"
    assert told(BLOCKED, at=245.0)[0][0] == "DEBUG"
    assert told(BLOCKED, at=246.0)[0][0] == "ERROR"


def test_a_missed_window_is_told_once_until_a_report_is_accepted(told):
    assert told.miss(0) == []
    assert told.miss(1) == ["ERROR"]
    assert told.miss(1) == []
    assert told.miss(2) == ["DEBUG"]
    told(Checked("test1"))
    assert told.miss(3) == ["DEBUG"]
    told(Accepted())
    assert told.miss(4) == ["ERROR"]


def test_the_parts_of_a_search_are_quiet_and_end_no_series(told):
    part = SendNumbersOnline(numbers=(ENTRY,), test="test1", part=True)
    refused = Refusal(400, "NUMBER_FORMAT_ERROR", RefusalKind.NUMBER_FORMAT)
    assert [level for level, _ in told(refused)] == ["ERROR", "ERROR"]
    assert [level for level, _ in told(refused, message=part)] == ["DEBUG"]
    assert [level for level, _ in told(Checked("test1"), message=part)] == ["DEBUG"]
    assert told(Accepted()) == [("INFO", "report of 1 number: accepted in 0.25 s, after 1 failed attempt")]


def test_a_number_that_is_held_back_is_named_once(caplog):
    voice = ReportLog()
    for numbers in ({}, {"+46701": "Onlinesim: ERROR_DATE"}, {"+46701": "Onlinesim: ERROR_DATE"}, {}):
        voice.held_back(numbers)
    (record,) = caplog.records
    assert record.levelname == "ERROR"
    assert record.getMessage().startswith(
        "+46701 is not reported any more (Onlinesim: ERROR_DATE); correct it"
    )


def test_a_request_that_the_end_cut_off_has_no_next_try(caplog):
    caplog.set_level(logging.DEBUG, "agent.onlinesim.report_log")
    outcome = Failed("the agent stopped before the answer came", FailureKind.SLOW)
    report = Report(
        message=SendNumbersOnline(numbers=(ENTRY,)),
        numbers=1,
        at=0.0,
        done_at=0.0,
        took=0.25,
        outcome=outcome,
    )
    ReportLog().report(report, 1.0, 240.0, stopping=True)
    (record,) = caplog.records
    assert record.getMessage() == "report of 1 number: the agent stopped before the answer came"
    assert record.levelname == "INFO"


def test_what_was_given_up_is_followed_at_once(told):
    level, line = told(Failed("given up after 3.0 s: a removal waits", FailureKind.GIVEN_UP))[0]
    assert level == "WARNING"
    assert line.endswith("a removal waits; next try at once, with the newest list")
