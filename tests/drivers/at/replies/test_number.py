from __future__ import annotations

import pytest

from drivers.at.replies.number import parse_cnum, parse_cnum_all
from drivers.observation import NumberOrigin, NumberReading


def hexed(text: str) -> str:
    return text.encode("utf-16-be").hex().upper()


@pytest.mark.parametrize(
    ("line", "number"),
    [
        ('+CNUM: "My Number","+491701234567",145', "+491701234567"),
        ('+CNUM: ,"5551234567",161', "5551234567"),
        ('+CNUM: Voice Line 1,"5551234567",129', "5551234567"),
        ('+CNUM: "","081234567890",129', "081234567890"),
        ('+CNUM: "Subscriber Number","",145', None),
        ('+CNUM: "Subscriber Number",,145', None),
        ('+CNUM: ,"",145', None),
        ("+CNUM: ,,145", None),
        ("+CNUM: ,,145,0,4", None),
        ('+CNUM: "Fax","",0', None),
        ('+CNUM: "00310035","",,,', None),
        ('+CNUM: "46701740001","",145', None),
        ('+CNUM: "+46701740001","",145', None),
        ('+CNUM: "",+79131234567",145', "+79131234567"),
        ('+CNUM: "",+79131234567,145', "+79131234567"),
        ('+CNUM: "Do"nn\xe9es","",0', None),
        ('+CNUM: "a,b","+46701740001",145', "+46701740001"),
        ('+CNUM: "a,12345,b","+46701740001",145', "+46701740001"),
        ('+CNUM: "a,123456","+46701740001",145,7,4', "+46701740001"),
        ('+CNUM: "","+436641234567",145,0,4', "+436641234567"),
        ('+CNUM: "","06641234567",129,7,4', "06641234567"),
        ('+CNUM: "","06641234567",129,,4', "06641234567"),
        ('+CNUM: "0","+8613812345678","17"', "+8613812345678"),
        ('ERROR+CNUM: "","+46701740001",145', "+46701740001"),
        ('+CME ERROR: 25+CNUM: "","+46701740001",145', "+46701740001"),
        ('+CME ERROR: invalid characters in text string+CNUM: "x","46701740001",145', "+46701740001"),
        (f'+CNUM: "{hexed("My")}","{hexed("+46701740001")}",145', "+46701740001"),
        (f'+CNUM: "{hexed("")}","{hexed("0701740001")}",129', "0701740001"),
        ('+CNUM: "","46701740001",145', "+46701740001"),
        ('+CNUM: "","0046701740001",145', "+46701740001"),
        ('+CNUM: "","0701740001",145', "0701740001"),
        ('+CNUM: "+46701740001",145', "+46701740001"),
        ('+CNUM: "","+46 70-174 00 01",145', "+46701740001"),
        ('+CNUM: "","12",129', None),
        ('+CNUM: "","*100#",129', None),
        ('+CNUM: "","\xb2\xb2\xb2\xb2\xb2\xb2",129', None),
        ("+CNUM:", None),
        ("+CNUM: " + "," * 3000, None),
        ("OK", None),
        ("", None),
    ],
)
def test_the_number_in_every_shape(line, number):
    assert parse_cnum(line) == (None if number is None else NumberReading(number, NumberOrigin.CNUM))


def test_several_lines_give_each_number_once_in_order():
    lines = [
        '+CNUM: "Voice","+46701740002",145',
        '+CNUM: "Fax","",0',
        '+CNUM: "Data","+46701740001",145',
        '+CNUM: "Again","+46701740002",145',
    ]
    assert [number.text for number in parse_cnum_all(lines)] == ["+46701740002", "+46701740001"]
    assert parse_cnum_all([]) == ()
