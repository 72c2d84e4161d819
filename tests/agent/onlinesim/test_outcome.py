from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.onlinesim.outcome import (
    REASON_LIMIT,
    Accepted,
    Checked,
    Failed,
    FailureKind,
    Refusal,
    RefusalKind,
    echoes,
    not_taken,
    read_answer,
    shorten,
)

WALL = 1_784_000_000.0


def read(status, body, headers=None, test=None):
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    return read_answer(status, headers or {}, raw, wall=WALL, test=test)


@pytest.mark.parametrize("response", [1, "1"])
@pytest.mark.parametrize("ids", [{"+46701": 123}, None, [], "none", {}])
def test_one_is_accepted_whatever_the_ids(response, ids):
    assert read(200, {"response": response, "ids": ids}) == Accepted()


@pytest.mark.parametrize(
    ("ids", "read_as"),
    [
        ({"+46701": 123, "+46702": None}, {"+46701": 123, "+46702": None}),
        ({"46701": 123, "46702": None}, {"+46701": 123, "+46702": None}),
        ({"+46701": "123"}, {"+46701": 123}),
        ({"+46701": 123, "+46702": False}, {}),
        ({"+46701": 123, "+46702": "x"}, {}),
        ({"+46701": 123, "+46702": {}}, {}),
        ({}, {}),
        ([], {}),
        (None, {}),
        ("none", {}),
    ],
)
@pytest.mark.parametrize("test", [None, "test1"])
def test_ids_are_read_with_and_without_the_plus_and_never_guessed(ids, read_as, test):
    assert read(200, {"response": 1, "ids": ids}, test=test).ids == read_as


def test_an_answer_without_ids_has_none():
    assert read(200, {"response": 1}).ids == {}


@pytest.mark.parametrize(
    ("ids", "missing"),
    [
        ({"+46701": 1, "+46702": 2}, ()),
        ({"+46701": 1, "+46702": None}, ("+46702",)),
        ({"+46701": 1}, ("+46702",)),
        ({"+46709": 1}, ("+46701", "+46702")),
        ({"+46701": None, "+46702": None}, ()),
        ({"+46709": None}, ()),
        ({}, ()),
    ],
)
def test_a_number_was_not_taken_where_only_others_have_an_id(ids, missing):
    assert not_taken(["+46701", "+46702"], ids) == missing


@pytest.mark.parametrize(
    ("word", "kind"),
    [
        ("TRY_AGAIN_LATER", FailureKind.BUSY),
        ("INTERVAL_CONCURRENT_REQUESTS_ERROR", FailureKind.BUSY),
        ("ERROR_UNDEFINED", FailureKind.SERVER),
    ],
)
@pytest.mark.parametrize("status", [200, 400, 403, 429, 500])
@pytest.mark.parametrize("shape", ["object", "string", "text"])
def test_the_words_that_mean_later_are_failures_whatever_the_status(word, kind, status, shape):
    body = {"object": json.dumps({"response": word}), "string": json.dumps(word), "text": word}[shape]
    outcome = read(status, body.encode(), {"Retry-After": "7"})
    assert isinstance(outcome, Failed)
    assert (outcome.kind, outcome.retry_after) == (kind, 7.0)
    assert word in outcome.reason


@pytest.mark.parametrize("response", [True, 0, 1.0, "01", None, [1], {}, "ok"])
def test_anything_but_one_is_no_acceptance(response):
    outcome = read(200, {"response": response})
    assert isinstance(outcome, Refusal)
    assert outcome.kind is RefusalKind.TEXT


def test_another_text_in_a_200_is_a_refusal_with_that_reason():
    assert read(200, {"response": "Too many numbers"}) == Refusal(200, "Too many numbers", RefusalKind.TEXT)


@pytest.mark.parametrize(
    ("status", "word", "kind"),
    [
        (401, "ERROR_WRONG_KEY", RefusalKind.WRONG_KEY),
        (401, "ERROR_NO_KEY", RefusalKind.NO_KEY),
        (403, "ACCOUNT_BLOCKED", RefusalKind.BLOCKED),
        (403, "API_ACCESS_DISABLED", RefusalKind.API_DISABLED),
        (403, "API_ACCESS_IP", RefusalKind.IP),
        (405, "REQUEST_NOT_FOUND", RefusalKind.NOT_FOUND),
        (200, "ACCOUNT_BLOCKED", RefusalKind.BLOCKED),
        (400, "NUMBER_FORMAT_ERROR", RefusalKind.NUMBER_FORMAT),
        (400, "ERROR_DATE", RefusalKind.DATE),
        (400, "numbers is required", RefusalKind.BAD_REQUEST),
        (401, "no", RefusalKind.WRONG_KEY),
        (403, "no", RefusalKind.OTHER),
        (404, "no", RefusalKind.NOT_FOUND),
        (422, "no", RefusalKind.OTHER),
    ],
)
@pytest.mark.parametrize("shape", ["object", "string", "text"])
def test_the_error_table(status, word, kind, shape):
    body = {
        "object": json.dumps({"response": word}),
        "string": json.dumps(word),
        "text": word,
    }[shape].encode()
    if status == 200 and shape != "object":
        assert isinstance(read(status, body), Failed)
    else:
        assert read(status, body) == Refusal(status, word, kind)


@pytest.mark.parametrize(
    ("status", "kind"),
    [(500, FailureKind.SERVER), (503, FailureKind.SERVER), (429, FailureKind.BUSY), (408, FailureKind.SLOW)],
)
def test_what_passes_is_trouble(status, kind):
    outcome = read(status, b"<html>later</html>")
    assert isinstance(outcome, Failed)
    assert (outcome.kind, outcome.retry_after) == (kind, None)


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("7", 7.0),
        (" 120 ", 120.0),
        ("Tue, 14 Jul 2026 03:34:20 GMT", 60.0),
        ("Tue, 14 Jul 2026 03:34:20 -0000", 60.0),
        ("Mon, 13 Jul 2020 03:34:20 GMT", 0.0),
        ("Fri, 31 Dec 99999999999 23:59:59 GMT", None),
        ("-7", None),
        ("soon", None),
        ("٧", None),
        ("", None),
    ],
)
def test_retry_after_is_seconds_or_a_date(value, seconds):
    outcome = read(429, b"", {"Retry-After": value})
    assert isinstance(outcome, Failed)
    assert outcome.retry_after == seconds


def test_a_redirect_is_reported_without_what_may_be_secret():
    outcome = read(302, b"", {"Location": "https://user:pw@elsewhere.example/a?token=s#f"})
    assert isinstance(outcome, Failed)
    assert outcome.kind is FailureKind.REDIRECT
    assert outcome.reason == "the server redirects to https://elsewhere.example/a; not followed"


@pytest.mark.parametrize("body", [b"", b"<html>", b"\xff\xfe", b"[" * 100_000, b"[1]", b"1", b"{}", b"null"])
def test_a_200_that_is_not_of_the_api_is_trouble(body):
    outcome = read(200, body)
    assert isinstance(outcome, Failed)
    assert outcome.kind is FailureKind.ANSWER


def test_an_answer_to_test1_is_never_an_acceptance():
    assert read(200, {"response": 1, "ids": {}}, test="test1") == Checked("test1")


def test_the_answer_to_test2_is_returned():
    body = b'{"test": "test2", "numbers": []}'
    outcome = read(200, body, test="test2")
    assert outcome == Checked("test2", body.decode())
    assert echoes(b'{"numbers":[],"test":"test2"}', outcome.echo)
    assert not echoes(b'{"numbers":[1],"test":"test2"}', outcome.echo)
    assert not echoes(b"{}", "no JSON")


def test_a_refused_test_is_a_refusal():
    assert read(200, {"response": "no"}, test="test2") == Refusal(200, "no", RefusalKind.TEXT)


def test_foreign_texts_become_one_short_line():
    assert shorten("a\r\nb\x1b[31m\tc") == "a b [31m c"
    assert len(shorten("x" * 10_000)) == REASON_LIMIT


@given(
    status=st.integers(200, 599),
    body=st.binary(max_size=200) | st.from_regex(rb'\{"response": ?("1"|1|"[A-Z_]*")\}', fullmatch=True),
    headers=st.dictionaries(st.sampled_from(["Location", "Retry-After"]), st.text(max_size=40)),
    test=st.sampled_from([None, "test1", "test2"]),
)
def test_every_answer_has_an_outcome_and_only_a_one_is_accepted(status, body, headers, test):
    outcome = read_answer(status, headers, body, wall=WALL, test=test)
    if isinstance(outcome, Accepted):
        assert status == 200
        assert test is None
        assert json.loads(body)["response"] in {1, "1"}
    elif isinstance(outcome, Refusal | Failed):
        assert outcome.reason
        assert outcome.reason.isprintable()
