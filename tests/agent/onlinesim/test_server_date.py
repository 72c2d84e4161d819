from __future__ import annotations

import email.utils
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.onlinesim.server_date import off_by, seconds_ahead

NOW = 1_796_041_000.0


def date(at):
    return email.utils.formatdate(at, usegmt=True)


@pytest.mark.parametrize(
    ("told", "ahead"),
    [
        (NOW, 0.0),
        (NOW - 1, 0.0),  # a whole second, rounded down
        (NOW + 10, 0.0),  # written while the request was under way
        (NOW - 3601, 3600.0),
        (NOW + 12 + 7200, -7200.0),
    ],
)
def test_what_lies_within_the_request_is_right(told, ahead):
    assert seconds_ahead(date(told), NOW, NOW + 12) == ahead


@pytest.mark.parametrize(
    "text",
    [
        date(NOW),
        time.strftime("%A, %d-%b-%y %H:%M:%S GMT", time.gmtime(NOW)),
        time.strftime("%a %b %d %H:%M:%S %Y", time.gmtime(NOW)),
        time.strftime("%a, %d %b %Y %H:%M:%S +0000", time.gmtime(NOW)),
    ],
    ids=["RFC 9110", "RFC 850", "asctime", "offset"],
)
def test_each_form_of_a_date_is_read(text):
    assert seconds_ahead(text, NOW, NOW) == 0.0


@pytest.mark.parametrize(
    "text", ["", "soon", "Mon, 32 Nov 2026 10:00:00 GMT", "Mon, 30 Nov 99999 10:00:00 GMT", "1" * 5000, "\0"]
)
def test_what_is_no_date_says_nothing(text):
    assert seconds_ahead(text, NOW, NOW) is None


@given(st.text(max_size=80))
def test_no_text_fails(text):
    assert isinstance(seconds_ahead(text, NOW, NOW), float | None)


@pytest.mark.parametrize(
    ("seconds", "english", "russian"),
    [
        (61.0, "1 minute ahead of", "спешат на 1 минуту"),
        (-7200.0, "2 hours behind", "отстают на 2 часа"),
        (3650 * 86400.0, "3650 days ahead of", "спешат на 3650 дней"),
        (-5.0, "5 seconds behind", "отстают на 5 секунд"),
        (0.4, "0 seconds ahead of", "спешат на 0 секунд"),
    ],
)
def test_how_far_a_clock_is_off_in_words(seconds, english, russian):
    assert off_by(seconds) == english
    assert off_by(seconds, "ru") == russian
