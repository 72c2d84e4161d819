from __future__ import annotations

import json
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.onlinesim.number_answer import NumberAnswer, NumberStatus, read_number

NUMBER = "+46700000017"
DESCRIBED = {
    "id": 110251,
    "balance": 0,
    "country_id": 46,
    "errors": 0,
    "number": "46700000017",
    "port_id": "Port1",
    "sum": 76.25,
    "used_service": {"whatsapp": "wa"},
    "banned_service": {"telegram ": "tg"},
    "banned": True,
    "reseller_id": 241,
    "rent": True,
    "status": 1,
    "status_text": "work",
    "clearable": True,
    "created_at": {"date": "2022-07-22 15:21:16.000000", "timezone_type": 3, "timezone": "Europe/Moscow"},
    "response": 1,
}
_SCALARS = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5)
_NAMES = st.sampled_from(["number", "status", "sum", "date", "list", "response"]) | st.text(max_size=3)
_FLAT = _SCALARS | st.lists(_SCALARS, max_size=2) | st.dictionaries(_NAMES, _SCALARS, max_size=3)
ANY_JSON = _FLAT | st.lists(_FLAT, max_size=2)


def read(changes=(), *, without=()):
    body = {name: value for name, value in (DESCRIBED | dict(changes)).items() if name not in without}
    return read_number(json.dumps(body).encode(), NUMBER)


def test_the_described_answer_is_read_whole():
    assert read() == NumberAnswer(
        status=NumberStatus.WORKING,
        failed=0,
        banned=True,
        banned_services=("telegram",),
        income=Decimal("76.25"),
        rent=True,
        placed="2022-07-22 15:21:16 Europe/Moscow",
    )


@pytest.mark.parametrize(
    ("code", "status"),
    [
        (1, "working"),
        (2, "queued"),
        (4, "not_on_account"),
        (6, "spent"),
        (3, "unknown"),
        (5, "unknown"),
        (7, "unknown"),
        (0, "unknown"),
        (99, "unknown"),
    ],
)
def test_each_status_has_its_meaning_and_a_deprecated_one_none(code, status):
    found = read({"status": code})

    assert found.status == status
    assert bool(found.detail) == (status == "unknown")
    assert found.income == Decimal("76.25")


def test_a_number_that_the_account_lacks_may_have_nothing_but_its_status():
    assert read_number(b'{"response": 1, "status": 4}', NUMBER) == NumberAnswer(
        status=NumberStatus.NOT_ON_ACCOUNT
    )


def test_what_is_not_said_is_not_known():
    found = read(without=("errors", "banned", "banned_service", "sum", "rent", "created_at"))

    assert found == NumberAnswer(status=NumberStatus.WORKING)


@pytest.mark.parametrize("empty", [None, [], {}])
def test_no_banned_service_in_each_spelling(empty):
    assert read({"banned_service": empty}).banned_services == ()


@pytest.mark.parametrize(
    "changes",
    [
        {"status": "1"},
        {"status": True},
        {"status": None},
        {"number": "46700000018"},
        {"number": 46700000017},
        {"number": None},
        {"errors": "0"},
        {"errors": -1},
        {"errors": True},
        {"banned": 1},
        {"banned": "true"},
        {"rent": 0},
        {"sum": "much"},
        {"sum": True},
        {"sum": 10**13},
        {"sum": "٣"},
        {"banned_service": ["telegram"]},
        {"banned_service": "telegram"},
        {"created_at": "2022-07-22"},
        {"created_at": {"date": "yesterday"}},
        {"created_at": {"date": "2022-07-22 15:21:16", "timezone": 3}},
    ],
)
def test_an_answer_with_one_odd_field_is_unknown_as_a_whole(changes):
    found = read(changes)

    assert found == NumberAnswer(status=NumberStatus.UNKNOWN, detail=found.detail)
    assert found.detail


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"[]",
        b"1",
        b'"work"',
        b"{",
        b"\xff",
        b'{"status": NaN}',
        b'{"sum": 1e99999999999999999999}',
        b"[" * 5000,
    ],
)
def test_a_body_that_is_no_object_is_unknown(body):
    assert read_number(body, NUMBER).status == "unknown"


@given(st.binary(max_size=60))
def test_any_bytes_are_read_without_an_error(body):
    assert read_number(body, NUMBER).status == "unknown"


@given(ANY_JSON)
def test_any_json_is_read_without_an_error(answer):
    assert isinstance(read_number(json.dumps(answer).encode(), NUMBER), NumberAnswer)


@given(st.sampled_from(sorted(DESCRIBED)), ANY_JSON)
def test_any_value_of_any_field_is_believed_only_where_it_fits(name, value):
    found = read({name: value})

    if found.status != "unknown":
        assert found.failed is None or (type(found.failed) is int and found.failed >= 0)
        assert {type(found.banned), type(found.rent)} <= {bool, type(None)}
        assert found.income is None or found.income.is_finite()
    else:
        assert found == NumberAnswer(status=NumberStatus.UNKNOWN, detail=found.detail) or name == "status"


@given(st.text(max_size=8))
def test_no_name_of_a_service_breaks_a_line(name):
    assert all(
        char.isprintable() for one in read({"banned_service": {name: "x"}}).banned_services for char in one
    )
