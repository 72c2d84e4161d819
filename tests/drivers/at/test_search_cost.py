"""Which patterns of the operator are refused because a text of the network could hold the interpreter."""

from __future__ import annotations

import re

import pytest

from drivers.at.search_cost import LONGEST_TEXT, objection


@pytest.mark.parametrize(
    "pattern",
    [
        r"(\+?\d{8,15})",
        r"номер:?\s*(\+?\d{8,15})",
        r"номер\s*[:\-]?\s*(\+?\d{8,15})",
        r".*?(\+?\d{8,15})",
        r".*номер:?\s*(\+?\d{8,15})",
        r".*(\d{11}).*",
        r"(?:номер|number|tel\.?)\D*(\+?\d{10,15})",
        r"Number: ([\d -]+)",
        r"(?i)your number is (\d+)\.",
        r"(\d{3} \d{3} \d{2} \d{2})",
        r"^(?:\+7|8)?(\d{10})$",
        r"(x)?text",
        r"\b(\d{10,11})\b",
        r"(?>\d+)(\d)",
    ],
)
def test_what_people_write_is_taken(pattern):
    assert objection(pattern) is None


@pytest.mark.parametrize(
    ("pattern", "words"),
    [
        (r"((?:[0-9]+ ?)+)$", "repeat what holds a repeat"),
        (r"(a+)+b", "repeat what holds a repeat"),
        (r"((?:x?)*)", "repeat what holds a repeat"),
        (r"((?:(?:x)?){40})", "repeat what holds a repeat"),
        (r"(\d(?: ?\d){9,14})x", "repeat what holds a repeat"),
        (r"(?:a|aa)*(x)", "repeat a choice"),
        (r"(?:(\d)|\d\d){2,9}x", "repeat a choice"),
        (r"(\d)\1", "refer back"),
        (r"(a)(?(1)b|c)", "refer back"),
        (r"(?P<a>\d)(?P=a)", "refer back"),
        (r"(?=x)(y)", "look ahead or behind"),
        (r"(?!x)(y)", "look ahead or behind"),
        (r"(?<=x)(\d+)", "look ahead or behind"),
        (r"(?<!x)(\d+)", "look ahead or behind"),
        (r"(\d*)\d*\d*", "more than 2 repeats"),
        (r"(\d+)x+y+", "more than 2 repeats"),
        (r"(\d{0,99})\d{0,99}\d{0,99}x", "too many ways"),
        (r"(\d?)" + r"\d?" * 20, "too many ways"),
        (r"(\d*)" + "[0-9]?" * 10 + "x", "too many ways"),
        (r"(?:\d|11)" * 20 + r"(\d)", "too many ways"),
        (r"(?:\d{1,2}|x)" * 18 + r"(\d)", "too many ways"),
        (r"(?i)(a{0,90})A{0,90}[a-c]{0,90}x", "too many ways"),
        (r"(.*)[a-z]{0,100}[0-9a-z]{0,100}q", "too many ways"),
        (r"(\w*)\D{0,50}[^x]{0,50}q", "too many ways"),
    ],
)
def test_what_could_take_for_ever_is_refused(pattern, words):
    re.compile(pattern)
    assert words in (objection(pattern) or "")


def test_what_is_no_pattern_is_an_error():
    with pytest.raises(re.error):
        objection("(")


def test_a_whole_ussd_text_is_searched():
    assert LONGEST_TEXT == 160 * 8 // 7
