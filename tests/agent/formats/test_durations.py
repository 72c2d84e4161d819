"""Durations as people write them."""

import contextlib
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.formats import durations


@pytest.mark.parametrize(
    ("written", "seconds"),
    [
        ("250ms", 0.25),
        ("10s", 10),
        ("4m", 240),
        ("1h", 3600),
        ("400d", 34_560_000),
        ("1d12h", 129_600),
        ("4m30s", 270),
        ("1h 30m", 5400),
        ("1.5s", 1.5),
        ("90", 90),
        (" 10 s ", 10),
        ("0s", 0),
        (10, 10),
        (0.25, 0.25),
    ],
)
def test_reads_every_notation_of_the_file(written, seconds):
    assert seconds == durations.parse(written)


@pytest.mark.parametrize(
    "written",
    [
        "",
        " ",
        "s",
        "10 sec",
        "-1s",
        "1w",
        "d",
        "1,5s",
        "4m4m",
        "30s4m",
        "١s",
        math.nan,
        math.inf,
        -1,
        "9" * 40,
    ],
)
def test_refuses_what_is_not_a_duration(written):
    with pytest.raises(ValueError, match="is not a duration"):
        durations.parse(written)


@pytest.mark.parametrize(
    ("seconds", "text"), [(86_400, "24h"), (172_800, "2d"), (34_560_000, "400d"), (176_400, "49h")]
)
def test_days_are_spelt_from_two_on(seconds, text):
    assert durations.spell(seconds) == text


@given(st.integers(min_value=0, max_value=10**12))
def test_a_spelt_duration_is_read_back_to_the_millisecond(milliseconds):
    assert round(durations.parse(durations.spell(milliseconds / 1000)) * 1000) == milliseconds


@given(st.text())
def test_no_text_does_anything_but_give_seconds_or_say_no(text):
    with contextlib.suppress(ValueError):
        assert durations.parse(text) >= 0


@pytest.mark.parametrize(
    ("seconds", "english", "russian"),
    [
        (0, "0 s", "0 с"),
        (59, "59 s", "59 с"),
        (65, "1 min", "1 мин"),
        (3600, "1 h", "1 ч"),
        (7500, "2 h 5 min", "2 ч 5 мин"),
        (90_000, "1 d 1 h", "1 д 1 ч"),
        (-5, "0 s", "0 с"),
    ],
)
def test_spans(seconds, english, russian):
    assert (durations.span(seconds), durations.span(seconds, "ru")) == (english, russian)


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0, "0 s"),
        (59, "59 s"),
        (3600, "1 h"),
        (65, "1 min 5 s"),
        (3661, "1 h 1 min"),
        (86_400 * 3 + 59, "3 d"),
        (90_000, "1 d 1 h"),
    ],
)
def test_a_span_is_short_and_exact(seconds, text):
    assert durations.span(seconds, exact=True) == text
