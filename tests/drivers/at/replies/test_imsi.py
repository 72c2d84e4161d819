from __future__ import annotations

import pytest

from drivers.at.replies.imsi import parse_imsi

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
        ("001010123456789", None),
        ("800120000000000", None),
        ("+CREG: 1", None),
        ("RDY", None),
        ("24012873000001\xb2", None),
        ("", None),
    ],
)
def test_an_imsi_is_distinguished_from_everything_else(line, imsi):
    assert parse_imsi(line) == imsi
