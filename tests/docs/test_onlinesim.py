"""docs/onlinesim.md shows the messages that are really sent, and the marketplace takes them."""

from __future__ import annotations

import json
import re
from dataclasses import fields
from urllib.parse import quote

import pytest

from agent.onlinesim import messages
from agent.onlinesim.messages import AddNumber, CheckWork, NumberEntry, RemoveNumber, SendNumbersOnline
from agent.onlinesim.outcome import _TEXTS as REFUSALS
from agent.onlinesim.outcome import FailureKind
from agent.onlinesim.questions import CheckNumber, TakeOffNumbers
from agent.onlinesim.schedule import ReportPolicy
from agent.sandbox.api_request import METHODS, Request
from agent.sandbox.api_rules import FakeOnlinesim
from agent.sandbox.number_record import NumberStatus
from tests.docs.pages import DOCS, Page, quoted

PAGE = Page(DOCS / "onlinesim.md")
EXAMPLES = {code.label: code for code in PAGE.codes if code.label}
ENTRY = NumberEntry(**json.loads(EXAMPLES["addNumber"].text))
SENT = (
    SendNumbersOnline(numbers=(ENTRY,)),
    CheckWork(),
    RemoveNumber(number=ENTRY.number),
    AddNumber(entry=ENTRY),
    CheckNumber(number=ENTRY.number),
    TakeOffNumbers(),
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

    assert shapes.items() <= METHODS.items()


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


METHODS_DESCRIBED, SOURCES, STATUSES = PAGE.tables("What Onlinesim describes")
DESCRIBED = {row[0].strip("`"): row for row in METHODS_DESCRIBED}
NEVER = {"addMessage", "saveConfig"}


def request_of(row):
    verb, _, path = row[1].strip("`").partition(" ")
    return verb, path


def test_table_and_sandbox_have_the_same_methods():
    assert {request_of(row): name for name, row in DESCRIBED.items() if name not in NEVER} == METHODS
    assert {name for name, row in DESCRIBED.items() if row[6].startswith("never")} == NEVER


def test_the_client_sends_what_the_table_has_and_nothing_that_it_must_not():
    shapes = {one for one in (*vars(messages).values(), CheckNumber, TakeOffNumbers) if hasattr(one, "shape")}

    for message in shapes:
        row = DESCRIBED[message.method]
        assert (message.shape.verb, f"/api/resellers{message.shape.path}") == request_of(row)
        carrier = row[2].partition(":")[0]
        assert carrier == message.shape.carrier or (carrier == "none" and message is CheckWork)
        assert not row[6].startswith("never")
    assert {one.method for one in shapes} == set(DESCRIBED) - NEVER


def test_the_parameters_of_the_table_are_those_that_client_and_sandbox_know():
    tested = [AddNumber(entry=ENTRY, test="test1"), SendNumbersOnline(numbers=(ENTRY,), test="test1")]
    for message in (*tested, RemoveNumber(number=ENTRY.number, test="test1")):
        sent = set(message.query or json.loads(message.body))
        sent = (sent - set(json.loads(ENTRY.json))) | ({"one entry"} if "port_id" in sent else set())
        sent |= {"number"} & set(message.query)
        known = DESCRIBED[message.method][2].partition(": ")[2]
        assert sent == {name.strip("` ") for name in known.split(",")}, message.method


def test_each_fact_names_a_source_that_has_a_date():
    dated = {row[0] for row in SOURCES if row[2]}
    named = set(re.findall(r"\bS[0-9]\b", PAGE.section("What Onlinesim describes")))

    assert named == dated


def test_the_sandbox_has_every_status_of_the_table():
    assert {int(row[0]) for row in STATUSES} == {status.value for status in NumberStatus}
    deprecated = {int(row[0]) for row in STATUSES if row[1].startswith("deprecated")}
    assert deprecated == {one.value for one in NumberStatus if one.name.startswith("DEPRECATED")}


def test_check_number_in_the_sandbox_has_the_described_fields():
    market = FakeOnlinesim(modules=1, clock=lambda: 0.0)
    market.answer(Request("POST", "/api/resellers/sendNumbersOnline", body=SENT[0].body))
    query = (("number", ENTRY.number),)
    answer = market.answer(Request("GET", "/api/resellers/checkNumber", query))
    text = next(
        line for line in PAGE.section("What Onlinesim describes").split("\n- ") if "**checkNumber**" in line
    )

    assert quoted(text) | {"response"} == answer.content.keys()


def test_the_words_of_a_400_are_those_of_the_table():
    market = FakeOnlinesim(modules=1, clock=lambda: 0.0)

    def words(method, verb, path, *bodies, query=()):
        answers = [
            market.answer(Request(verb, path, query, json.dumps(body).encode() if body else b""))
            for body in bodies
        ]
        assert all(answer.html and answer.status == 400 for answer in answers)
        assert {answer.content for answer in answers} == quoted(DESCRIBED[method][4]), method

    bad = [json.loads(ENTRY.json) | change for change in ({"number": "1"}, {"date_start": "now"})]
    words("addNumber", "POST", "/api/resellers/addNumber", *bad)
    lists = [{"numbers": [one]} for one in bad]
    words("sendNumbersOnline", "POST", "/api/resellers/sendNumbersOnline", *lists)
    words("takeOffNumbers", "GET", "/api/resellers/takeOffNumbers", None, query=(("sum", "x"),))


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
    assert len(FailureKind) == 10, "a new kind of trouble needs a word in the table of answers"


def test_the_times_are_those_of_the_schedule():
    policy, section = ReportPolicy(), PAGE.section("When a report is sent")

    assert (policy.collect_removals, policy.collect_joins, policy.gap) == (0.05, 2.0, 1.0)
    assert all(words in section for words in ("50 ms later", "2 s later", "at least 1 s from"))
    assert (policy.give_up, policy.repeat) == (3.0, 20.0)
    assert all(words in section for words in ("given up after 3 s", "once more 20 s after it began"))
