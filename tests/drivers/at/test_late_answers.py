"""Nothing is an answer while an older one may still come, and no final result is waited for for ever."""

import pytest

from drivers.at.commands import CPIN, CREG, CSQ, Command
from drivers.at.late_answers import ABANDONED_KEPT, PendingResults
from drivers.at.question import Question


@pytest.fixture
def pending():
    return PendingResults()


def with_final_result(command):
    question = Question(command)
    question.has_final_result = True
    return question


def test_a_question_without_its_final_result_leaves_one_pending(pending):
    pending.abandon(Question(CREG))
    pending.begin_round()
    assert not pending.settle_one()
    assert pending.settle_one()


def test_a_question_with_its_final_result_leaves_none_pending(pending):
    pending.abandon(with_final_result(CREG))
    pending.begin_round()
    assert pending.settle_one()


def test_a_command_that_was_not_ours_leaves_one_pending_too(pending):
    pending.expect_one()
    pending.begin_round()
    assert not pending.settle_one()
    assert pending.settle_one()


def test_two_rounds_with_a_final_result_and_silence_write_off_the_rest(pending):
    for _ in range(5):
        pending.expect_one()
    for written_off in (False, True):
        pending.begin_round()
        assert not pending.settle_one()
        assert pending.end_round() is written_off


def test_a_round_without_a_final_result_proves_nothing(pending):
    pending.expect_one()
    for _ in range(5):
        pending.begin_round()
        assert not pending.end_round()


def test_silence_counts_once_for_a_final_result(pending):
    for _ in range(5):
        pending.expect_one()
    pending.begin_round()
    assert not pending.settle_one()
    assert [pending.end_round() for _ in range(3)] == [False, False, False]


def test_clearing_starts_over(pending):
    pending.abandon(Question(CREG))
    pending.begin_round()
    pending.settle_one()
    assert not pending.end_round()
    pending.clear()
    assert not pending.is_payload("+CREG: 2,1")
    pending.begin_round()
    assert pending.settle_one()
    assert not pending.end_round()


def test_late_payload_is_recognised_by_its_prefix(pending):
    pending.abandon(Question(CREG))
    assert pending.is_payload("+CREG: 2,1")
    assert not pending.is_payload("+CPIN: READY")


def test_echoes_and_free_text_are_a_remainder(pending):
    pending.abandon(Question(CPIN))
    assert pending.is_remainder("ATQ0")
    assert pending.is_remainder("AT+CPIN?")
    assert not pending.is_remainder("353270040000018")
    pending.abandon(Question(Command(text="AT+CGSN", free_text=True)))
    assert pending.is_remainder("353270040000018")


def test_only_the_newest_questions_are_kept(pending):
    pending.abandon(Question(CREG))
    for _ in range(ABANDONED_KEPT):
        pending.abandon(Question(CSQ))
    assert not pending.is_payload("+CREG: 2,1")
