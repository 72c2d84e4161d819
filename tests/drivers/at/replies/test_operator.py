from __future__ import annotations

import pytest

from drivers.at.replies.operator import parse_operator


@pytest.mark.parametrize(
    ("line", "name"),
    [
        ("+COPS: 0", None),
        ('+COPS: 0,0,"CHINA MOBILE",7', "CHINA MOBILE"),
        ('+COPS: 1,2,"46000",7', "46000"),
        ('+COPS: 1,0,"TELE2"', "TELE2"),
        ("+COPS: 0,0,TELE2,0", "TELE2"),
        ('+COPS: 0,0,"TELE2,0', "TELE2"),
        ('+COPS: 0,0,"TELE2@",0', "TELE2"),
        ('+COPS: 0,0,"TELE2\x03\xe9",0', "TELE2"),
        (f'+COPS: 0,0,"{"Vodafone".encode("utf-16-be").hex()}",2', "Vodafone"),
        (f'+COPS: 0,0,"{"Мегафон".encode("utf-16-be").hex().upper()}",2', "Мегафон"),
        ('+COPS: 0,0,"T-Mobile, US",7', "T-Mobile, US"),
        ('+COPS: 0,0,"Unknown"', None),
        ('+COPS: 0,2,"310410",7', "310410"),
        ('+COPS: 0,0,""', None),
        ("+COPS:", None),
        ("OK", None),
    ],
)
def test_the_networks_name_as_it_comes(line, name):
    assert parse_operator(line) == name
