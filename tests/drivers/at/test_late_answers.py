"""Nothing is an answer while something older may still come, and no verdict is waited for for ever."""

import pytest

from drivers.at.commands import CPIN, CREG, CSQ, Command
from drivers.at.late_answers import ABANDONED_KEPT, PendingResults
from drivers.at.question import Question


@pytest.fixture
def arrears():
    return PendingResults()


def with_verdict(command):
    question = Question(command)
    question.has_final_result = True
    return question


def test_a_question_without_its_verdict_owes_one(arrears):
    arrears.abandon(Question(CREG))
    arrears.begin_round()
    assert not arrears.settle_one()
    assert arrears.settle_one()


def test_a_question_whose_verdict_came_owes_none(arrears):
    arrears.abandon(with_verdict(CREG))
    arrears.begin_round()
    assert arrears.settle_one()


def test_what_was_no_question_of_ours_owes_one_too(arrears):
    arrears.expect_one()
    arrears.begin_round()
    assert not arrears.settle_one()
    assert arrears.settle_one()


def test_two_rounds_with_a_verdict_and_silence_write_off_the_rest(arrears):
    for _ in range(5):
        arrears.expect_one()
    for written_off in (False, True):
        arrears.begin_round()
        assert not arrears.settle_one()
        assert arrears.end_round() is written_off


def test_a_round_without_a_verdict_proves_nothing(arrears):
    arrears.expect_one()
    for _ in range(5):
        arrears.begin_round()
        assert not arrears.end_round()


def test_silence_counts_once_for_a_verdict(arrears):
    for _ in range(5):
        arrears.expect_one()
    arrears.begin_round()
    assert not arrears.settle_one()
    assert [arrears.end_round() for _ in range(3)] == [False, False, False]


def test_after_a_clearance_all_begins_anew(arrears):
    arrears.abandon(Question(CREG))
    arrears.begin_round()
    arrears.settle_one()
    assert not arrears.end_round()
    arrears.clear()
    assert not arrears.is_payload("+CREG: 2,1")
    arrears.begin_round()
    assert arrears.settle_one()
    assert not arrears.end_round()


def test_late_payload_is_known_by_its_prefix(arrears):
    arrears.abandon(Question(CREG))
    assert arrears.is_payload("+CREG: 2,1")
    assert not arrears.is_payload("+CPIN: READY")


def test_echoes_and_free_text_are_a_remainder(arrears):
    arrears.abandon(Question(CPIN))
    assert arrears.is_remainder("ATQ0")
    assert arrears.is_remainder("AT+CPIN?")
    assert not arrears.is_remainder("353270040000018")
    arrears.abandon(Question(Command(text="AT+CGSN", free_text=True)))
    assert arrears.is_remainder("353270040000018")


def test_only_the_newest_questions_are_kept(arrears):
    arrears.abandon(Question(CREG))
    for _ in range(ABANDONED_KEPT):
        arrears.abandon(Question(CSQ))
    assert not arrears.is_payload("+CREG: 2,1")
