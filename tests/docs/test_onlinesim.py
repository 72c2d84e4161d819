"""docs/onlinesim.md shows the messages that are really sent, and the marketplace takes them."""

from __future__ import annotations

import json
from dataclasses import fields
from urllib.parse import quote

import pytest

from agent.onlinesim import messages
from agent.onlinesim.messages import AddNumber, CheckWork, NumberEntry, RemoveNumber, SendNumbersOnline
from agent.onlinesim.outcome import _TEXTS as REFUSALS
from agent.onlinesim.outcome import FailureKind
from agent.onlinesim.schedule import ReportPolicy
from agent.sandbox.api_rules import METHODS, FakeOnlinesim, Request
from tests.docs.pages import DOCS, Page

PAGE = Page(DOCS / "onlinesim.md")
EXAMPLES = {code.label: code for code in PAGE.codes if code.label}
ENTRY = NumberEntry(**json.loads(EXAMPLES["addNumber"].text))
SENT = (
    SendNumbersOnline(numbers=(ENTRY,)),
    CheckWork(),
    RemoveNumber(number=ENTRY.number),
    AddNumber(entry=ENTRY),
)
"""The documented example of each message, in an order that a server accepts."""


def target(message):
    """Return path and query of a message's URL, as docs/onlinesim.md writes them."""
    query = "&".join(f"{name}={quote(value)}" for name, value in message.query.items())
    return f"/api/resellers{message.shape.path}" + (f"?{query}" if query else "")


def test_each_method_has_its_row_and_its_example():
    rows = {row[0].strip("`"): (row[1].strip("`"), row[2]) for row in PAGE.table("Requests")}

    assert rows == {
        message.method: (
            f"{message.shape.verb} {{server}}/api/resellers{message.shape.path}",
            message.shape.carrier.value if message.body or message.query else "none",
        )
        for message in SENT
    }
    assert set(EXAMPLES) == set(rows)


def test_client_and_sandbox_agree_though_they_share_no_code():
    shapes = {(one.shape.verb, f"/api/resellers{one.shape.path}"): one.method for one in SENT}

    assert shapes == METHODS


@pytest.mark.parametrize("message", SENT, ids=lambda message: message.method)
def test_an_example_is_what_the_agent_sends(message):
    example = EXAMPLES[message.method]

    if example.language == "json":
        assert json.loads(example.text) == json.loads(message.body)
    else:
        assert example.text.strip() == f"{message.shape.verb} {{server}}{target(message)}"


def test_the_sandbox_takes_the_examples():
    market = FakeOnlinesim(modules=1, clock=lambda: 0.0)

    for message in SENT:
        path = f"/api/resellers{message.shape.path}"
        query = tuple(message.query.items())
        answer = market.answer(Request(message.shape.verb, path, query, message.body or b""))
        assert answer.status == 200, answer


def test_the_other_mode_is_recommended_and_needs_a_question_first():
    section = PAGE.section("addNumber, removeNumber, checkWork")

    assert "the documented way for many numbers" in section
    assert "ask partner support before you sell" in section


def test_each_field_has_its_row():
    rows = {row[0].strip("`") for row in PAGE.table("sendNumbersOnline")}

    assert {one.name for one in fields(messages.NumberEntry) if one.init} | {"test"} == rows


def test_each_refusal_is_told():
    section = PAGE.section("Answers")

    assert all(word in section for word in REFUSALS)
    assert len(FailureKind) == 8, "a new kind of trouble needs a word in the table of answers"


def test_the_times_are_those_of_the_schedule():
    policy, section = ReportPolicy(), PAGE.section("When a report is sent")

    assert (policy.collect_removals, policy.collect_joins, policy.gap) == (0.05, 2.0, 1.0)
    assert all(words in section for words in ("50 ms later", "2 s later", "at least 1 s from"))
