"""Log lines have the form that was asked for, and nothing personal in them."""

from __future__ import annotations

import io
import json
import logging
import sys

import pytest

from agent.log import LineFormatter, choose_form, masked, set_up


def record(message: str, level: int = logging.INFO) -> logging.LogRecord:
    return logging.LogRecord("agent.bank", level, "", 0, message, (), None)


@pytest.mark.parametrize(
    "secret",
    ["+46701740000", "8946120000005000016", "240120000000016", "353270040000018", "898602F9121234567890"],
)
def test_what_may_be_a_number_or_a_card_is_masked_wherever_it_stands(secret):
    for text in (f"module says {secret}", f'"{secret}",145', f"sims:{secret}."):
        assert secret not in masked(text)
        assert secret.lstrip("+")[5:-4] not in masked(text)


@pytest.mark.parametrize(
    "secret",
    [
        "002B00340036003700300031003700340030003000300031",  # UCS2 in hex
        "FFFFFFFFFFFFFFFFFFFFFFFFFFFF0791647100470000FFFFFFFFFFFF",  # a record of EF_MSISDN
    ],
)
def test_a_number_in_hex_is_masked_too(secret):
    assert masked(f'+CNUM: "","{secret}",145') == f'+CNUM: "","{secret[:4]}…{secret[-3:]}",145'


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("this is no possible phone number: 690123456", "this is no possible phone number: 69…56"),
        ('+CNUM: "","81234567",129', '+CNUM: "","81…67",129'),
        ("+CNUM: ,5201234,161", "+CNUM: ,52…34,161"),
        ("+ICCID: 8946 1200 0000 5000 0161", "+ICCID: 8946…161"),
        ("+CGSN: IMEI490154203237518", "+CGSN: IMEI4901…518"),
    ],
)
def test_short_numbers_groups_and_words_before_digits_hide_nothing(text, shown):
    assert masked(text) == shown


@pytest.mark.parametrize(
    "text", ["64 of 64 live", "port 8340", "2026-11-23", "/dev/pts/12", "0403:6011", "12345678"]
)
def test_what_is_not_personal_stays(text):
    assert masked(text) == text


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
        logging.getLogger("agent.bank").warning("late")
        logging.getLogger("agent.bank").debug("quiet")
    finally:
        root.handlers[:], _ = before
        root.setLevel(before[1])
    assert out.getvalue().endswith("  late\n")
    assert "\x1b" not in out.getvalue()
