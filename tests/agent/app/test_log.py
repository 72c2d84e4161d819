"""Log lines have the form that was asked for, and nothing personal in them."""

from __future__ import annotations

import io
import json
import logging
import sys

import pytest

from agent.app.log import LineFormatter, choose_form, set_up


def record(message: str, level: int = logging.INFO) -> logging.LogRecord:
    return logging.LogRecord("agent.bank.bank", level, "", 0, message, (), None)


def test_text_has_the_time_and_the_message():
    line = LineFormatter("text").format(record("64 of 64 live"))
    assert line.endswith("  64 of 64 live")
    assert line[2] == line[5] == ":"


def test_journal_lines_carry_their_priority_each():
    line = LineFormatter("journal").format(record("first\nsecond", logging.ERROR))
    assert line == "<3>first\n<3>second"


def test_json_is_one_object_a_line():
    line = LineFormatter("json").format(record("a\nb +46701740000"))
    assert "\n" not in line
    assert json.loads(line)["message"] == "a\nb +467…000"


def test_tracebacks_are_masked_too():
    try:
        int("+46701740000,")
    except ValueError:
        one = record("failed")
        one.exc_info = sys.exc_info()
    assert "46701740000" not in LineFormatter("text").format(one)


def test_personal_data_is_shown_where_the_operator_wants_it():
    assert "+46701740000" in LineFormatter("text", personal=True).format(record("+46701740000"))


def test_the_form_follows_where_the_log_goes():
    out = io.StringIO()
    assert choose_form("auto", {"JOURNAL_STREAM": "8:1"}, out) == "journal"
    assert choose_form("auto", {}, out) == "text"
    assert choose_form("json", {"JOURNAL_STREAM": "8:1"}, out) == "json"


def test_no_colour_where_nobody_sees_it():
    out = io.StringIO()
    root = logging.getLogger()
    before = (root.handlers[:], root.level)
    try:
        set_up(level="info", form="auto", personal=False, environment={}, out=out)
        logging.getLogger("agent.bank.bank").warning("late")
        logging.getLogger("agent.bank.bank").debug("quiet")
    finally:
        root.handlers[:], _ = before
        root.setLevel(before[1])
    assert out.getvalue().endswith("  late\n")
    assert "\x1b" not in out.getvalue()


@pytest.mark.parametrize("form", ["text", "journal", "json"])
def test_no_foreign_character_acts_on_whoever_reads_the_log(form):
    line = LineFormatter(form, personal=True).format(record("Tele\x1b]0;x\x07\x9b\u202e\u2028\r\x0bend"))
    assert line.isprintable()
    assert line.endswith("end" if form != "json" else 'end"}')
