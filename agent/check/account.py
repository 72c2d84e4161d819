"""What Onlinesim knows of each live number: `check --account`. It only reads."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Collection, Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Final, Protocol

from agent.check.finding import Finding, good, problem, some, warning
from agent.language import N_n, _, current_language, ngettext
from agent.onlinesim.advice import advice_for
from agent.onlinesim.failure_texts import reason_in
from agent.onlinesim.number_answer import NumberAnswer, NumberStatus
from agent.onlinesim.outcome import Failed, FailureKind, Refusal, RefusalKind

WHAT: Final = "account"
_GOOD: Final = {
    NumberStatus.WORKING: N_n("{n} number working", "{n} numbers working"),
    NumberStatus.QUEUED: N_n("{n} number queued", "{n} numbers queued"),
}
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
        text = _("no number is live, so Onlinesim was asked about none")
        return [warning(WHAT, text, _("see the other findings"))]
    answers: dict[str, NumberAnswer] = {}
    language = current_language()
    for done, number in enumerate(numbers):
        progress(done, len(numbers))
        await sleep(GAP_S)
        answer = await ask(number)
        if isinstance(answer, Refusal | Failed):
            if _is_about_all(answer):
                text = _("Onlinesim was asked about {number}: {answer}")
                text = text.format(number=number, answer=answer.localized(language))
                return [
                    *findings_of(answers, reported),
                    problem(WHAT, text, advice_for(answer.kind, language)),
                ]
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
        ngettext(*forms, len(found)).format(n=len(found))
        for status, forms in _GOOD.items()
        if (found := _numbers(answers, status))
    ]
    if good_ones:
        yield good(WHAT, ", ".join(good_ones))
    earned = [answer.income for answer in answers.values() if answer.income is not None]
    if earned:
        text = ngettext(
            "{n} number earned {amount} roubles so far",
            "{n} numbers earned {amount} roubles so far",
            len(earned),
        )
        yield good(WHAT, text.format(n=len(earned), amount=f"{sum(earned, Decimal(0)):.2f}"))


def _objections(answers: Mapping[str, NumberAnswer]) -> Iterator[Finding]:
    unknown = _numbers(answers, NumberStatus.UNKNOWN)
    if unknown:
        why = reason_in(answers[unknown[0]].detail, current_language())
        text = ngettext(
            "{n} number of unknown status: {numbers}; {why}",
            "{n} numbers of unknown status: {numbers}; {why}",
            len(unknown),
        ).format(n=len(unknown), numbers=some(unknown), why=why)
        yield warning(WHAT, text, _("show this to partner support"))
    banned = [number for number, answer in answers.items() if answer.banned]
    if banned:
        text = ngettext(
            "{n} number banned after three operations without a message: {numbers}",
            "{n} numbers banned after three operations without a message: {numbers}",
            len(banned),
        ).format(n=len(banned), numbers=some(banned))
        fix = _("check that your SMS software forwards messages; Onlinesim lifts such bans every 24 hours")
        yield warning(WHAT, text, fix)
    spent = _numbers(answers, NumberStatus.SPENT)
    if spent:
        text = ngettext(
            "{n} number rented before, earning no more: {numbers}",
            "{n} numbers rented before, earning no more: {numbers}",
            len(spent),
        ).format(n=len(spent), numbers=some(spent))
        yield problem(WHAT, text, _("replace these SIMs"))


def _missing(answers: Mapping[str, NumberAnswer], reported: Collection[str]) -> Iterator[Finding]:
    missing = _numbers(answers, NumberStatus.NOT_ON_ACCOUNT)
    ours = [number for number in missing if number in reported]
    if ours:
        text = ngettext(
            "{n} reported number not on this account: {numbers}",
            "{n} reported numbers not on this account: {numbers}",
            len(ours),
        ).format(n=len(ours), numbers=some(ours))
        fix = _("look for another program that sends its own list with the same key: the last list wins")
        yield problem(WHAT, text, fix)
    new = [number for number in missing if number not in reported]
    if new:
        text = ngettext(
            "{n} number not on this account yet: {numbers}",
            "{n} numbers not on this account yet: {numbers}",
            len(new),
        ).format(n=len(new), numbers=some(new))
        yield warning(WHAT, text, _("`simbank-agent run` reports them; ask again a few minutes later"))
