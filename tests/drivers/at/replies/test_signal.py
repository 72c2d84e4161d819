from __future__ import annotations

import pytest

from drivers.at.replies.signal import parse_signal


@pytest.mark.parametrize(
    ("line", "dbm"),
    [
        ("+CSQ: 17,99", -79),
        ("+CSQ:17,99", -79),
        ("+CSQ: 17, 99", -79),
        ("+CSQ: 12,0", -89),
        ("+CSQ: 0,0", -113),
        ("+CSQ: 31,99", -51),
        ("+CSQ: 99,99", None),
        ("+CSQ: 150,99", None),
        ("+CSQ: ", None),
        ("+CESQ: 10,6,255,255,20,80", None),
        ("+CREG: 1", None),
        ("", None),
    ],
)
def test_signal_in_dbm(line, dbm):
    assert parse_signal(line) == dbm
