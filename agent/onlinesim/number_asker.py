"""The loop around `NumberRound`: asks Onlinesim about one live number at a time, whenever no report is near."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Final, Protocol

from agent.language import current_language
from agent.onlinesim import failure_texts as texts
from agent.onlinesim.number_answer import NumberAnswer, NumberStatus
from agent.onlinesim.number_round import NumberRound, Result, RoundPolicy
from agent.onlinesim.outcome import Failed, FailureKind, Refusal

_log = logging.getLogger(__name__)

ROOM_S: Final = 2.0
"""A question begins only where no report is expected for so long."""
NAP_S: Final = 5.0
"""The longest sleep: the loop's timers stop while the machine is suspended, `clock` does not."""
BUSY_NAP_S: Final = 1.0
"""The sleep while reports have the way."""


class NumberSource(Protocol):
    """Asks Onlinesim about one number."""

    async def check_number(self, number: str) -> NumberAnswer | Refusal | Failed:
        """Return what it says. Never raises for what network or server do."""
        ...


@dataclass(frozen=True, slots=True)
class TimedAnswer:
    """The answer about one number, and when it came, in seconds on the agent's clock."""

    answer: NumberAnswer
    at: float


class NumberAsker:
    """Asks about the live numbers, and keeps the answer about each until it leaves.

    `clock` is CLOCK_BOOTTIME in seconds; `chance` is as `random.random`; `idle_for` returns for how many seconds no
    report is expected, `may_ask` whether nobody else asks with this account; `on_change` is called with each answer,
    `on_missing` with each one that a reported number is not on the account.
    """

    def __init__(
        self,
        source: NumberSource,
        policy: RoundPolicy,
        clock: Callable[[], float],
        chance: Callable[[], float],
        *,
        idle_for: Callable[[], float],
        may_ask: Callable[[], bool] = lambda: True,
        on_change: Callable[[], None] | None = None,
        on_missing: Callable[[], None] | None = None,
        wait: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._source = source
        self._clock = clock
        self._idle_for = idle_for
        self._may_ask = may_ask
        self._on_change = on_change
        self._on_missing = on_missing
        self._wait = wait
        self._round = NumberRound(policy, chance)
        self._answers: dict[str, TimedAnswer] = {}
        self._question: asyncio.Future[NumberAnswer | Refusal | Failed] | None = None
        self._live: frozenset[str] = frozenset()
        self._alarmed = False
        self._trouble = ""

    @property
    def answers(self) -> Mapping[str, TimedAnswer]:
        """The newest answer about each live number, by number."""
        return self._answers

    def live(self, numbers: Iterable[str]) -> None:
        """Set which numbers are live: answers about the others are forgotten."""
        live = frozenset(numbers)
        if live == self._live:
            return
        self._live = live
        self._round.live(sorted(live))
        self._answers = {number: answer for number, answer in self._answers.items() if number in live}
        self._note_alarm()

    def accepted(self, numbers: Iterable[str]) -> None:
        """Take note that Onlinesim has accepted a report with these numbers."""
        self._round.accepted(numbers, self._clock())

    def not_taken(self, numbers: Iterable[str]) -> None:
        """Take note that Onlinesim did not take these numbers of an accepted list: what it says of them is no news."""
        refused = set(numbers)
        self._round.not_taken(refused)
        self._answers = {number: one for number, one in self._answers.items() if number not in refused}
        self._note_alarm()

    def reconfigure(self, source: NumberSource, policy: RoundPolicy, *, same_account: bool) -> None:
        """Use another source and policy from now on; answers about another account are forgotten."""
        self.make_way()
        self._source = source
        forget = policy.every is None or not same_account
        self._round.reconfigure(policy, forget=forget)
        self._trouble = ""
        if forget:
            self._answers = {}
            self._note_alarm()

    def make_way(self) -> None:
        """Break off the question under way: a report goes first."""
        if self._question is not None:
            self._question.cancel()

    async def run(self) -> None:
        """Ask until cancelled."""
        while True:
            await self._turn()

    async def _turn(self) -> None:
        now, due = self._clock(), self._round.due()
        if due is None or due > now:
            await self._wait(NAP_S if due is None else min(NAP_S, due - now))
        elif self._idle_for() < ROOM_S or not self._may_ask():
            await self._wait(BUSY_NAP_S)
        else:
            number = self._round.take(now)
            if number is not None:
                await self._ask(number)

    async def _ask(self, number: str) -> None:
        source = self._source
        question = self._question = asyncio.ensure_future(source.check_number(number))
        try:
            await asyncio.wait([question])
        finally:
            self._question = None
            question.cancel()  # where the loop itself was cancelled
        if question.cancelled() or source is not self._source:
            self._round.finished(Result.STOPPED, self._clock())
            return
        error = question.exception()
        if error is not None:
            _log.error("asking about a number failed", exc_info=error)
            self._take(
                number, Failed(texts.AGENT_FAILED.format(error=type(error).__name__), FailureKind.ANSWER)
            )
        else:
            self._take(number, question.result())

    def _take(self, number: str, answer: NumberAnswer | Refusal | Failed) -> None:
        now = self._clock()
        result, retry_after = Result.ANSWERED, None
        if isinstance(answer, Refusal | Failed):
            about_it = isinstance(answer, Refusal) or answer.kind is FailureKind.ANSWER
            result = Result.REFUSED if about_it else Result.FAILED
            retry_after = answer.retry_after if isinstance(answer, Failed) else None
        missing = isinstance(answer, NumberAnswer) and answer.status is NumberStatus.NOT_ON_ACCOUNT
        self._round.finished(result, now, retry_after=retry_after, soon=missing)
        self._note_trouble(answer)
        if result is not Result.FAILED and number in self._live:
            kept = answer if isinstance(answer, NumberAnswer) else _unknown(answer)
            self._answers[number] = TimedAnswer(kept, now)
            self._note_alarm()
            if missing and self._on_missing is not None:
                self._on_missing()
        if self._on_change is not None:
            self._on_change()

    def _note_trouble(self, answer: NumberAnswer | Refusal | Failed) -> None:
        trouble = "" if isinstance(answer, NumberAnswer) else str(answer)
        if not isinstance(answer, NumberAnswer) and trouble != self._trouble:
            _log.warning("Onlinesim was asked about a number: %s", answer.localized(current_language()))
        self._trouble = trouble

    def _note_alarm(self) -> None:
        missing = missing_numbers(self._answers)
        if missing and not self._alarmed:
            _log.error(
                "%s was reported, and Onlinesim says that it is not on this account:"
                " another program with the same key may have replaced the list",
                missing[0],
            )
        elif self._alarmed and not missing:
            _log.info("no reported number is missing on the account at Onlinesim any more")
        self._alarmed = bool(missing)


def missing_numbers(answers: Mapping[str, TimedAnswer]) -> list[str]:
    """Return the numbers of which Onlinesim says that they are not on this account."""
    return [number for number, one in answers.items() if one.answer.status is NumberStatus.NOT_ON_ACCOUNT]


def _unknown(answer: Refusal | Failed) -> NumberAnswer:
    return NumberAnswer(status=NumberStatus.UNKNOWN, detail=str(answer))
