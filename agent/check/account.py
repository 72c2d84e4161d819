"""What Onlinesim knows of each live number: `check --account`. It only reads."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Collection, Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Final, Protocol

from agent.check.finding import Finding, good, problem, some, warning
from agent.formats.plurals import counted
from agent.onlinesim.advice import advice_for
from agent.onlinesim.number_answer import NumberAnswer, NumberStatus
from agent.onlinesim.outcome import Failed, FailureKind, Refusal, RefusalKind

WHAT: Final = "account"
GAP_S: Final = 1.0
"""From one question to the next, at least."""
_ABOUT_ACCOUNT: Final = (
    RefusalKind.WRONG_KEY,
    RefusalKind.NO_KEY,
    RefusalKind.BLOCKED,
    RefusalKind.API_DISABLED,
    RefusalKind.IP,
    RefusalKind.NOT_FOUND,
)
"""Refusals of one number that would meet all others too."""


class Ask(Protocol):
    """Asks Onlinesim about one number."""

    def __call__(self, number: str, /) -> Awaitable[NumberAnswer | Refusal | Failed]:
        """Return the answer. Never raises for what network or server do."""
        ...


async def check_account(
    ask: Ask,
    numbers: Sequence[str],
    reported: Collection[str],
    progress: Callable[[int, int], None],
    *,
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
) -> list[Finding]:
    """Ask about each number once. `reported`: those that Onlinesim must know from a running agent."""
    if not numbers:
        return [
            warning(WHAT, "no number is live, so Onlinesim was asked about none", "see the other findings")
        ]
    answers: dict[str, NumberAnswer] = {}
    for done, number in enumerate(numbers):
        progress(done, len(numbers))
        await sleep(GAP_S)
        answer = await ask(number)
        if isinstance(answer, Refusal | Failed):
            if _is_about_all(answer):
                text = f"Onlinesim was asked about {number}: {answer}"
                return [*findings_of(answers, reported), problem(WHAT, text, advice_for(answer.kind))]
            answer = NumberAnswer(status=NumberStatus.UNKNOWN, detail=str(answer))
        answers[number] = answer
    progress(len(numbers), len(numbers))
    return findings_of(answers, reported)


def findings_of(answers: Mapping[str, NumberAnswer], reported: Collection[str]) -> list[Finding]:
    """Return what the answers mean, the worst last."""
    return [*_summed_up(answers), *_objections(answers), *_missing(answers, reported)]


def _is_about_all(answer: Refusal | Failed) -> bool:
    if isinstance(answer, Refusal):
        return answer.kind in _ABOUT_ACCOUNT
    return answer.kind is not FailureKind.ANSWER


def _numbers(answers: Mapping[str, NumberAnswer], status: NumberStatus) -> list[str]:
    return [number for number, answer in answers.items() if answer.status is status]


def _summed_up(answers: Mapping[str, NumberAnswer]) -> Iterator[Finding]:
    good_ones = [
        f"{counted(len(found), 'number')} {status}"
        for status in (NumberStatus.WORKING, NumberStatus.QUEUED)
        if (found := _numbers(answers, status))
    ]
    if good_ones:
        yield good(WHAT, ", ".join(good_ones))
    earned = [answer.income for answer in answers.values() if answer.income is not None]
    if earned:
        yield good(
            WHAT, f"{counted(len(earned), 'number')} earned {sum(earned, Decimal(0)):.2f} roubles so far"
        )


def _objections(answers: Mapping[str, NumberAnswer]) -> Iterator[Finding]:
    unknown = _numbers(answers, NumberStatus.UNKNOWN)
    if unknown:
        text = f"{counted(len(unknown), 'number')} of unknown status: {some(unknown)}; {answers[unknown[0]].detail}"
        yield warning(WHAT, text, "show this to partner support")
    banned = [number for number, answer in answers.items() if answer.banned]
    if banned:
        text = f"{counted(len(banned), 'number')} banned after three operations without a message: {some(banned)}"
        fix = "check that your SMS software forwards messages; Onlinesim lifts such bans every 24 hours"
        yield warning(WHAT, text, fix)
    spent = _numbers(answers, NumberStatus.SPENT)
    if spent:
        text = f"{counted(len(spent), 'number')} rented before, earning no more: {some(spent)}"
        yield problem(WHAT, text, "replace these SIMs")


def _missing(answers: Mapping[str, NumberAnswer], reported: Collection[str]) -> Iterator[Finding]:
    missing = _numbers(answers, NumberStatus.NOT_ON_ACCOUNT)
    ours = [number for number in missing if number in reported]
    if ours:
        text = f"{counted(len(ours), 'reported number')} not on this account: {some(ours)}"
        fix = "look for another program that sends its own list with the same key: the last list wins"
        yield problem(WHAT, text, fix)
    new = [number for number in missing if number not in reported]
    if new:
        text = f"{counted(len(new), 'number')} not on this account yet: {some(new)}"
        yield warning(WHAT, text, "`simbank-agent run` reports them; ask again a few minutes later")
