from __future__ import annotations

import json

import pytest
from pydantic import ValidationError

from agent.onlinesim.messages import AddNumber, CheckWork, NumberEntry, RemoveNumber, SendNumbersOnline

DOCUMENTED = {
    "number": "+46050910804",
    "country_id": 46,
    "operator": 24012,
    "date_start": 1658209063,
    "port_id": "Port1",
    "rent": 0,
}


def test_the_list_is_the_documented_body():
    message = SendNumbersOnline(numbers=(NumberEntry(**DOCUMENTED),))
    assert json.loads(message.body()) == {"numbers": [DOCUMENTED]}


def test_a_test_request_says_so():
    message = SendNumbersOnline(numbers=(NumberEntry(**DOCUMENTED),), test="test2")
    assert json.loads(message.body()) == {"numbers": [DOCUMENTED], "test": "test2"}


def test_an_empty_list_is_a_list():
    assert json.loads(SendNumbersOnline(numbers=()).body()) == {"numbers": []}


def test_what_is_not_known_is_absent():
    entry = NumberEntry(number="+46701", country_id=46, port_id="Port1", rent=1)
    assert json.loads(entry.body()) == {"number": "+46701", "country_id": 46, "port_id": "Port1", "rent": 1}


def test_the_body_is_utf8_without_escapes():
    entry = NumberEntry(number="+46701", country_id=46, port_id="Порт1", rent=1)
    assert "Порт1".encode() in entry.body()


def test_add_number_has_the_same_fields_as_an_entry():
    entry = NumberEntry(**DOCUMENTED)
    message = AddNumber.of(entry)
    assert json.loads(message.body()) == DOCUMENTED
    assert message.entry == entry


def test_remove_number_and_check_work_as_we_read_them():
    assert json.loads(RemoveNumber(number="+46701").body()) == {"number": "+46701"}
    assert json.loads(CheckWork().body()) == {}


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("number", "46050910804"),
        ("number", "+"),
        ("number", "+46 70"),
        ("number", "+٤٦٧٠"),
        ("number", "+4670\n"),
        ("number", 46050910804),
        ("country_id", 0),
        ("country_id", "46"),
        ("operator", "24012"),
        ("operator", 240121),
        ("date_start", -1),
        ("date_start", 1658209063.5),
        ("port_id", ""),
        ("port_id", "p" * 101),
        ("rent", 2),
        ("rent", "0"),
    ],
)
def test_a_field_outside_the_table_is_refused(field, value):
    with pytest.raises(ValidationError):
        NumberEntry(**{**DOCUMENTED, field: value})


def test_an_unknown_field_is_refused():
    with pytest.raises(ValidationError):
        NumberEntry(**DOCUMENTED, colour="blue")


@pytest.mark.parametrize("missing", ["number", "country_id", "port_id", "rent"])
def test_a_required_field_must_be_there(missing):
    with pytest.raises(ValidationError):
        NumberEntry(**{name: value for name, value in DOCUMENTED.items() if name != missing})


@pytest.mark.parametrize("same", ["number", "port_id"])
def test_a_list_never_names_a_number_or_a_port_twice(same):
    other = {**DOCUMENTED, "number": "+46701", "port_id": "Port2", same: DOCUMENTED[same]}
    with pytest.raises(ValidationError, match=f"the same {same}"):
        SendNumbersOnline(numbers=(NumberEntry(**DOCUMENTED), NumberEntry(**other)))


def test_messages_do_not_change():
    entry = NumberEntry(**DOCUMENTED)
    with pytest.raises(ValidationError):
        entry.rent = 1
    assert hash(entry) == hash(NumberEntry(**DOCUMENTED))


def test_yes_and_no_are_sent_as_one_and_zero():
    assert b'"rent":1' in NumberEntry(**{**DOCUMENTED, "rent": True}).body()
