from __future__ import annotations

import pytest

from drivers.at.replies.number import data_and_fax, parse_cnum_all
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
    assert parse_cnum_all([line]) == (() if number is None else (NumberReading(number, NumberOrigin.CNUM),))


def test_several_lines_give_each_number_once_in_order():
    lines = [
        '+CNUM: "Voice","+46701740002",145',
        '+CNUM: "Fax","",0',
        '+CNUM: "Data","+46701740001",145',
        '+CNUM: "Again","+46701740002",145',
    ]
    assert [number.text for number in parse_cnum_all(lines)] == ["+46701740002", "+46701740001"]
    assert parse_cnum_all([]) == ()


def test_the_voice_line_is_the_number_and_data_and_fax_lines_are_not():
    lines = [
        '+CNUM: "Data","+46701740011",145,71,0',
        '+CNUM: "Fax","+46701740012",145,7,5',
        '+CNUM: "Voice","+46701740013",145,7,4',
    ]

    assert [number.text for number in parse_cnum_all(lines)] == ["+46701740013"]
    assert data_and_fax(lines) == {"+46701740011", "+46701740012"}


@pytest.mark.parametrize("service", [0, 1, 2, 3, 5])
def test_a_data_or_fax_line_alone_is_no_number(service):
    assert parse_cnum_all([f'+CNUM: "x","+46701740011",145,7,{service},1']) == ()


@pytest.mark.parametrize("tail", ["", ",", ",7", ",7,", ",7,4", ",0,4,3", ",,4", ",,", ",7,9"])
def test_a_line_of_voice_or_of_no_known_service_is_a_number(tail):
    assert [number.text for number in parse_cnum_all([f'+CNUM: "x","+46701740011",145{tail}'])] == [
        "+46701740011"
    ]


def test_a_number_of_voice_and_data_both_is_a_number():
    lines = ['+CNUM: "a","+46701740011",145,7,0', '+CNUM: "b","+46701740011",145,7,4']

    assert [number.text for number in parse_cnum_all(lines)] == ["+46701740011"]
    assert data_and_fax(lines) == frozenset()
