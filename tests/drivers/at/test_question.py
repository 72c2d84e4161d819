from __future__ import annotations

from dataclasses import replace

import pytest

from drivers.at import commands
from drivers.at.question import Claim, Question
from drivers.at.urc import UrcMatcher

URCS = UrcMatcher()


def test_payload_is_collected_and_a_urc_is_not():
    question = Question(commands.CSQ)
    assert question.claim("+CSQ: 1,1", URCS) is Claim.TAKEN
    assert question.claim("+CREG: 1", URCS) is Claim.UNCLAIMED
    assert question.lines == ("+CSQ: 1,1",)
    assert not question.complete
    assert question.conclude()


def test_the_fallback_gives_way_to_a_better_line():
    question = Question(commands.CREG)
    assert question.claim("+CREG: 5", URCS) is Claim.FALLBACK
    assert question.lines == ("+CREG: 5",)
    assert question.claim("+CREG: 2,1", URCS) is Claim.TAKEN
    assert question.lines == ("+CREG: 2,1",)


def test_a_closing_line_completes_it_without_a_final_result():
    question = Question(replace(commands.CPIN, closes=commands.CPIN.answer))
    question.claim("+CPIN: READY", URCS)
    assert question.complete
    assert not question.has_final_result


def test_a_follower_is_waited_for_after_the_final_result():
    question = Question(commands.own_number_query("*100#"))
    assert not question.conclude()
    question.claim('+CUSD: 0,"46701740001",15', URCS)
    assert question.complete


@pytest.mark.parametrize(
    ("command", "late", "swallowed"),
    [
        (commands.CPIN, False, [True, False]),
        (commands.CNUM, False, [False]),
        (commands.CNUM, True, [True, False]),
        (commands.ECHO_OFF, True, [False]),
    ],
)
def test_which_ok_without_payload_is_ignored_as_late(command, late, swallowed):
    question = Question(command)
    assert [question.swallow_ok(late=late) for _ in swallowed] == swallowed


def test_free_text_is_words_but_not_a_urc_an_echo_or_connect():
    question = Question(commands.CGMI)
    claimed = [
        question.claim_free_text(line, URCS)
        for line in ("SIMCOM_Ltd", "RING", "ATE1", "CONNECT", "+X: 1", "\x01")
    ]
    assert claimed == [True, False, False, False, False, False]
    assert question.lines == ("SIMCOM_Ltd",)


def test_more_lines_than_any_answer_has_are_not_kept():
    question = Question(commands.CNUM)
    claims = [question.claim("+CNUM: ,,", URCS) for _ in range(70)]
    assert claims.count(Claim.TAKEN) == 64
    assert claims[-1] is Claim.OVERFLOW
