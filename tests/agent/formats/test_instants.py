"""Instants as people write them."""

from __future__ import annotations

import contextlib
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.formats import instants

NOW = 1_796_000_000.0


@pytest.fixture(autouse=True)
def moscow(monkeypatch):
    monkeypatch.setenv("TZ", "Europe/Moscow")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


@pytest.mark.parametrize(
    ("written", "at"),
    [
        ("30d", NOW - 30 * 86_400),
        ("90", NOW - 90),
        (" 12h ", NOW - 12 * 3600),
        ("1795000000", 1_795_000_000),
        ("2026-11-30", 1_795_986_000),
        ("2026-11-30 14:05", 1_795_986_000 + 14 * 3600 + 300),
        ("2026-11-30T14:05:09Z", 1_795_986_000 + 17 * 3600 + 309),
    ],
)
def test_a_time_is_read_as_this_machine_has_it(written, at):
    assert instants.parse(written, NOW) == at


def test_a_time_of_day_is_the_last_one():
    assert instants.spell(NOW) == "2026-11-30 03:53:20"
    assert instants.spell(instants.parse("3:05", NOW)) == "2026-11-30 03:05:00"
    assert instants.spell(instants.parse("14:05", NOW)) == "2026-11-29 14:05:00"


@pytest.mark.parametrize(
    "written", ["", "yesterday", "2026-13-01", "25:00", "30 days", "-5d", "9" * 40 + "-1"]
)
def test_what_is_no_time_says_what_to_write(written):
    with pytest.raises(ValueError, match="write 30d"):
        instants.parse(written, NOW)


@given(st.text())
def test_no_text_does_anything_but_give_a_time_or_say_no(text):
    with contextlib.suppress(ValueError):
        assert instants.parse(text, NOW) >= -(10**12)
