from __future__ import annotations

import json
from dataclasses import FrozenInstanceError

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.onlinesim.messages import (
    AddNumber,
    Carrier,
    CheckWork,
    NumberEntry,
    RemoveNumber,
    SendNumbersOnline,
)

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
    assert json.loads(message.body) == {"numbers": [DOCUMENTED]}


def test_a_test_request_says_so():
    message = SendNumbersOnline(numbers=(NumberEntry(**DOCUMENTED),), test="test2")
    assert json.loads(message.body) == {"numbers": [DOCUMENTED], "test": "test2"}


def test_an_empty_list_is_a_list():
    assert json.loads(SendNumbersOnline(numbers=()).body) == {"numbers": []}


def test_what_is_not_known_is_absent():
    entry = NumberEntry(number="+46701", country_id=46, port_id="Port1", rent=1)
    assert json.loads(entry.json) == {"number": "+46701", "country_id": 46, "port_id": "Port1", "rent": 1}


def test_the_body_is_utf8_without_escapes():
    entry = NumberEntry(number="+46701", country_id=46, port_id="Порт1", rent=1)
    assert "Порт1" in entry.json


def test_add_number_has_the_same_fields_as_an_entry():
    entry = NumberEntry(**DOCUMENTED)
    message = AddNumber(entry=entry)
    assert json.loads(message.body) == DOCUMENTED
    assert message.entry == entry


def test_add_number_may_be_a_test():
    message = AddNumber(entry=NumberEntry(**DOCUMENTED), test="test1")
    assert json.loads(message.body) == {**DOCUMENTED, "test": "test1"}


def test_remove_number_has_its_values_in_the_query():
    message = RemoveNumber(number="+46701")
    assert (message.body, message.query) == (None, {"number": "+46701"})
    tested = RemoveNumber(number="+46701", test="test1")
    assert (tested.body, tested.query) == (None, {"number": "+46701", "test": "test1"})


def test_check_work_has_no_values():
    assert (CheckWork().body, CheckWork().query) == (None, {})


@pytest.mark.parametrize(
    "message",
    [
        SendNumbersOnline(numbers=()),
        AddNumber(entry=NumberEntry(**DOCUMENTED)),
        RemoveNumber(number="+1"),
        CheckWork(),
    ],
)
def test_values_are_where_the_shape_has_them(message):
    assert (message.body is not None) is (message.shape.carrier is Carrier.BODY)
    assert not (message.query and message.body)


@pytest.mark.parametrize("test", ["", "test3", True, 1])
def test_a_test_that_the_description_does_not_know_is_refused(test):
    entry = NumberEntry(**DOCUMENTED)
    for make in (
        lambda: SendNumbersOnline(numbers=(entry,), test=test),
        lambda: AddNumber(entry=entry, test=test),
        lambda: RemoveNumber(number="+1", test=test),
    ):
        with pytest.raises(ValueError, match="test"):
            make()


@pytest.mark.parametrize("number", ["46701", "+", "+46 70", None])
def test_no_number_is_not_removed(number):
    with pytest.raises(ValueError, match="number"):
        RemoveNumber(number=number)


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
    with pytest.raises(ValueError, match=field):
        NumberEntry(**{**DOCUMENTED, field: value})


def test_an_unknown_field_is_refused():
    with pytest.raises(TypeError, match="colour"):
        NumberEntry(**DOCUMENTED, colour="blue")


@pytest.mark.parametrize("missing", ["number", "country_id", "port_id", "rent"])
def test_a_required_field_must_be_there(missing):
    with pytest.raises(TypeError, match=missing):
        NumberEntry(**{name: value for name, value in DOCUMENTED.items() if name != missing})


@pytest.mark.parametrize("same", ["number", "port_id"])
def test_a_list_never_names_a_number_or_a_port_twice(same):
    other = {**DOCUMENTED, "number": "+46701", "port_id": "Port2", same: DOCUMENTED[same]}
    with pytest.raises(ValueError, match=f"the same {same}"):
        SendNumbersOnline(numbers=(NumberEntry(**DOCUMENTED), NumberEntry(**other)))


def test_messages_do_not_change():
    entry = NumberEntry(**DOCUMENTED)
    with pytest.raises(FrozenInstanceError):
        entry.rent = 1
    assert hash(entry) == hash(NumberEntry(**DOCUMENTED))


def test_the_body_of_a_list_is_built_once():
    message = SendNumbersOnline(numbers=(NumberEntry(**DOCUMENTED),))
    assert message.body is message.body


def test_yes_and_no_are_sent_as_one_and_zero():
    assert '"rent":1' in NumberEntry(**{**DOCUMENTED, "rent": True}).json


@given(
    number=st.from_regex(r"\+[0-9]{1,20}", fullmatch=True, alphabet="+0123456789"),
    country_id=st.integers(1, 999),
    operator=st.none() | st.integers(0, 99_999),
    date_start=st.none() | st.integers(0),
    port_id=st.text(st.characters(exclude_categories=("Cs",)), min_size=1, max_size=100),
    rent=st.sampled_from([0, 1, True, False]),
)
def test_an_entry_is_the_json_of_its_fields_whatever_they_hold(**fields):
    known = {name: value for name, value in fields.items() if value is not None}
    expected = json.dumps(known | {"rent": int(fields["rent"])}, ensure_ascii=False, separators=(",", ":"))
    assert NumberEntry(**fields).json == expected


def test_half_a_character_in_a_port_id_is_refused_when_the_entry_is_made():
    with pytest.raises(ValueError, match="surrogates not allowed"):
        NumberEntry(**{**DOCUMENTED, "port_id": "\ud800"})
