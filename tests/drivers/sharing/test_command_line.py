"""What a client's line asks for, and what of it the module is told."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.sharing.command_line import CommandLine, Form, find_command, settings_in

KEPT = {"E": "0", "V": "1", "Q": "0", "+CMEE": "1", "+CREG": "2", "+CSMINS": "1"}


@pytest.mark.parametrize(
    ("typed", "spoken"),
    [
        ("AT", "AT"),
        ("at+csq", "at+csq"),
        ("ATE1", "ATE0"),
        ("ATE", "ATE0"),
        ("ATE1V0Q1", "ATE0V1Q0"),
        ("ATE1V0;+CMEE=2;+CSQ", "ATE0V1;+CMEE=1;+CSQ"),
        ("AT+CMEE=2", "AT+CMEE=1"),
        ("AT+CMEE=", "AT+CMEE=1"),
        ("AT+CREG=0;+CREG?", "AT+CREG=2;+CREG?"),
        ("AT+CREG=3", "AT+CREG=3"),
        ("AT+CREG?", "AT+CREG?"),
        ("AT+CREG=?", "AT+CREG=?"),
        ("AT+CGREG=0", "AT+CGREG=0"),
        ("AT+CSMINS=0", "AT+CSMINS=1"),
        ("ATS3=10S0=1", "ATS3=13S0=1"),
        ('AT+CMGS="ATE1;V0"', 'AT+CMGS="ATE1;V0"'),
        ('AT+CUSD=1,"*100#;E1",15;+CMEE=0', 'AT+CUSD=1,"*100#;E1",15;+CMEE=1'),
        ("ATD+46701740001;", "ATD+46701740001;"),
        ("ATDE1V0", "ATDE1V0"),
        ("AT&F0E1", "AT&F0E0"),
        ("AT\\Q3V0", "AT\\Q3V1"),
        ("AT~?", "AT~?"),
        ("AT E1 ; +CMEE = 2", "AT E0 ; +CMEE = 1"),
    ],
)
def test_only_what_collides_with_our_settings_is_rewritten(typed, spoken):
    assert CommandLine(typed).for_module(KEPT) == spoken


@given(st.text(st.characters(min_codepoint=1, max_codepoint=255, exclude_characters="\r\n"), max_size=40))
def test_fuzz_every_line_is_cut_without_loss(text):
    line = CommandLine("AT" + text)
    assert "".join(part.text for part in line.parts) == text
    assert line.for_module({}).replace("S3=13", "").startswith("AT")


def test_without_settings_of_ours_nothing_but_line_ends_is_touched():
    assert CommandLine("ATE1V0+CMEE=2").for_module({}) == "ATE1V0+CMEE=2"


def test_a_command_begins_at_its_at():
    assert find_command("\x1b\x1aAT+CSQ") == CommandLine("AT+CSQ")
    assert find_command("noise") is None
    assert find_command("") is None


def test_parts_know_their_form():
    parts = CommandLine("ATE1+CREG?;+CSQ=?;+CSQ;+CMEE=1").parts
    assert [(part.name, part.form, part.value) for part in parts] == [
        ("E", Form.SET, "1"),
        ("+CREG", Form.READ, ""),
        ("+CSQ", Form.TEST, ""),
        ("+CSQ", Form.EXECUTE, ""),
        ("+CMEE", Form.SET, "1"),
    ]


def test_a_setting_counts_for_what_is_read_behind_it_only():
    assert CommandLine("AT+CREG=1;+CREG?").sets("+CREG") == "1"
    assert CommandLine("AT+CREG?;+CREG=1").sets("+CREG") is None


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("AT", 20), ("AT+CSQ", 20), ("AT+CMGF=1;+CMGS=20", 180), ("AT+COPS=?", 330), ("ATD1", 180)],
)
def test_slow_commands_have_their_time(text, seconds):
    assert CommandLine(text).timeout == seconds


def test_what_a_line_leads_to():
    assert CommandLine("ATD123").is_call
    assert CommandLine("ATZ").resets
    assert CommandLine("AT&F").resets
    assert CommandLine("AT+CMUX=0").multiplexes
    assert CommandLine("AT+CMGL=4").reads_messages
    assert not CommandLine("AT+CMGL=4").may_ask_for_body
    assert CommandLine("AT+CMGS=20").may_ask_for_body


def test_our_settings_by_name():
    assert settings_in("ATE0V1Q0") == {"E": "0", "V": "1", "Q": "0"}
    assert settings_in("AT#QSS=1") == {"#QSS": "1"}
    assert settings_in("AT^SCKS=1") == {"^SCKS": "1"}
