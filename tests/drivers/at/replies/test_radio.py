from __future__ import annotations

import pytest

from drivers.at.replies.radio import parse_cfun


@pytest.mark.parametrize(
    ("line", "fun"),
    [
        ("+CFUN: 1", 1),
        ("+CFUN:0", 0),
        ("+CFUN: 4,0", 4),
        ("+CFUN: (0-1,4-7),(0-1)", None),
        ("+CFUN:", None),
        ("OK", None),
    ],
)
def test_the_radios_state(line, fun):
    assert parse_cfun(line) == fun
