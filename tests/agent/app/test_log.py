"""Log lines have the form that was asked for, and nothing personal in them."""

from __future__ import annotations

import io
import json
import logging
import sys

import pytest

from agent.app.log import LineFormatter, choose_form, set_up
from tests.language.speaking import speaking


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


@pytest.mark.parametrize(
    ("logger", "text", "args", "said"),
    [
        ("agent.bank.inventory", "ports found: %d, modules: %d", (8, 4), "найдено портов: 8, модулей: 4"),
        (
            "agent.control.server",
            "no control socket at %s (%s): `simbank-agent rename` needs the agent stopped",
            ("/x", PermissionError(13, "Permission denied", "/run")),
            "нет управляющего сокета /x (/run: нет прав доступа): для `simbank-agent rename` агент нужно остановить",
        ),
        (
            "drivers.sharing.directory",
            "%s: no pseudo-terminal for the next client: %s",
            ("Port1", OSError(28, "No space left on device")),
            "Port1: нет псевдотерминала для следующей программы: на диске нет места",
        ),
        ("asyncio", "100% of %s", ("it",), "100% of it"),
    ],
)
def test_a_line_is_said_in_the_language_of_the_process(logger, text, args, said):
    one = logging.LogRecord(logger, logging.INFO, "", 0, text.replace("100%", "100%%"), args, None)
    english = LineFormatter("journal").format(one)
    with speaking("ru"):
        assert LineFormatter("journal").format(one) == f"<6>{said}"
    assert LineFormatter("journal").format(one) == english
