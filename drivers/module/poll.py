"""One look at a module: SIM state, ICCID, IMSI, registration, signal, operator and number, in this order.

Responsible for what a refusal or silence makes of the facts, and for putting a whole look into one line
where that works. Must not know sessions, restarts, or who is told.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from drivers.at import commands
from drivers.at.commands import Command
from drivers.at.replies import errors
from drivers.at.replies.card_files import file_iccid, parse_crsm
from drivers.at.replies.iccid import parse_iccid
from drivers.at.replies.imsi import parse_imsi
from drivers.at.replies.operator import parse_operator
from drivers.at.replies.signal import parse_signal
from drivers.at.replies.sim import parse_sim_state
from drivers.errors import NoAnswer, Nonsense, Refused
from drivers.module.own_number import OwnNumber
from drivers.module.profile import Profile
from drivers.module.questions import Questions, first_read
from drivers.module.registration import ask_registration, read_domain
from drivers.module.sim import ask_radio, ask_sim_state
from drivers.observation import Registration, SaidNumber, SimState
from drivers.vendors import Dialect

_OF_THE_CARD: Final = frozenset({SimState.ABSENT, SimState.NOT_READY, SimState.BUSY})
"""What a refused question for the ICCID can prove; any other refusal is about its wording."""


@dataclass(slots=True)
class Facts:
    """What one look has found so far; None is not known. `at`: when its first question was asked."""

    at: float
    sim: SimState | None = None
    iccid: str | None = None
    imsi: str | None = None
    registration: Registration | None = None
    numbers: tuple[SaidNumber, ...] | None = None
    signal_dbm: int | None = None
    operator: str | None = None
    detail: str = ""

    @property
    def whole(self) -> bool:
        """The SIM is ready, and everything that decides about it is known."""
        return self.sim is SimState.READY and None not in {self.iccid, self.imsi, self.registration}


class Poll:
    """One look; thrown away after it.

    `tell` is called with the facts so far where they may have to be acted upon before anything else is
    asked: when the SIM is not ready, when the ICCID is known, when the IMSI is.
    """

    def __init__(
        self,
        questions: Questions,
        dialect: Dialect,
        experience: Profile,
        *,
        now: float,
        tell: Callable[[Facts], None],
        in_one_line: bool = True,
    ) -> None:
        """Without `in_one_line` every question is asked by itself: whoever shares the line waits for one only."""
        self.facts = Facts(now)
        self._heard: dict[Command, Registration | None] = {}
        """Registrations that the line told."""
        self._operator_heard = False
        self._line_refused = False
        self._questions = questions
        self._dialect = dialect
        self._experience = experience
        self._tell = tell
        self._may_chain = in_one_line

    async def run(self) -> Facts:
        """Ask, and return what was found; silence ends it early. Raises LinkLost and Interrupted."""
        try:
            if not await self._in_one_line():
                await self._one_by_one()
        except NoAnswer as silence:
            self.facts.detail = str(silence)
        return self.facts

    # one question after the other

    async def _one_by_one(self) -> None:
        facts, experience = self.facts, self._experience
        experience.lines.each_answered = False
        said = await ask_sim_state(self._questions, self._dialect, experience)
        facts.sim, facts.imsi, facts.detail = said.state, said.imsi, said.detail
        if facts.sim is SimState.READY:
            await self._ask_which_sim()
        if facts.sim is not SimState.READY:
            await self._without_sim()
            return
        facts.registration = await self._ask_registration()
        signal = await self._questions.read_any(self._dialect.signal, _signal)
        facts.signal_dbm = signal[0] if signal is not None else None
        await self._ask_operator()
        await self._ask_number()
        if self._line_refused and facts.whole:
            experience.lines.failed()
        experience.lines.each_answered = facts.whole

    async def _ask_which_sim(self) -> None:
        """ICCID and IMSI. A refusal of either may tell that the SIM is not what +CPIN? said."""
        facts = self.facts
        try:
            facts.iccid = await self._questions.read_any(self._dialect.iccid, _iccid, decides=_of_the_card)
            self._meet()
            if facts.imsi is None:
                facts.imsi = await self._questions.read(self._dialect.imsi, parse_imsi)
        except Refused as refused:
            facts.sim = errors.sim_state(refused.code) or SimState.ERROR
            facts.detail = refused.words
        except Nonsense:
            pass
        if facts.sim is SimState.READY:
            self._meet()
            missing = [name for name, said in (("ICCID", facts.iccid), ("IMSI", facts.imsi)) if said is None]
            if missing:
                facts.detail = f"the module does not tell the SIM's {' and '.join(missing)}"

    def _meet(self) -> None:
        """The SIM is known, or half known: its number is the old one only if it is the old SIM."""
        facts, number = self.facts, self._experience.number
        if facts.iccid is None and facts.imsi is None:
            return
        number.meet(facts.iccid, facts.imsi, facts.at, self._dialect.phone_book)
        facts.numbers = number.numbers
        self._tell(facts)

    async def _without_sim(self) -> None:
        """Nothing of the card counts; which one is locked, or whether the radio is off, is worth telling."""
        facts = self.facts
        facts.imsi = facts.numbers = None
        if facts.sim not in {SimState.PIN, SimState.PUK}:
            facts.iccid = None
        self._tell(facts)
        if facts.sim is SimState.ABSENT:
            self._experience.number = OwnNumber()
        if facts.sim in {SimState.ABSENT, SimState.NOT_READY, SimState.ERROR}:
            facts.detail = await ask_radio(self._questions, self._experience) or facts.detail
        elif facts.iccid is None and facts.sim in {SimState.PIN, SimState.PUK}:
            facts.iccid = await self._questions.read_any(self._dialect.iccid, _iccid)

    async def _ask_registration(self) -> Registration | None:
        said = await ask_registration(self._questions, self._dialect, self._experience, self._heard)
        self.facts.detail = said.detail or self.facts.detail
        return said.registration

    # what changes slowly

    async def _ask_operator(self) -> None:
        """The network's name, in every sixth look and when the registration changed."""
        facts, experience = self.facts, self._experience
        if facts.registration is not experience.registration:
            experience.operator_asked.hurry()
            experience.registration = facts.registration
        if self._operator_heard or facts.registration is None or not facts.registration.receives:
            return
        if not experience.operator_asked.due:
            experience.operator_asked.passed()
            facts.operator = experience.operator
            return
        try:
            self._note_operator(await self._questions.read(commands.COPS, parse_operator))
        except (Refused, Nonsense):
            self._note_operator(None)

    def _note_operator(self, name: str | None) -> None:
        self.facts.operator = self._experience.operator = name
        self._operator_heard = True
        self._experience.operator_asked.done()

    async def _ask_number(self) -> None:
        facts, number = self.facts, self._experience.number
        if number.due(facts.at):
            await number.ask(self._questions, facts.at, self._is_still_there)
        facts.numbers = number.numbers

    async def _is_still_there(self) -> bool:
        """Whether the SIM of this look is in the module now."""
        try:
            iccid = await self._questions.read_any(self._dialect.iccid, _iccid)
        except Refused:
            return False
        return iccid is not None and iccid == self.facts.iccid

    # all in one line

    async def _in_one_line(self) -> bool:
        """Whether the look was answered so; where not, every question has to be asked by itself."""
        links, lines = self._links(), self._experience.lines
        if not links:
            return False
        try:
            answer = await self._questions.ask_in_one_line(*links)
        except Refused as refused:
            return await self._refused_line(refused)
        except NoAnswer:
            lines.failed()
            raise
        except Nonsense:
            lines.failed()
            return False
        self._read(links, answer)
        if not self._answered_whole():
            self._start_over()
            return False
        lines.worked()
        self._meet()
        self.facts.registration = await self._ask_registration()
        await self._ask_operator()
        await self._ask_number()
        return True

    def _answered_whole(self) -> bool:
        facts = self.facts
        known = facts.iccid is not None and facts.imsi is not None and None not in self._heard.values()
        return known and facts.sim is SimState.READY

    def _start_over(self) -> None:
        """The line left something out; unless the SIM is the reason, that counts against lines."""
        self._line_refused = self.facts.sim is SimState.READY
        self.facts = Facts(self.facts.at)
        self._heard.clear()
        self._operator_heard = False

    def _links(self) -> tuple[Command, ...]:
        """The questions of the line; none where it cannot be expected to work."""
        dialect, experience = self._dialect, self._experience
        sim = experience.sim_question(dialect)
        iccid = self._questions.kept(dialect.iccid)
        domains = [dialect.circuit, *([dialect.lte] if experience.lte_needed and dialect.lte else [])]
        domains = [domain for domain in domains if domain in experience.answered]
        if not (self._may_chain and dialect.chains and experience.lines.worth_trying and domains):
            return ()
        if iccid is None or sim.closes is not None:
            return ()
        signal = self._questions.kept(dialect.signal)
        served = experience.registration is not None and experience.registration.receives
        slow = (commands.COPS,) if served and experience.operator_asked.due else ()
        return (sim, iccid, dialect.imsi, *domains, *((signal,) if signal is not None else ()), *slow)

    def _read(self, links: tuple[Command, ...], answer: tuple[str, ...]) -> None:
        """Every reader knows its own lines, so that the order does not matter."""
        facts, dialect = self.facts, self._dialect
        facts.sim = first_read(reversed(answer), parse_sim_state)
        facts.iccid = first_read(answer, _iccid)
        facts.imsi = first_read(answer, parse_imsi)
        self._heard = {
            domain: read_domain(domain, answer)
            for domain in (dialect.circuit, dialect.lte)
            if domain in links
        }
        signal = first_read(answer, _signal)
        facts.signal_dbm = signal[0] if signal is not None else None
        if commands.COPS in links:
            self._note_operator(first_read(answer, parse_operator))

    async def _refused_line(self, refused: Refused) -> bool:
        """The first link asks for the state of the SIM: a refusal before any answer is what it says."""
        state = errors.sim_state(refused.code)
        if refused.lines or state in {None, SimState.READY, SimState.ERROR}:
            self._line_refused = True
            return False
        self._experience.lines.each_answered = False
        self.facts.sim, self.facts.detail = state, refused.words
        await self._without_sim()
        return True


def _iccid(line: str) -> str | None:
    """From a vendor's own line, or from the card's file."""
    reply = parse_crsm(line)
    return parse_iccid(line) if reply is None else file_iccid(reply)


def _signal(line: str) -> tuple[int | None] | None:
    """In a tuple, since "not known" is an answer too."""
    return (parse_signal(line),) if line.lstrip().upper().startswith("+CSQ") else None


def _of_the_card(refused: Refused) -> bool:
    return errors.sim_state(refused.code) in _OF_THE_CARD
