"""What a look is complete without: the number, why there is no registration, signal and operator, in this order."""

from __future__ import annotations

import contextlib
from collections.abc import Awaitable, Callable
from dataclasses import replace
from functools import partial

from drivers.at import commands
from drivers.at.replies.operator import parse_operator
from drivers.at.replies.signal import parse_signal
from drivers.errors import NoAnswer, Refused
from drivers.module.profile import Profile
from drivers.module.questions import Questions, first_read
from drivers.module.registration import PACKET_ONLY
from drivers.module.sim import ask_radio
from drivers.observation import Observation
from drivers.vendors import Dialect


class SpareQuestions:
    """The last part of one poll; thrown away after it."""

    def __init__(
        self, questions: Questions, dialect: Dialect, profile: Profile, seen: Observation, *, may_chain: bool
    ) -> None:
        """`seen` is what the poll has found so far; `may_chain` as `Poll` has it."""
        self._questions = questions
        self._dialect = dialect
        self._profile = profile
        self._seen = seen
        self._may_chain = may_chain

    async def ask(self, is_still_there: Callable[[], Awaitable[bool]]) -> Observation:
        """Ask, and return the observation with what was found; silence to one ends only this, since it costs time.

        `is_still_there`: whether the SIM of this poll is in the module now. Raises LinkLost and Interrupted.
        """
        registration, profile = self._seen.registration, self._profile
        if registration is not profile.registration:
            profile.operator_interval.make_due()
            profile.radio_interval.make_due()
            profile.registration = registration
        number = partial(self._ask_number, is_still_there)
        asks = (self._ask_ahead, number, self._ask_radio, self._ask_signal, self._ask_operator)
        with contextlib.suppress(NoAnswer):
            for ask in asks:
                await ask()
        return self._seen

    async def _ask_ahead(self) -> None:
        """What the questions below will ask, in one line where the dialect chains."""
        if not (self._may_chain and self._dialect.chains):
            return
        signal = self._questions.kept_variant(self._dialect.signal) or self._dialect.signal[0]
        due = (signal, *((commands.COPS,) if self._operator_due else ()))
        answered = (one for one in due if not self._questions.was_silent(one))
        number = self._profile.number.questions_ahead(self._questions, self._seen.at)
        await self._questions.ask_ahead(*answered, *number)

    async def _ask_radio(self) -> None:
        """Why there is no registration, where the radio is the reason."""
        registration = self._seen.registration
        if registration is not None and not registration.receives and PACKET_ONLY not in self._seen.detail:
            radio = await ask_radio(self._questions, self._profile)
            self._seen = replace(self._seen, detail=radio or self._seen.detail)

    async def _ask_signal(self) -> None:
        if all(map(self._questions.rests, self._dialect.signal)):
            return
        signal = await self._questions.read_any(self._dialect.signal, _signal)
        self._seen = replace(self._seen, signal_dbm=signal[0] if signal is not None else None)

    async def _ask_operator(self) -> None:
        """The network's name, in every sixth poll and when the registration changed."""
        profile = self._profile
        if not self._receives:
            return
        if self._operator_due and not self._questions.rests(commands.COPS):
            profile.operator = None
            profile.operator_interval.asked()
            with contextlib.suppress(Refused):
                profile.operator = first_read(await self._questions.ask_spare(commands.COPS), parse_operator)
        else:
            profile.operator_interval.skipped()
        self._seen = replace(self._seen, operator=profile.operator)

    @property
    def _receives(self) -> bool:
        return self._seen.registration is not None and self._seen.registration.receives

    @property
    def _operator_due(self) -> bool:
        return self._receives and self._profile.operator_interval.due

    async def _ask_number(self, is_still_there: Callable[[], Awaitable[bool]]) -> None:
        number = self._profile.number
        try:
            if number.due(self._seen.at):
                await number.ask(self._questions, self._seen.at, is_still_there)
        finally:
            unanswered = "" if number.numbers else number.unanswered
            detail = self._seen.detail or unanswered
            self._seen = replace(self._seen, numbers=number.numbers, detail=detail)


def _signal(line: str) -> tuple[int | None] | None:
    """In a tuple, since "not known" is an answer too."""
    return (parse_signal(line),) if line.lstrip().upper().startswith("+CSQ") else None
