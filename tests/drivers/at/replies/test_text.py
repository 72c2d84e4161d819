from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.at.final_result import parse_final_result
from drivers.at.replies.identity import parse_ati, parse_named
from drivers.at.replies.text import LONGEST, decoded, decoded_name, is_words, legible, without_controls


def wire(text: str) -> str:
    """UTF-8 as it comes from the wire."""
    return text.encode().decode("latin-1")


@given(st.text())
def test_fuzz_printable_text_keeps_every_letter_and_nothing_that_acts(text):
    shown = without_controls(text)

    assert not [c for c in shown if unicodedata.category(c)[0] == "C" or (c.isspace() and c != " ")]
    letters = [c for c in text if unicodedata.category(c)[0] in "LMN"][:LONGEST]
    assert len(shown) == LONGEST or [c for c in shown if unicodedata.category(c)[0] in "LMN"] == letters


@given(st.binary(max_size=60))
def test_fuzz_any_bytes_are_printable_text_or_none(data):
    line = data.decode("latin-1")
    for text in (decoded(line), decoded_name(line), legible(line)):
        assert text is None or without_controls(text) == text


@given(
    st.text(alphabet=st.characters(codec="utf-8", exclude_categories=["C", "Zs", "Zl", "Zp"]), max_size=60)
)
def test_fuzz_what_was_utf_8_comes_back(text):
    assert decoded(wire(text)) == text


@pytest.mark.parametrize("noise", ["\x1b[2J", "Te\x9b", "\x00\xff", "caf\xe9\x80"])
def test_noise_is_no_text(noise):
    assert not is_words(noise)


def test_a_model_is_printable_and_in_its_own_script():
    assert parse_named([wire("+CGMM: Модем-1")]) == "Модем-1"
    assert parse_named([wire("EC25\u202e\x9b2J")]) == "EC252J"
    assert parse_named(["EC\xfe25"]) is None
    assert parse_ati([wire("華為"), "E3372"]).manufacturer == "華為"


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("+CME ERROR: \x1b[31mSIM busy", "+CME ERROR: [31mSIM busy"),
        (wire("+CME ERROR: нет карты"), "+CME ERROR: нет карты"),
        ("+CME ERROR: SIM \xef\xf0 busy", "+CME ERROR: SIM  busy"),
        (wire("+CME ERROR: \u202eSIM busy"), "+CME ERROR: SIM busy"),
    ],
)
def test_the_words_of_an_error_are_printable(line, words):
    result = parse_final_result(line)

    assert result is not None
    assert result.words == words
