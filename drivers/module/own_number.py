"""A SIM's own number (MSISDN): from the phone book, the card's file, or the network by USSD."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable
from typing import Final

from drivers.at import commands
from drivers.at.commands import Command
from drivers.at.replies import errors
from drivers.at.replies.card_files import msisdn, parse_crsm, record_length
from drivers.at.replies.number import data_and_fax, parse_cnum_all
from drivers.at.replies.ussd import find_number, parse_cusd
from drivers.errors import NoAnswer, Refused
from drivers.module.questions import Questions, first_read
from drivers.observation import NumberReading, SimState
from drivers.vendors import Dialect

_SECOND_TRY: Final = 3.0
_THIRD_TRY: Final = 10.0
_BELIEVED_AFTER: Final = 60.0
"""Seconds after a change of IMSI under one ICCID for which the number from before is not published: the slowest phone
book takes so long to load (docs/at-field-guide.md §1.3)."""
_DOUBTED_AGAIN_AFTER: Final = (10.0, 10.0, 10.0, 20.0, 60.0)
"""Seconds between tries while the module tells what it told for the SIM before; the last for every further one."""
_KNOWN_AGAIN_AFTER: Final = 300.0
"""Seconds until a number that is known is asked again: a phone book that was loaded late tells another one then."""


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
        self._same_card = False
        """The SIM before had this ICCID, and another IMSI."""
        self._doubted = 0
        """Tries in a row at which the module told a number of the SIM before."""
        self._file_comes_first = False
        """The phone book was not answered the last time."""
        self._unanswered: dict[str, str] = {}
        """The text of the silence to each of the two sources that was not answered the last time."""

    @property
    def unanswered(self) -> str:
        """Which questions for the number were not answered, as a text; empty if none is open."""
        return "; ".join(self._unanswered.values())

    def sim_seen(self, iccid: str | None, imsi: str | None, now: float, phone_book: float) -> None:
        """Start over if this is another SIM; None is not known, and proves no change. `phone_book` as in Dialect."""
        if self._differs(iccid, imsi):
            self._keep_as_previous()
            self._same_card = iccid is not None and iccid == self._iccid
            self._seen_since = now
            self._due = [now, now + _SECOND_TRY, now + _THIRD_TRY, now + max(phone_book, _THIRD_TRY)]
            self._iccid, self._imsi = iccid, imsi
        self._iccid, self._imsi = iccid or self._iccid, imsi or self._imsi

    def sim_gone(self) -> None:
        """Start over with the next SIM, whichever it is."""
        self._keep_as_previous()
        self._iccid = self._imsi = None
        self._due = []

    def _keep_as_previous(self) -> None:
        if self.numbers:
            self._previous = frozenset(number.text for number in self.numbers)
        self.numbers = None
        self._doubted = 0

    def restarted(self, now: float) -> None:
        """Ask anew: the module restarted without a banner, and what it told before may be of an earlier SIM."""
        self.numbers, self._previous, self._doubted = None, frozenset(), 0
        self._due = [now, now + _SECOND_TRY, now + _THIRD_TRY]

    def phone_book_ready(self, now: float) -> None:
        """Make another try due now."""
        self._due.insert(0, now)
        del self._due[4:]

    def due(self, now: float) -> bool:
        """Whether to ask now."""
        return bool(self._due) and self._due[0] <= now

    def questions_ahead(self, questions: Questions, now: float) -> tuple[Command, ...]:
        """The questions with which `ask` would begin now, as far as the module may be asked them in one line."""
        first = () if self._file_comes_first else (commands.CNUM, commands.CRSM_MSISDN_SIZE)
        return tuple(one for one in first if self.due(now) and not questions.was_silent(one))

    async def ask(
        self, questions: Questions, now: float, is_still_there: Callable[[], Awaitable[bool]]
    ) -> None:
        """Ask the phone book and the card's file. Raises NoAnswer, LinkLost and Interrupted.

        A bank swaps SIMs without a URC: what was read is this SIM's number only if the SIM is there afterwards. Whose
        number it is the agent decides, which knows what the module told before (docs/design.md §5).
        """
        # Counted before it is asked: a module that falls silent over this one question must not do so for ever.
        self._due = [at for at in self._due if at > now]
        numbers = await self._read(questions, now)
        if numbers and not await is_still_there():
            self.phone_book_ready(now)
        elif numbers and any(number.text in self._previous for number in numbers):
            self._take_doubted(numbers, now)
        elif numbers:
            self.numbers, self._doubted = numbers, 0
            self._due = [now + _KNOWN_AGAIN_AFTER]
        elif numbers is not None and not self.numbers:
            self.numbers = numbers
            if self.unanswered:
                self._due = self._due or [now + _KNOWN_AGAIN_AFTER]

    def _take_doubted(self, numbers: tuple[NumberReading, ...], now: float) -> None:
        """Publish what may be the number of the SIM before, and go on asking."""
        if not (self._same_card and now - self._seen_since < _BELIEVED_AFTER):
            self.numbers = numbers
        pause = _DOUBTED_AGAIN_AFTER[min(self._doubted, len(_DOUBTED_AGAIN_AFTER) - 1)]
        self._doubted += 1
        self._due = self._due or [now + pause]

    async def _read(self, questions: Questions, now: float) -> tuple[NumberReading, ...] | None:
        """The numbers, the phone book's first; empty if there are none, None if the module cannot answer yet.

        Silence to one of the two leaves the other, and is waited for once in a look: NoAnswer.
        """
        told: tuple[NumberReading, ...] | None = ()
        not_voice: frozenset[str] = frozenset()
        if not (self._file_comes_first or questions.rests(commands.CNUM)):
            try:
                told, not_voice = await _in_phone_book(questions)
            except NoAnswer as silence:
                self._file_comes_first = True
                self._unanswered["book"] = str(silence)
                self._due.insert(0, now)
                raise
            self._unanswered.pop("book", None)
        self._file_comes_first = False
        if told is None or (told and questions.rests(commands.CRSM_MSISDN_SIZE)):
            return told
        try:
            # Although the phone book has one: it may be that of the SIM before, which the card's file is not.
            filed = await _in_card_file(questions)
        except NoAnswer as silence:
            if told:
                return told
            self._unanswered["file"] = str(silence)
            self._due = self._due or [now + _KNOWN_AGAIN_AFTER]
            raise
        self._unanswered.pop("file", None)
        told_already = not_voice | {one.text for one in told}
        return told + tuple(number for number in filed if number.text not in told_already)

    def _differs(self, iccid: str | None, imsi: str | None) -> bool:
        if self._iccid is None and self._imsi is None:
            return True
        return (iccid is not None and self._iccid is not None and iccid != self._iccid) or (
            imsi is not None and self._imsi is not None and imsi != self._imsi
        )


async def _in_phone_book(questions: Questions) -> tuple[tuple[NumberReading, ...] | None, frozenset[str]]:
    """The numbers, and those of data and fax lines; empty if there are none, None if the module cannot answer yet."""
    try:
        lines = await questions.ask_spare(commands.CNUM)
    except Refused as refused:
        return (None if errors.sim_state(refused.code) is SimState.BUSY else ()), frozenset()
    return parse_cnum_all(lines), data_and_fax(lines)


async def _in_card_file(questions: Questions) -> tuple[NumberReading, ...]:
    """EF_MSISDN (3GPP TS 31.102 §4.2.26): first the length of its records, then the first record."""
    try:
        size = first_read(await questions.ask_spare(commands.CRSM_MSISDN_SIZE), parse_crsm)
        length = record_length(size) if size is not None else None
        if length is None:
            return ()
        record = first_read(await questions.ask_spare(commands.crsm_msisdn(length)), parse_crsm)
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
