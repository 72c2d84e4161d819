"""Which lines announce a text, and when it is known to be complete."""

from __future__ import annotations

import pytest

from drivers.at.message_text import MessageText, announced


@pytest.mark.parametrize(
    ("line", "text"),
    [
        ('+CMT: "+46",,"26/01/01,10:00:00+04"', MessageText()),
        ('+CMT: "+46","Anna","26/01/01,10:00:00+04"', MessageText()),
        ('+CMT: "+46",,"26/01/01,10:00:00+04",145,4,0,0,"+46",145,5', MessageText()),
        ('+cmt:"A"",5",,"26/01/01,10:00:00+04"', MessageText()),
        ("+CMT: ,25", MessageText(25)),
        ('+CMT: "Anna",25', MessageText(25)),
        ("+CMT: 25", MessageText(25)),
        ("+CDS: 25", MessageText(25)),
        ("+CBM:88", MessageText(88)),
        ("+CBM: 1,50,1,1,1", MessageText()),
        ('+CUSD: 0,"Dear customer', MessageText()),
        ('+CUSD: 0,"Dear customer",15', None),
        ("+CUSD: 2", None),
        ('+CDS: 6,23,"+46",145,"26/01/01","26/01/01",0', None),
        ('+CMTI: "SM",1', None),
        ("+CDSI: 1", None),
        ("+CBMI: 1", None),
        ("+CREG: 1", None),
        ("OK", None),
    ],
)
def test_what_a_line_announces(line, text):
    assert announced(line) == text


@pytest.mark.parametrize(
    ("octets", "line", "complete"),
    [
        (3, "0291640A0B0C", True),
        (3, "00aabbcc", True),
        (3, "AABBCC", True),
        (3, "AABB", False),
        (3, "AABBCCD", False),
        (3, "hello", False),
        (3, "", False),
        (None, "AABBCC", False),
    ],
)
def test_a_pdu_is_complete_when_it_is_as_long_as_announced(octets, line, complete):
    assert MessageText(octets).is_complete(line) is complete
