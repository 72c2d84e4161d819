"""`check --account`: what its findings say, and when it stops asking."""

from __future__ import annotations

from decimal import Decimal

import pytest

from agent.check.account import check_account
from agent.check.finding import Level
from agent.onlinesim.number_answer import NumberAnswer, NumberStatus
from agent.onlinesim.outcome import Failed, FailureKind, Refusal, RefusalKind

A, B, C = "+46701", "+46702", "+46703"


def answer(status, **more):
    return NumberAnswer(status=NumberStatus(status), **more)


class Asked:
    """A server that answers as given, in order; notes pauses and progress."""

    def __init__(self, *answers):
        self.answers = list(answers)
        self.asked, self.pauses, self.steps = [], [], []

    async def ask(self, number):
        """One answer."""
        self.asked.append(number)
        return self.answers.pop(0)

    async def sleep(self, seconds):
        """Note it."""
        self.pauses.append(seconds)

    async def findings(self, *numbers, reported=()):
        """Level and text of each finding."""
        return [(found.level, found.text) for found in await self.full(*numbers, reported=reported)]

    async def full(self, *numbers, reported=()):
        """All findings."""
        return await check_account(
            self.ask,
            numbers,
            reported,
            lambda done, total: self.steps.append((done, total)),
            sleep=self.sleep,
        )


async def test_working_numbers_and_their_income_are_summed_up():
    server = Asked(
        answer("working", income=Decimal("1.5")), answer("working"), answer("queued", income=Decimal(2))
    )

    assert await server.findings(A, B, C) == [
        (Level.OK, "2 numbers working, 1 number queued"),
        (Level.OK, "2 numbers earned 3.50 roubles so far"),
    ]


async def test_each_number_is_asked_once_a_second_with_progress():
    server = Asked(answer("working"), answer("working"))
    await server.findings(A, B)

    assert server.asked == [A, B]
    assert server.pauses == [1.0, 1.0]
    assert server.steps == [(0, 2), (1, 2), (2, 2)]


async def test_a_reported_number_that_is_missing_is_a_problem_and_a_new_one_a_warning():
    server = Asked(answer("not_on_account"), answer("not_on_account"))

    assert await server.findings(A, B, reported={A}) == [
        (Level.PROBLEM, f"1 reported number not on this account: {A}"),
        (Level.WARNING, f"1 number not on this account yet: {B}"),
    ]


async def test_spent_and_banned_numbers_are_named_with_what_to_do():
    server = Asked(answer("spent"), answer("working", banned=True))
    found = await server.full(A, B)

    assert [(one.level, one.text) for one in found[1:]] == [
        (Level.WARNING, f"1 number banned after three operations without a message: {B}"),
        (Level.PROBLEM, f"1 number rented before, earning no more: {A}"),
    ]
    assert found[-1].fix == "replace these SIMs"


@pytest.mark.parametrize(
    "trouble",
    [
        Refusal(400, "NUMBER_FORMAT_ERROR", RefusalKind.BAD_REQUEST),
        Failed("the answer is not JSON: x", FailureKind.ANSWER),
        answer("unknown", detail="status 3 is not in the API's description"),
    ],
)
async def test_a_number_of_which_nothing_is_known_does_not_hide_the_next(trouble):
    server = Asked(trouble, answer("working"))
    found = await server.findings(A, B)

    assert found[0] == (Level.OK, "1 number working")
    assert found[1][0] is Level.WARNING
    assert found[1][1].startswith(f"1 number of unknown status: {A}; ")


@pytest.mark.parametrize(
    "trouble",
    [
        Refusal(405, "REQUEST_NOT_FOUND", RefusalKind.NOT_FOUND),
        Refusal(401, "ERROR_WRONG_KEY", RefusalKind.WRONG_KEY),
        Failed("no connection", FailureKind.NETWORK),
    ],
)
async def test_what_would_meet_every_number_ends_the_questions(trouble):
    server = Asked(answer("working"), trouble)
    found = await server.findings(A, B, C)

    assert server.asked == [A, B]
    assert found == [
        (Level.OK, "1 number working"),
        (Level.PROBLEM, f"Onlinesim was asked about {B}: {trouble}"),
    ]


async def test_without_a_live_number_nothing_is_asked():
    server = Asked()
    assert [level for level, _ in await server.findings()] == [Level.WARNING]
    assert server.asked == []
