from __future__ import annotations

import re

import pytest

from drivers.at import gsm7
from drivers.at.replies.ussd import UssdReply, find_number, parse_cusd
from drivers.observation import NumberOrigin, NumberReading

SAID = "Your number is +46701740001"
PACKED = gsm7.pack(SAID).hex().upper()


def wide(text: str) -> str:
    return text.encode("utf-16-be").hex().upper()


@pytest.mark.parametrize(
    ("line", "status", "text"),
    [
        (f'+CUSD: 0,"{SAID}",15', 0, SAID),
        (f'+CUSD: 1,"{SAID}"', 1, SAID),
        (f"+CUSD: 0,{PACKED},15", 0, SAID),
        (f'+CUSD: 0,"{PACKED}",15', 0, SAID),
        (f'+CUSD: 0,"{wide(SAID)}",72', 0, SAID),
        (f'+CUSD: 0,"{wide(SAID)}",15', 0, SAID),
        (f'+CUSD: 0,"{wide(SAID)}FFFFFFFF",17', 0, SAID),
        (f'+CUSD: 0,"{wide("Ваш номер 79131234567")}",72', 0, "Ваш номер 79131234567"),
        (f'+CUSD: 0,"{wide("Ваш номер 79131234567")}",15', 0, "Ваш номер 79131234567"),
        (f'+CUSD: 0,"{wide("号码 13812345678")}",72', 0, "号码 13812345678"),
        ('+CUSD: 0,"46701740001",15', 0, "46701740001"),
        ('+CUSD: 0,"467017400012",15', 0, "467017400012"),
        (f'+CUSD: 0,"{wide("46701740001")}",15', 0, "46701740001"),
        ('+CUSD: 0,"say "hello", please",15', 0, 'say "hello", please'),
        ('+CUSD: 0,"two\nlines",15', 0, "two\nlines"),
        ('+CUSD: 0,"cut off', 0, "cut off"),
        ("+CUSD: 5", 5, None),
        ("+CUSD:4", 4, None),
        ("+CUSD: 2,", 2, None),
        ('+CUSD: 0,"",15', 0, None),
    ],
)
def test_a_ussd_reply_in_every_coding(line, status, text):
    assert parse_cusd(line) == UssdReply(status, text)


@pytest.mark.parametrize("line", ["+CUSD:", "+CUSD: x", "+CUSD: 77", "OK", ""])
def test_what_is_no_ussd_reply(line):
    assert parse_cusd(line) is None


@pytest.mark.parametrize(
    ("text", "pattern", "number"),
    [
        (SAID, r"(\+?\d{8,15})", "+46701740001"),
        (SAID, r"\+?\d{8,15}", "+46701740001"),
        ("Number: 070-174 00 01.", r"Number: ([\d -]+)", "070-174 00 01"),
        ("no number", r"(\+?\d{8,15})", None),
        ("balance 5", r"balance (\d+)", None),
        ("text", r"(x)?text", None),
        ("n \u0661\u0662\u0663\u0664\u0665\u0666\u0667\u0668", r"(\d{8})", None),
    ],
)
def test_the_number_in_the_text(text, pattern, number):
    expected = None if number is None else NumberReading(number, NumberOrigin.USSD)
    assert find_number(text, re.compile(pattern)) == expected


def test_no_more_than_a_whole_ussd_text_is_searched():
    assert find_number("x" * 170 + "46701740001", re.compile(r"(\d{11})")) is not None
    assert find_number("x" * 180 + "46701740001", re.compile(r"(\d{11})")) is None


@pytest.mark.parametrize(
    ("line", "text"),
    [
        ("+CUSD: 0, bare text , 15", "bare text"),
        ('+CUSD: 0,  "quoted"  ,', "quoted"),
        ('+CUSD: 0, "cut off ', "cut off"),
        ('+CUSD: 0,"a", 15 ', "a"),
        ('+CUSD: 0,   a"b', None),
    ],
)
def test_blanks_around_a_ussd_text(line, text):
    assert parse_cusd(line) == UssdReply(0, text)
