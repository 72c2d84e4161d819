"""A SIM's own number (MSISDN): from the phone book, the card's file, or the network by USSD."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable
from typing import Final

from drivers.at import commands
from drivers.at.replies import errors
from drivers.at.replies.card_files import msisdn, parse_crsm, record_length
from drivers.at.replies.number import parse_cnum_all
from drivers.at.replies.ussd import find_number, parse_cusd
from drivers.errors import NoAnswer, Refused
from drivers.module.questions import Questions, first_read
from drivers.observation import NumberReading, SimState
from drivers.vendors import Dialect

_SECOND_TRY: Final = 3.0
_THIRD_TRY: Final = 10.0
_BELIEVED_AFTER: Final = 60.0
"""Seconds with a SIM after which the phone book is this SIM's, whatever it contains: the slowest one has loaded
(docs/at-field-guide.md §1.3)."""
_ASKED_AGAIN_AFTER: Final = 10.0


class OwnNumber:
    """What is known of the number of the SIM that is in the module now."""

    def __init__(self) -> None:
        self.numbers: tuple[NumberReading, ...] | None = None
        """None until this very SIM was asked; empty if it has none."""
        self._iccid: str | None = None
        self._imsi: str | None = None
        self._due: list[float] = []
        self._seen_since = 0.0
        self._previous: frozenset[str] = frozenset()
        """Numbers of the SIM that was in the module before, without a restart in between."""

    def sim_seen(self, iccid: str | None, imsi: str | None, now: float, phone_book: float) -> None:
        """Start over if this is another SIM; None is not known, and proves no change. `phone_book` as in Dialect."""
        if self._differs(iccid, imsi):
            if self.numbers:
                self._previous = frozenset(number.text for number in self.numbers)
            self.numbers = None
            self._seen_since = now
            self._due = [now, now + _SECOND_TRY, now + _THIRD_TRY, now + max(phone_book, _THIRD_TRY)]
            self._iccid, self._imsi = iccid, imsi
        self._iccid, self._imsi = iccid or self._iccid, imsi or self._imsi

    def phone_book_ready(self, now: float) -> None:
        """Make another try due now."""
        self._due.insert(0, now)
        del self._due[4:]

    def due(self, now: float) -> bool:
        """Whether to ask now."""
        return not self.numbers and bool(self._due) and self._due[0] <= now

    async def ask(
        self, questions: Questions, now: float, is_still_there: Callable[[], Awaitable[bool]]
    ) -> None:
        """Ask the phone book, then the card's file. Raises NoAnswer, LinkLost and Interrupted.

        A bank swaps SIMs without a URC: what was read is this SIM's number only if the SIM is there afterwards.
        """
        # Counted before it is asked: a module that falls silent over this one question must not do so for ever.
        self._due = [at for at in self._due if at > now]
        numbers = await _read_numbers(questions)
        if numbers and not await is_still_there():
            self.phone_book_ready(now)
        elif numbers and self._may_be_stale(numbers, now):
            self._due = self._due or [now + _ASKED_AGAIN_AFTER]
        elif numbers is not None:
            self.numbers = numbers

    def _may_be_stale(self, numbers: tuple[NumberReading, ...], now: float) -> bool:
        """Whether the previous SIM had one of these: a phone book that was not reloaded yet still contains it."""
        before = any(number.text in self._previous for number in numbers)
        return before and now - self._seen_since < _BELIEVED_AFTER

    def _differs(self, iccid: str | None, imsi: str | None) -> bool:
        if self._iccid is None and self._imsi is None:
            return True
        return (iccid is not None and self._iccid is not None and iccid != self._iccid) or (
            imsi is not None and self._imsi is not None and imsi != self._imsi
        )


async def _read_numbers(questions: Questions) -> tuple[NumberReading, ...] | None:
    """The numbers; empty if there are none, None if the module cannot answer yet."""
    try:
        numbers = parse_cnum_all(await questions.ask(commands.CNUM))
    except Refused as refused:
        if errors.sim_state(refused.code) is SimState.BUSY:
            return None
        numbers = ()
    return numbers or await _in_card_file(questions)


async def _in_card_file(questions: Questions) -> tuple[NumberReading, ...]:
    """EF_MSISDN (3GPP TS 31.102 §4.2.26): first the length of its records, then the first record."""
    try:
        size = first_read(await questions.ask(commands.CRSM_MSISDN_SIZE), parse_crsm)
        length = record_length(size) if size is not None else None
        if length is None:
            return ()
        record = first_read(await questions.ask(commands.crsm_msisdn(length)), parse_crsm)
    except Refused:
        return ()
    number = msisdn(record) if record is not None else None
    return (number,) if number is not None else ()


async def ask_network(
    questions: Questions, dialect: Dialect, code: str, match: re.Pattern[str]
) -> NumberReading | None:
    """The number in the network's answer to a USSD query, as `match` finds it; None without one.

    It reaches the network: only for a code that the operator configured. Raises ValueError for a code that is not an
    own-number query, LinkLost and Interrupted.
    """
    query = commands.own_number_query(code, packed=dialect.packed_ussd)
    try:
        lines = await questions.ask(query, timeout=query.timeout)
    except (Refused, NoAnswer):
        return None
    reply = first_read(lines, parse_cusd)
    return find_number(reply.text, match) if reply is not None and reply.text else None
