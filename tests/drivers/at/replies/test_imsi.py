from __future__ import annotations

import pytest

from drivers.at.replies.imsi import parse_imsi, told_digits

IMSI = "240128730000017"


@pytest.mark.parametrize(
    ("line", "imsi"),
    [
        (IMSI, IMSI),
        (f"+CIMI: {IMSI}", IMSI),
        (f"<IMSI>: {IMSI}", IMSI),
        (f'"{IMSI}"', IMSI),
        (f'+CIMI:"{IMSI}"', IMSI),
        (IMSI[:14], IMSI[:14]),
        ("901288730000017", "901288730000017"),
        ("+CIMI: 240128", "240128"),
        (IMSI[:13], None),
        ("240128", None),
        (IMSI + "0", None),
        ("001010123456789", "001010123456789"),
        ("999700000000001", "999700000000001"),
        ("991010000000001", "991010000000001"),
        ("111111111111111", None),
        ("000000000000000", None),
        ("900000000000000", None),
        ("800120000000000", None),
        ("+CREG: 1", None),
        ("RDY", None),
        ("24012873000001\xb2", None),
        ("", None),
    ],
)
def test_an_imsi_is_distinguished_from_everything_else(line, imsi):
    assert parse_imsi(line) == imsi


@pytest.mark.parametrize(
    ("line", "digits"),
    [
        ("111111111111111", "111111111111111"),
        ("+CIMI: 000000000000000", "000000000000000"),
        ("1234567", "1234567"),
        (IMSI, None),
        ("RDY", None),
        ("", None),
    ],
)
def test_digits_that_are_no_imsi_are_still_an_answer(line, digits):
    assert told_digits(line) == digits
