"""An unquoted text is what YAML says it is, and remembers how it was written."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.config.scalars import as_written, plain


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("64", 64),
        ("0046", 46),
        ("+46701740000", 46701740000),
        ("-1", -1),
        ("0.5", 0.5),
        ("+.5", 0.5),
        ("1e3", 1000.0),
        ("true", True),
        ("False", False),
        ("NULL", None),
        ("~", None),
        ("", None),
    ],
)
def test_what_the_core_schema_takes_for_more_than_a_text(text, value):
    read = plain(text)
    assert read == value
    assert isinstance(read, bool) == isinstance(value, bool)


@pytest.mark.parametrize(
    "text",
    [
        "10s",
        "0x1F",
        "0o17",
        "1_000",
        "yes",
        "on",
        "tRUE",
        ".inf",
        ".nan",
        "1e",
        ".",
        "+",
        "\u0661\u0662",
        "24012 ",
    ],
)
def test_everything_else_stays_a_text(text):
    assert plain(text) == text


@pytest.mark.parametrize("text", ["0046", "+46701740000", "1.50", "8.94612E+18", "10s"])
def test_an_amount_can_be_had_as_it_was_written(text):
    assert as_written(plain(text)) == text


@pytest.mark.parametrize("value", [True, None, 46, 0.5, "x", [1]])
def test_what_was_no_unquoted_amount_is_left_alone(value):
    assert as_written(value) is value


@given(st.integers() | st.floats(allow_nan=False, allow_infinity=False))
def test_any_amount_keeps_its_value_and_its_text(value):
    read = plain(repr(value))
    assert math.isclose(read, value)
    assert as_written(read) == repr(value)
