"""Sentences that are kept in English are told in Russian by the text that they were made from."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.language import translation
from agent.language.system_words import system_words
from agent.onlinesim import failure_texts
from agent.onlinesim.failure_texts import reason_in
from agent.store.problems import ROWS_LEFT_OUT, counted, problem_in


@pytest.mark.parametrize(
    ("sentence", "russian"),
    [
        ("no answer within 15 s", "нет ответа за 15 с"),
        (
            "no connection to 10.0.0.1:443: connection refused",
            "нет соединения с 10.0.0.1:443: в соединении отказано",
        ),
        ("the server answered 503: busy", "сервер ответил 503: busy"),
        ("the server redirects; not followed", "сервер перенаправляет запрос, агент за ним не следует"),
        ("ACCOUNT_BLOCKED", "ACCOUNT_BLOCKED"),
        ("refused with 403: ACCOUNT_BLOCKED", "отказ 403: ACCOUNT_BLOCKED"),
        ("", ""),
    ],
)
def test_a_reason_is_told_with_what_others_said(sentence, russian):
    assert reason_in(sentence, "ru") == russian
    assert reason_in(sentence, "en") == sentence


def test_forms_of_numbers_are_those_of_the_language_and_several_sentences_are_each_told():
    kept = [counted(ROWS_LEFT_OUT, n, table="sim", what="wrong checksum") for n in (1, 2, 5)]
    assert problem_in("; ".join(kept), "ru") == (
        "sim: пропущена 1 строка (неверная контрольная сумма); sim: пропущено 2 строки (неверная контрольная сумма);"
        " sim: пропущено 5 строк (неверная контрольная сумма)"
    )


def test_the_system_is_understood_with_its_capital():
    assert system_words(PermissionError(13, "Permission denied"), "ru") == "нет прав доступа"
    assert reason_in("the connection was cut: Connection reset by peer", "ru") == (
        "соединение оборвалось: другая сторона разорвала соединение"
    )


@given(
    st.text(max_size=60), st.sampled_from(["no answer within {} s", "the server answered {}", "{}: {}", "{}"])
)
def test_no_text_of_others_can_break_it(text, frame):
    sentence = frame.replace("{}", text)
    assert isinstance(reason_in(sentence, "ru"), str)
    assert reason_in(sentence, "en") == sentence


@given(why=st.text(st.characters(exclude_categories=["C"]), min_size=1, max_size=30))
def test_what_others_said_stays_as_it_is(why):
    if translation("ru").gettext(why.lower()) == why.lower() and ";" not in why and ":" not in why:
        said = reason_in(failure_texts.NO_CONNECTION.format(why=why), "ru")
        assert said == f"нет соединения: {reason_in(why, 'ru')}"
