from __future__ import annotations

import pytest

from drivers.at.replies.fields import fields, number, octets, prefix_and_rest, ucs2


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("+CPIN:READY", ("+CPIN", "READY")),
        ("^iccid: 1", ("^ICCID", "1")),
        ("#QSS: 1,0", ("#QSS", "1,0")),
        ("ICCID: 89", ("ICCID", "89")),
        ("bare", ("", "bare")),
        (": x", ("", ": x")),
    ],
)
def test_a_prefix_is_optional_and_upper_case(line, expected):
    assert prefix_and_rest(line) == expected


def test_fields_lose_blanks_and_quotes():
    assert fields(' 1, "two" ,"half,,') == ["1", "two", "half", "", ""]


@pytest.mark.parametrize(
    ("field", "value"),
    [("7", 7), ("007", 7), ("", None), ("x", None), ("-1", None), ("\xb2", None), ("9999999", None)],
)
def test_numbers_are_ascii_digits(field, value):
    assert number(field) == value


def test_hex_and_ucs2():
    assert octets("00fF") == b"\x00\xff"
    assert octets("0") is None
    assert octets("0 0 ") is None
    assert ucs2("0048006900000000FFFF") == "Hi"
    assert ucs2("D800") is None
    assert ucs2("00480") is None
    assert ucs2("0001") is None
