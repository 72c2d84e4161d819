from __future__ import annotations

import re

import pytest

from drivers.at.urc import UrcMatcher, is_echo, looks_like_urc, one_of


@pytest.mark.parametrize(
    "line",
    [
        "AT",
        "at",
        "ATI",
        "ATZ",
        "ATE0",
        "ATE1V1",
        "ATE0V1Q0",
        "AT+CREG?",
        "at+cops?",
        "AT^SYSINFO",
        "ATD112;",
        "ATD*21#",
        "AT&F",
        "AT&W0",
        "ATH",
        "ATS0=1",
    ],
)
def test_commands_are_recognised_as_echoes(line):
    assert is_echo(line)


@pytest.mark.parametrize(
    "line", ["AT&T", "ATEL", "ATHENA", "ATMEL", "AT 1", "A", "", "READY", "+CREG: 1", "ATtention"]
)
def test_manufacturers_and_words_are_not_echoes(line):
    assert not is_echo(line)


def test_listed_urcs_are_those_of_calls_and_those_of_a_dialect():
    urcs = UrcMatcher([re.compile("PB DONE$"), re.compile("call ready", re.IGNORECASE)])
    assert all(map(urcs.matches, ("RING", "NO CARRIER", "3", "PB DONE", "CALL READY 2")))
    assert not any(map(urcs.matches, ("pb done", "OK", "EC25", "1")))


@pytest.mark.parametrize(
    ("line", "expected"),
    [("+X: \xff", True), ("Anything Clean", True), ("\xffx", False), ("1,2", False), ("a\x01", False)],
)
def test_the_form_of_a_urc(line, expected):
    assert looks_like_urc(line) is expected


def test_one_pattern_matches_where_any_does_and_keeps_their_case():
    both = one_of([re.compile("a|b"), re.compile("x$", re.IGNORECASE)])
    assert both is not None
    assert [bool(both.match(text)) for text in ("a", "b", "A", "X", "xy")] == [True, True, False, True, False]


def test_no_patterns_make_none():
    assert one_of([]) is None
