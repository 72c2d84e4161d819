"""A SIM's own number, as far as the card or the network tells it.

Responsible for asking once for each SIM, and a few times more while the phone book may still be loading.
Must not know whose word about a number counts, nor countries.
"""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable
from typing import Final

from drivers.at import commands
from drivers.at.replies import errors
from drivers.at.replies.card_files import msisdn, parse_crsm, record_length
from drivers.at.replies.number import parse_cnum_all
from drivers.at.replies.ussd import find_number, parse_cusd
from drivers.errors import NoAnswer, Nonsense, Refused
from drivers.module.questions import Questions, first_read
from drivers.observation import SaidNumber, SimState
from drivers.vendors import Dialect

_SECOND_TRY: Final = 3.0
_THIRD_TRY: Final = 10.0
_BELIEVED_AFTER: Final = 60.0
"""Seconds with a SIM after which the phone book is taken as its own: the slowest has loaded.

Source: docs/at-field-guide.md §1.3.
"""
_ASKED_AGAIN_AFTER: Final = 10.0


class OwnNumber:
    """What is known of the number of the SIM that is in the module now."""

    def __init__(self) -> None:
        self.numbers: tuple[SaidNumber, ...] | None = None
        """None until this very SIM was asked; empty where it knows none."""
        self._iccid: str | None = None
        self._imsi: str | None = None
        self._due: list[float] = []
        self._met_at = 0.0
        self._of_the_sim_before: frozenset[str] = frozenset()
        """What was told for the SIM that was in the module before, without a restart in between."""

    def meet(self, iccid: str | None, imsi: str | None, now: float, phone_book: float) -> None:
        """This SIM is in the module; what is not known (None) proves no change.

        `phone_book` as in Dialect.
        """
        if self._differs(iccid, imsi):
            if self.numbers:
                self._of_the_sim_before = frozenset(number.text for number in self.numbers)
            self.numbers = None
            self._met_at = now
            self._due = [now, now + _SECOND_TRY, now + _THIRD_TRY, now + max(phone_book, _THIRD_TRY)]
            self._iccid, self._imsi = iccid, imsi
        self._iccid, self._imsi = iccid or self._iccid, imsi or self._imsi

    def readable(self, now: float) -> None:
        """The phone book is loaded: worth a try."""
        self._due.insert(0, now)
        del self._due[4:]

    def due(self, now: float) -> bool:
        """Whether to ask now."""
        return not self.numbers and bool(self._due) and self._due[0] <= now

    async def ask(
        self, questions: Questions, now: float, is_still_there: Callable[[], Awaitable[bool]]
    ) -> None:
        """Ask the phone book, then the card's file; raises NoAnswer, LinkLost and Interrupted.

        A bank swaps SIMs without a word: what was told is this SIM's number only if the SIM is there afterwards.
        """
        # Counted before it is asked: a module that goes silent over this one question must not do so for
        # ever.
        self._due = [at for at in self._due if at > now]
        told = await _told(questions)
        if told and not await is_still_there():
            self.readable(now)
        elif told and self._may_be_stale(told, now):
            self._due = self._due or [now + _ASKED_AGAIN_AFTER]
        elif told is not None:
            self.numbers = told

    def _may_be_stale(self, told: tuple[SaidNumber, ...], now: float) -> bool:
        """Whether this is what the SIM before had: a phone book that was not loaded anew yet says that."""
        before = any(number.text in self._of_the_sim_before for number in told)
        return before and now - self._met_at < _BELIEVED_AFTER

    def _differs(self, iccid: str | None, imsi: str | None) -> bool:
        if self._iccid is None and self._imsi is None:
            return True
        return (iccid is not None and self._iccid is not None and iccid != self._iccid) or (
            imsi is not None and self._imsi is not None and imsi != self._imsi
        )


async def _told(questions: Questions) -> tuple[SaidNumber, ...] | None:
    """The numbers; empty where there are none, None where the module cannot say yet."""
    try:
        numbers = parse_cnum_all(await questions.ask(commands.CNUM))
    except Refused as refused:
        if errors.sim_state(refused.code) is SimState.BUSY:
            return None
        numbers = ()
    except Nonsense:
        numbers = ()
    return numbers or await _in_card_file(questions)


async def _in_card_file(questions: Questions) -> tuple[SaidNumber, ...]:
    """EF_MSISDN (3GPP TS 31.102 §4.2.26): first how long its records are, then the first one."""
    try:
        size = first_read(await questions.ask(commands.CRSM_MSISDN_SIZE), parse_crsm)
        length = record_length(size) if size is not None else None
        if length is None:
            return ()
        record = first_read(await questions.ask(commands.crsm_msisdn(length)), parse_crsm)
    except (Refused, Nonsense):
        return ()
    number = msisdn(record) if record is not None else None
    return (number,) if number is not None else ()


async def ask_network(
    questions: Questions, dialect: Dialect, code: str, match: re.Pattern[str]
) -> SaidNumber | None:
    """The number that the network tells when asked by USSD, where `match` finds one in its text.

    It reaches the network: only for a code that the operator configured. ValueError for any code that is
    none of asking for the own number.
    """
    query = commands.own_number_query(code, packed=dialect.packed_ussd)
    try:
        lines = await questions.ask(query, patience=query.timeout)
    except (Refused, NoAnswer, Nonsense):
        return None
    reply = first_read(lines, parse_cusd)
    return find_number(reply.text, match) if reply is not None and reply.text else None
