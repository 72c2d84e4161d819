"""The body of a long list is written from its entries, and of an unchanged one only once."""

from __future__ import annotations

import json

from agent.onlinesim import messages
from agent.onlinesim.messages import NumberEntry, SendNumbersOnline
from agent.onlinesim.outcome import Accepted
from agent.onlinesim.schedule import ReportPolicy, Schedule
from tests.bench.report_body import entries, measure


def test_a_body_costs_a_fraction_of_its_entries_and_a_heartbeat_a_fraction_of_a_body():
    found = measure(20_000)
    assert found["body_ms"] < found["entries_ms"]
    assert found["heartbeat_ms"] < found["body_ms"]


def test_the_body_is_what_json_would_write():
    made = entries(3)
    assert json.loads(SendNumbersOnline(numbers=made).body) == {
        "numbers": [json.loads(one.json) for one in made]
    }


def test_the_same_list_is_one_message_with_one_body():
    made = entries(3)
    schedule = Schedule(ReportPolicy(), lambda: 1.0, now=0.0)
    sent = []
    for at in (0.0, 240.0, 480.0):
        schedule.offer(list(made), at)
        sent.append(schedule.take(at))
        schedule.finished(Accepted(), at)
    assert sent[0] is sent[1] is sent[2]
    schedule.reconfigure(ReportPolicy(test="test1"))
    assert json.loads(schedule.take(500.0).body)["test"] == "test1"


def test_no_number_is_a_pydantic_object():
    assert not hasattr(NumberEntry, "model_fields")
    assert not hasattr(messages, "BaseModel")
