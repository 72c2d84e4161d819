"""One module, asked over one connection: looks at it, and what its news means.

Responsible for the life of what is known: it begins with an introduction, ends with a restart, and is
told at once where waiting for the end of a look would be too late. Must not know how questions travel,
which words a vendor uses, nor what follows from an observation. Lives as long as its link, and is thrown
away with it.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final

from drivers.at.commands import Command
from drivers.errors import NoAnswer
from drivers.module.identify import identify
from drivers.module.own_number import ask_network
from drivers.module.poll import Facts, Poll
from drivers.module.profile import Profile
from drivers.module.questions import RESTARTS, USUAL_TIMEOUT, Asks, Interrupted, Questions
from drivers.observation import Identity, Observation, SaidNumber, SimState
from drivers.vendors import GENERIC, Dialect, UrcMeaning, meaning_in_any_dialect

_SIM_NEWS: Final = (UrcMeaning.SIM_GONE, UrcMeaning.SIM_CHANGED)
_MOST_IDENTIFICATIONS: Final = 3
"""So often one is begun that a restart or silence ends; then the module is taken as it is."""

_CUT_SHORT: Final = "fell silent while it was asked who it is"


class Module:
    """A module and everything that holds as long as its connection does.

    `identify`, `poll` and `ask_own_number` are for one caller at a time; `heard` may be called at any
    moment, also while they wait. With `brief` a look is asked in short questions only, since somebody else
    waits for the line between them.
    """

    def __init__(
        self,
        name: str,
        link: Asks,
        *,
        clock: Callable[[], float],
        dialect: Dialect | None = None,
        answer_timeout: float = USUAL_TIMEOUT,
    ) -> None:
        """`dialect` is what the operator named, None to find out. `clock` and `answer_timeout` in seconds."""
        self.name = name
        self.brief = False
        self._link = link
        self._clock = clock
        self._forced = dialect
        self._answer_timeout = answer_timeout
        self._dialect = dialect or GENERIC
        self._identity: Identity | None = None
        self._settings: tuple[Command, ...] = ()
        self._cut_short = 0
        """Introductions in a row in which it fell silent."""
        self._forget()

    @property
    def answer_timeout(self) -> float:
        """Seconds for a usual question; may be changed at any time and counts from the next question on."""
        return self._answer_timeout

    @answer_timeout.setter
    def answer_timeout(self, seconds: float) -> None:
        self._answer_timeout = self._questions.answer_timeout = seconds

    @property
    def dialect(self) -> Dialect:
        """How it is asked; the generic one until it is identified."""
        return self._dialect

    @property
    def settings(self) -> tuple[Command, ...]:
        """What this port was set to by us; empty until it is identified, and again after a restart."""
        return self._settings

    @property
    def identity(self) -> Identity | None:
        """Who it is; None until it is identified, and again after a restart."""
        return self._identity

    async def identify(self) -> Identity:
        """Make this port's settings and learn who is there; what is not told is None.

        NoAnswer when nothing answers AT twice: it may be no modem. LinkLost as the link does.
        """
        for _ in range(_MOST_IDENTIFICATIONS):
            self._questions.heed(*RESTARTS)
            try:
                met = await identify(self._questions, self._forced)
            except Interrupted:
                continue
            self._identity, self._dialect, self._settings = met.identity, met.dialect, met.settings
            self._cut_short = 0 if met.whole else self._cut_short + 1
            self._identified = met.whole or self._cut_short >= _MOST_IDENTIFICATIONS
            return met.identity
        return Identity()

    async def poll(self, tell: Callable[[Observation], None]) -> Observation:
        """Ask everything once, and return what was said. LinkLost as the link does; nothing else is raised.

        `tell` gets what is known so far at once where the SIM is not ready, or is not the one that was last
        told: a new ICCID removes the old number before anything else is asked.
        """
        now = self._clock()
        if not self._identified:
            try:
                await self.identify()
            except NoAnswer as silence:
                return self._observation(Facts(now, detail=str(silence)))
            if self._identity is None:
                return self._void(UrcMeaning.RESTARTED)
            if not self._identified:
                return self._observation(Facts(now, detail=_CUT_SHORT))
        for minded in ((*RESTARTS, *_SIM_NEWS), (*RESTARTS, UrcMeaning.SIM_GONE)):
            self._questions.heed(*minded)
            look = Poll(
                self._questions,
                self._dialect,
                self._experience,
                now=self._clock(),
                tell=lambda facts: self._tell(facts, tell),
                in_one_line=not self.brief,
            )
            try:
                facts = await look.run()
            except Interrupted as interruption:
                # A changed SIM makes what was said before worthless: once more from the start. Modules
                # that chatter about their SIM in every look (A7600E-H: MM commit d40d1560) are heard out
                # the second time.
                if interruption.meaning is not UrcMeaning.SIM_CHANGED:
                    return self._void(interruption.meaning)
            else:
                break
        self._note(facts)
        return self._observation(facts)

    def heard(self, line: str) -> UrcMeaning | None:
        """What an unsolicited line means; None where nobody knows. A restart makes us forget all we knew."""
        meaning = (
            self._dialect.meaning(line) if self._dialect is not GENERIC else meaning_in_any_dialect(line)
        )
        if meaning is None:
            return None
        self._questions.hear(meaning)
        if meaning in RESTARTS:
            self._forget()
        elif meaning is UrcMeaning.NUMBER_READY:
            self._experience.number.readable(self._clock())
        return meaning

    def news(self, meaning: UrcMeaning) -> Observation | None:
        """What news proves without a question: a restart, or a SIM that is gone; None for anything else."""
        return self._void(meaning) if meaning in {*RESTARTS, UrcMeaning.SIM_GONE} else None

    async def ask_own_number(self, code: str, match: re.Pattern[str]) -> SaidNumber | None:
        """The number that the network tells by USSD: up to 40 s, and it may cost money; only if configured.

        ValueError for a code that does not ask for the own number; None where nothing was told.
        """
        self._questions.heed(*RESTARTS, *_SIM_NEWS)
        try:
            return await ask_network(self._questions, self._dialect, code, match)
        except Interrupted:
            return None

    def _forget(self) -> None:
        self._questions = Questions(self._link, answer_timeout=self._answer_timeout, clock=self._clock)
        self._experience = Profile()
        self._identity = None
        self._settings = ()
        self._identified = False
        self._told: tuple[SimState | None, str | None, str | None] = (None, None, None)

    def _void(self, meaning: UrcMeaning) -> Observation:
        restarted = meaning in RESTARTS
        facts = Facts(self._clock(), sim=SimState.NOT_READY if restarted else SimState.ABSENT)
        self._note(facts)
        return self._observation(facts, restarted=restarted)

    def _tell(self, facts: Facts, tell: Callable[[Observation], None]) -> None:
        if self._is_new(facts):
            self._note(facts)
            tell(self._observation(facts))

    def _is_new(self, facts: Facts) -> bool:
        sim, iccid, imsi = self._told
        if facts.sim is not SimState.READY:
            return facts.sim not in {None, SimState.BUSY, sim}
        return (facts.iccid is not None and facts.iccid != iccid) or (
            facts.imsi is not None and facts.imsi != imsi
        )

    def _note(self, facts: Facts) -> None:
        """This is told; what could not be said takes nothing back."""
        if facts.sim is None or facts.sim is SimState.BUSY:
            return
        if facts.sim is SimState.READY:
            _, iccid, imsi = self._told
            self._told = (facts.sim, facts.iccid or iccid, facts.imsi or imsi)
        else:
            self._told = (facts.sim, None, None)

    def _observation(self, facts: Facts, *, restarted: bool = False) -> Observation:
        return Observation(
            module=self.name,
            at=facts.at,
            detail=facts.detail,
            restarted=restarted,
            sim=facts.sim,
            iccid=facts.iccid,
            imsi=facts.imsi,
            registration=facts.registration,
            numbers=facts.numbers,
            signal_dbm=facts.signal_dbm,
            operator=facts.operator,
            identity=self._identity,
            driver=self._dialect.name,
        )
