from __future__ import annotations

import json
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.onlinesim.income import NumberIncome, read_income
from agent.onlinesim.number_answer import Misfit
from tests.agent.onlinesim.test_number_answer import ANY_JSON

ROW = {"id": "77", "number": "2202082904", "sum": "75.76", "country": "220"}


def body(*rows):
    return json.dumps({"response": 1, "list": rows}).encode()


def test_the_described_answer_is_read_with_the_highest_income_first():
    other = {"id": "78", "number": "46700000017", "sum": "100", "country": "46"}

    assert read_income(body(ROW, other)) == [
        NumberIncome("+46700000017", 46, Decimal(100)),
        NumberIncome("+2202082904", 220, Decimal("75.76")),
    ]


def test_an_account_without_numbers_has_no_rows():
    assert read_income(body()) == []


@pytest.mark.parametrize(
    "change",
    [
        {"number": ""},
        {"number": 22},
        {"number": "+"},
        {"number": "٢٢"},
        {"sum": None},
        {"sum": "1,5"},
        {"sum": "NaN"},
        {"sum": []},
        {"country": "Gambia"},
        {"country": "٢"},
    ],
)
def test_one_odd_row_makes_the_whole_answer_a_misfit(change):
    with pytest.raises(Misfit, match=r"list\[1\]"):
        read_income(body(ROW, ROW | {"number": "46700000017"} | change))


def test_a_number_that_is_there_twice_would_be_counted_twice():
    with pytest.raises(Misfit, match="twice"):
        read_income(body(ROW, ROW))


@pytest.mark.parametrize("text", [b"", b"[]", b"{}", b'{"list": {}}', b'{"list": [1]}'])
def test_an_answer_of_another_shape_is_a_misfit(text):
    with pytest.raises(Misfit):
        read_income(text)


@given(ANY_JSON)
def test_any_list_is_read_or_is_a_misfit(rows):
    try:
        found = read_income(json.dumps({"response": 1, "list": rows}).encode())
    except Misfit:
        return
    assert len(found) == len(rows)
    assert all(one.income.is_finite() for one in found)


@given(
    st.dictionaries(
        st.integers(10**5, 10**12).map(str), st.integers(0, 10**6).map(lambda n: Decimal(n) / 100), max_size=5
    )
)
def test_every_row_of_a_good_answer_is_there_once(sums):
    found = read_income(
        body(*(ROW | {"number": number, "sum": str(value)} for number, value in sums.items()))
    )

    assert {one.number: one.income for one in found} == {
        f"+{number}": value for number, value in sums.items()
    }
    assert [one.income for one in found] == sorted(sums.values(), reverse=True)
