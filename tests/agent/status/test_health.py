from __future__ import annotations

import dataclasses

import pytest

from agent.status.health import health, readiness
from tests.agent.shown_bank import NOW, ShownBank


def test_all_parts_that_moved_in_time_make_a_well_agent():
    ok, body = health({"bank": (NOW - 3, 30.0), "reporter": (NOW - 29.5, 30.0)}, NOW)
    assert ok
    assert body["parts"]["reporter"] == {"ok": True, "age_s": 29.5, "limit_s": 30.0}


def test_one_part_that_stands_still_makes_it_unwell_and_is_named():
    ok, body = health({"bank": (NOW - 3, 30.0), "reporter": (NOW - 31, 30.0)}, NOW)
    assert not ok
    assert [name for name, part in body["parts"].items() if not part["ok"]] == ["reporter"]


def test_ready_is_who_had_a_report_accepted_within_five_minutes():
    bank = ShownBank()
    assert readiness(bank.snapshot(), NOW) == (
        True,
        {"ready": True, "reason": "", "accepted_s": 83.0, "live": 8},
    )
    assert not readiness(bank.snapshot(), NOW + 217)[0]


@pytest.mark.parametrize(
    ("facts", "accepted_at", "why"),
    [
        ({"sandbox": True}, NOW, "the server is the sandbox: nothing is sold"),
        ({"test": "test2"}, NOW, "test2 is configured: nothing is sold"),
        ({}, None, "no report has been accepted yet"),
        ({}, NOW - 300, "no report accepted in the last 300 s"),
    ],
)
def test_who_is_not_ready_says_why(facts, accepted_at, why):
    bank = ShownBank()
    bank.agent = dataclasses.replace(bank.agent, **facts)
    bank.accepted_at = accepted_at
    ready, body = readiness(bank.snapshot(), NOW)
    assert (ready, body["reason"]) == (False, why)
