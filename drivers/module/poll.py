"""One poll of a module: SIM state, ICCID, IMSI and registration in this order, then what a look can do without."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Final

from drivers.at import commands
from drivers.at.commands import Command
from drivers.at.replies import errors
from drivers.at.replies.card_files import file_iccid, parse_crsm
from drivers.at.replies.iccid import parse_iccid
from drivers.at.replies.imsi import parse_imsi, told_digits
from drivers.at.replies.sim import parse_sim_state
from drivers.errors import NoAnswer, Refused, Silence
from drivers.module.profile import Profile
from drivers.module.questions import Questions, first_read
from drivers.module.registration import ask_registration, read_domain
from drivers.module.sim import ask_radio, ask_sim_state
from drivers.module.spare_questions import SpareQuestions
from drivers.observation import Observation, Registration, SimState
from drivers.vendors import Dialect

_OF_THE_CARD: Final = frozenset({SimState.ABSENT, SimState.NOT_READY, SimState.BUSY})
"""What a refused question for the ICCID can prove; any other refusal is about the command."""

_UNREADABLE_AFTER: Final = 3
"""Looks in a row in which the module answered all and the card's ICCID or IMSI was not among it."""


class Poll:
    """One poll; thrown away after it."""

    def __init__(
        self,
        questions: Questions,
        dialect: Dialect,
        profile: Profile,
        blank: Observation,
        *,
        publish: Callable[[Observation], None],
        may_chain: bool = True,
    ) -> None:
        """`blank` holds the module and the time, nothing else.

        `publish` gets the observation so far when the SIM is not ready, when the ICCID is known and when the IMSI is:
        it may have to be acted upon before anything else is asked. Without `may_chain` every question is a command
        line of its own, so that whoever shares the port waits for one only.
        """
        self._blank = blank
        self._seen = blank
        self._chained: dict[Command, Registration | None] = {}
        """Registrations that the chain answered."""
        self._chain_incomplete = False
        self._questions = questions
        self._dialect = dialect
        self._profile = profile
        self._publish = publish
        self._may_chain = may_chain

    async def run(self) -> Observation:
        """Ask, and return what was found; silence ends it early. Raises LinkLost and Interrupted."""
        try:
            if not await self._ask_chained():
                await self._ask_one_by_one()
        except NoAnswer as silence:
            self._seen = replace(self._seen, detail=str(silence))
        return self._with_lost_settings()

    def _with_lost_settings(self) -> Observation:
        """Say once that our settings are gone: the number is asked again, since the phone book is loaded anew."""
        if self._profile.settings_lost:
            self._profile.settings_lost = False
            self._profile.number.restarted(self._seen.at)
            self._seen = replace(self._seen, settings_lost=True, numbers=None)
        return self._seen

    # one question after the other

    async def _ask_one_by_one(self) -> None:
        chaining = self._profile.chaining
        chaining.each_answered = False
        self._seen = await ask_sim_state(self._questions, self._dialect, self._profile, self._seen)
        if self._seen.sim is SimState.READY:
            await self._ask_which_sim()
        if self._seen.sim is not SimState.READY:
            await self._without_sim()
            return
        await self._ask_registration()
        whole = self._seen.complete and self._seen.sim is SimState.READY
        if self._chain_incomplete and whole:
            chaining.failed()
        chaining.each_answered = whole
        await self._ask_the_rest()

    async def _ask_which_sim(self) -> None:
        """ICCID and IMSI; a refusal of either may show that the SIM is not in the state that +CPIN? gave."""
        try:
            iccid = await self._questions.read_any(self._dialect.iccid, _iccid, is_final=_of_the_card)
            self._seen = replace(self._seen, iccid=iccid)
            self._sim_seen()
            if self._seen.imsi is None:
                await self._ask_imsi()
        except Refused as refused:
            state = errors.sim_state(refused.code) or SimState.ERROR
            self._seen = replace(self._seen, sim=state, detail=refused.text)
        if self._seen.sim is SimState.READY:
            self._sim_seen()
            self._judge_identity()

    async def _ask_imsi(self) -> None:
        try:
            answer = await self._questions.ask(self._dialect.imsi)
        except Silence as silence:
            if not silence.ok_alone:
                raise
            answer = ()  # nothing that reads like an IMSI, but an answer
        imsi = first_read(answer, parse_imsi)
        told = first_read(answer, told_digits) if imsi is None else None
        detail = f"{self._dialect.imsi.text} says {told}, which is not an IMSI" if told else self._seen.detail
        self._seen = replace(self._seen, imsi=imsi, detail=detail)

    def _judge_identity(self) -> None:
        """Say what is missing of the card's identity, and that the card cannot be read if it stays missing.

        Once may be noise; what is answered again and again without it is no silence.
        """
        known = (("ICCID", self._seen.iccid), ("IMSI", self._seen.imsi))
        missing = " and ".join(name for name, value in known if value is None)
        self._profile.unreadable = self._profile.unreadable + 1 if missing else 0
        if missing:
            detail = self._seen.detail or f"the module does not report the SIM's {missing}"
            sim = SimState.ERROR if self._profile.unreadable >= _UNREADABLE_AFTER else self._seen.sim
            self._seen = replace(self._seen, sim=sim, detail=detail)

    def _sim_seen(self) -> None:
        """Take over the number if it is still the same SIM, and publish."""
        seen, number = self._seen, self._profile.number
        if seen.iccid is None and seen.imsi is None:
            return
        number.sim_seen(seen.iccid, seen.imsi, seen.at, self._dialect.phone_book)
        self._seen = replace(seen, numbers=number.numbers)
        self._publish(self._seen)

    async def _without_sim(self) -> None:
        """Drop what the card said; the ICCID of a locked one and a radio that is off are worth reporting."""
        seen = self._seen
        locked = seen.sim in {SimState.PIN, SimState.PUK, SimState.LOCKED}
        self._seen = replace(seen, imsi=None, numbers=None, iccid=seen.iccid if locked else None)
        self._publish(self._seen)
        if seen.sim is SimState.ABSENT:
            self._profile.number.sim_gone()
        if seen.sim in {SimState.ABSENT, SimState.NOT_READY, SimState.ERROR}:
            radio = await ask_radio(self._questions, self._profile)
            self._seen = replace(self._seen, detail=radio or seen.detail)
        elif locked and self._seen.iccid is None:
            iccid = await self._questions.read_any(self._dialect.iccid, _iccid)
            self._seen = replace(self._seen, iccid=iccid)

    async def _ask_registration(self) -> None:
        self._seen = await ask_registration(
            self._questions, self._dialect, self._profile, self._seen, self._chained
        )

    async def _ask_the_rest(self) -> None:
        spare = SpareQuestions(
            self._questions, self._dialect, self._profile, self._seen, may_chain=self._may_chain
        )
        self._seen = await spare.ask(self._is_still_there)

    async def _is_still_there(self) -> bool:
        """Whether the SIM of this poll is in the module now."""
        try:
            iccid = await self._questions.read_any(self._dialect.iccid, _iccid)
        except Refused:
            return False
        return iccid is not None and iccid == self._seen.iccid

    # all in one line

    async def _ask_chained(self) -> bool:
        """Whether the whole poll was answered in one line; if not, every question has to be asked by itself."""
        links, chaining = self._links(), self._profile.chaining
        if not links:
            return False
        try:
            answer = await self._questions.ask_chained(*links)
        except Refused as refused:
            return await self._chain_refused(refused)
        except Silence:
            self._chain_incomplete = True
            return False
        self._read(links, answer)
        if not self._chain_answered():
            self._start_over()
            return False
        chaining.succeeded()
        self._questions.keep_variant(self._dialect.iccid, links[1])
        self._sim_seen()
        await self._ask_registration()
        await self._ask_the_rest()
        return True

    def _chain_answered(self) -> bool:
        seen = self._seen
        known = seen.iccid is not None and seen.imsi is not None and None not in self._chained.values()
        return known and seen.sim is SimState.READY

    def _start_over(self) -> None:
        """The chain left something out; unless the SIM is the reason, that counts against chaining."""
        self._chain_incomplete = self._seen.sim is SimState.READY
        self._seen = self._blank
        self._chained.clear()

    def _links(self) -> tuple[Command, ...]:
        """The questions of the chain; none if it cannot be expected to work."""
        dialect, profile = self._dialect, self._profile
        sim = profile.sim_command(dialect)
        iccid = self._questions.kept_variant(dialect.iccid) or (dialect.iccid[0] if self._is_first else None)
        domains = [dialect.circuit, *([dialect.lte] if profile.lte_needed and dialect.lte else [])]
        domains += [commands.C5GREG] if profile.nr_needed else []
        domains = [one for one in domains if one in profile.answered or self._is_first]
        domains = [one for one in domains if not self._questions.was_silent(one)]
        if not (self._may_chain and dialect.chains and profile.chaining.worth_trying and domains):
            return ()
        if iccid is None or sim.closes is not None:
            return ()
        return (sim, iccid, dialect.imsi, *domains)

    @property
    def _is_first(self) -> bool:
        """Whether nothing is known yet of how this module answers; then the usual is hoped for."""
        return not self._profile.answered and self._questions.kept_variant(self._dialect.iccid) is None

    def _read(self, links: tuple[Command, ...], answer: tuple[str, ...]) -> None:
        """Read all facts; each reader recognises its own lines, so that the order does not matter."""
        domains = (
            link for link in (self._dialect.circuit, self._dialect.lte, commands.C5GREG) if link in links
        )
        self._chained = {domain: read_domain(domain, answer, self._profile) for domain in domains}
        self._seen = replace(
            self._seen,
            sim=first_read(reversed(answer), parse_sim_state),
            iccid=first_read(answer, _iccid),
            imsi=first_read(answer, parse_imsi),
        )

    async def _chain_refused(self, refused: Refused) -> bool:
        """Whether the refusal is the SIM's state, which the first link asks for: then nothing came before it."""
        state = errors.sim_state(refused.code)
        if refused.lines or state in {None, SimState.READY, SimState.ERROR}:
            self._chain_incomplete = True
            return False
        self._profile.chaining.each_answered = False
        self._seen = replace(self._seen, sim=state, detail=refused.text)
        await self._without_sim()
        return True


def _iccid(line: str) -> str | None:
    """From a vendor's own line, or from the card's file."""
    reply = parse_crsm(line)
    return parse_iccid(line) if reply is None else file_iccid(reply)


def _of_the_card(refused: Refused) -> bool:
    return errors.sim_state(refused.code) in _OF_THE_CARD
