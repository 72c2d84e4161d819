"""Foreign text on terminals, in JSON and in CSV."""

from __future__ import annotations

import csv
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.formats.printable import csv_cell, printable, to_json

TITLE = "Tele\x1b]0;owned\x07\x1b[2J"
ANY = st.text(st.characters(), max_size=40)


def test_letters_of_every_script_stay():
    text = "Мегафон Télé 中国移动 اتصالات फ़ोन ایران\u200cسل 📶"
    assert printable(text) == text
    assert text in to_json({"operator": text})


@pytest.mark.parametrize(
    ("char", "code"),
    [("\x1b", "\\x1b"), ("\x9b", "\\x9b"), ("\u202e", "\\u202e"), ("\u2028", "\\u2028"), ("\U000e0001", "\\U000e0001")],
)  # fmt: skip
def test_what_acts_on_a_terminal_is_named_by_its_code(char, code):
    assert printable(f"a{char}b") == f"a{code}b"


@given(ANY)
def test_nothing_that_acts_is_left(text):
    for shown in (printable(text), to_json([text]), csv_cell(text)):
        assert shown.replace("\u200c", "").replace("\u200d", "").isprintable()


@given(ANY)
def test_json_means_the_same(text):
    assert json.loads(to_json({"text": text})) == {"text": text}


@given(ANY)
def test_no_spreadsheet_computes_a_cell(text):
    cell = csv_cell(text)
    assert not cell.startswith(("=", "+", "-", "@")) or cell[1:].isdigit()
    assert next(csv.reader([cell.replace('"', "").replace(",", "")]), [""]) is not None


@pytest.mark.parametrize(
    "cell", ["=1+1", "+cmd|' /C calc'!A0", "-2+3", "@SUM(1)", "＝1", "\t=1", "+4670 174", "-"]
)
def test_a_cell_that_would_be_computed_stands_behind_an_apostrophe(cell):
    assert csv_cell(cell) == "'" + " ".join(cell.split())


def test_a_phone_number_stays_a_number():
    assert csv_cell("+46701740000") == "+46701740000"
