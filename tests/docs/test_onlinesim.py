"""docs/onlinesim.md shows the messages that are really sent, and the marketplace takes them."""

from __future__ import annotations

import json

import pytest

from agent.onlinesim import messages
from agent.onlinesim.outcome import _TEXTS as REFUSALS
from agent.onlinesim.outcome import FailureKind
from agent.onlinesim.schedule import ReportPolicy
from agent.sandbox.api_rules import METHODS, FakeOnlinesim
from tests.docs.pages import DOCS, Page

PAGE = Page(DOCS / "onlinesim.md")
BODIES = {code.label: code.text for code in PAGE.codes if code.language == "json"}
SHAPES = {
    shape.method: shape
    for shape in (messages.SendNumbersOnline, messages.AddNumber, messages.RemoveNumber, messages.CheckWork)
}
OUR_READING = {"removeNumber", "checkWork"}


def test_each_method_has_its_example_and_its_row():
    rows = {row[0].strip("`"): row[2] for row in PAGE.table("Requests")}

    assert set(METHODS) == set(SHAPES) == set(BODIES) == set(rows)


@pytest.mark.parametrize("method", METHODS)
def test_an_example_is_what_the_agent_sends(method):
    message = SHAPES[method].model_validate_json(BODIES[method])

    assert json.loads(BODIES[method]) == json.loads(message.body())


def test_the_marketplace_takes_the_examples():
    market = FakeOnlinesim(modules=1, clock=lambda: 0.0)
    order = ("sendNumbersOnline", "checkWork", "removeNumber", "addNumber")

    answers = [market.answer(method, None, BODIES[method].encode()) for method in order]

    assert [answer.status for answer in answers] == [200] * 4


def test_our_own_reading_is_marked_so():
    rows = {row[0].strip("`"): row[2] for row in PAGE.table("Requests")}

    assert {method for method, shape in rows.items() if shape == "our reading"} == OUR_READING
    assert all("our reading" in SHAPES[method].__doc__ for method in OUR_READING)
    assert "**Our reading**" in PAGE.section("addNumber, removeNumber, checkWork")


def test_each_field_has_its_row():
    rows = {row[0].strip("`") for row in PAGE.table("sendNumbersOnline")}

    assert set(messages.NumberEntry.model_fields) | {"test"} == rows


def test_each_refusal_is_told():
    section = PAGE.section("Answers")

    assert all(word in section for word in REFUSALS)
    assert len(FailureKind) == 8, "a new kind of trouble needs a word in the table of answers"


def test_the_times_are_those_of_the_schedule():
    policy, section = ReportPolicy(), PAGE.section("When a report is sent")

    assert (policy.collect_removals, policy.collect_joins, policy.gap) == (0.05, 2.0, 1.0)
    assert all(words in section for words in ("50 ms later", "2 s later", "at least 1 s from"))
