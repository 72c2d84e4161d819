"""One module over one connection: polls it, and interprets its URCs."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import partial
from typing import Final

from drivers.at.commands import Command
from drivers.errors import NoAnswer
from drivers.module.identify import identify
from drivers.module.own_number import ask_network
from drivers.module.poll import Poll
from drivers.module.profile import Profile
from drivers.module.questions import RESTARTS, USUAL_TIMEOUT, Channel, Interrupted, Questions
from drivers.observation import Identity, NumberReading, Observation, SimState
from drivers.vendors import GENERIC, Dialect, UrcMeaning, meaning_in_any_dialect

_SIM_URCS: Final = (UrcMeaning.SIM_GONE, UrcMeaning.SIM_CHANGED)
_MOST_IDENTIFICATIONS: Final = 3
"""Identifications that a restart or silence may end; then the module is polled without a complete one."""

_CUT_SHORT: Final = "fell silent during identification"


class Module:
    """A module and everything that is valid as long as its connection; thrown away with its link.

    `identify`, `poll` and `ask_own_number` are for one caller at a time; `on_urc` may be called at any moment, also
    while they wait. With `may_chain` False a poll is asked in short command lines, since somebody else waits for the
    port between them.
    """

    def __init__(
        self,
        name: str,
        link: Channel,
        *,
        clock: Callable[[], float],
        dialect: Dialect | None = None,
        answer_timeout: float = USUAL_TIMEOUT,
    ) -> None:
        """`dialect` is the one from config.yaml, None to find out. `clock` and `answer_timeout` in seconds."""
        self.name = name
        self.may_chain = True
        self._link = link
        self._clock = clock
        self._forced = dialect
        self._answer_timeout = answer_timeout
        self._dialect = dialect or GENERIC
        self._identity: Identity | None = None
        self._settings: tuple[Command, ...] = ()
        self._cut_short = 0
        """Identifications in a row in which it fell silent."""
        self._failed_chains: set[Command] = set()
        """Lines that it did not take; a restart teaches it nothing."""
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
        """Our settings of this port; empty until it is identified, and again after a restart."""
        return self._settings

    @property
    def identity(self) -> Identity | None:
        """Who it is; None until it is identified, and again after a restart."""
        return self._identity

    async def identify(self) -> Identity:
        """Make this port's settings and identify the module; what it does not report is None.

        Raises NoAnswer if AT is not answered twice (it may not be a modem), and LinkLost.
        """
        for _ in range(_MOST_IDENTIFICATIONS):
            self._questions.watch_for(*RESTARTS)
            try:
                found = await identify(self._questions, self._forced, may_chain=self.may_chain)
            except Interrupted:
                continue
            self._identity, self._dialect, self._settings = found.identity, found.dialect, found.settings
            self._cut_short = 0 if found.whole else self._cut_short + 1
            self._identified = found.whole or self._cut_short >= _MOST_IDENTIFICATIONS
            return found.identity
        return Identity()

    async def poll(self, publish: Callable[[Observation], None]) -> Observation:
        """Ask everything once, and return what was found. Raises LinkLost, and nothing else.

        `publish` gets what is known so far, at once, if the SIM is not ready or is not the one that was published
        last: a new ICCID removes the old number before anything else is asked.
        """
        if not self._identified:
            unidentified = await self._identify_first()
            if unidentified is not None:
                return unidentified
        # A changed SIM makes what was read before worthless: once more from the start. The second poll ignores that,
        # for modules that send URCs about their SIM in every poll (A7600E-H: ModemManager d40d1560).
        for watched in ((*RESTARTS, *_SIM_URCS), (*RESTARTS, UrcMeaning.SIM_GONE)):
            self._questions.watch_for(*watched)
            poll = Poll(
                self._questions,
                self._dialect,
                self._profile,
                self._observation(self._clock()),
                publish=partial(self._publish_if_new, publish),
                may_chain=self.may_chain,
            )
            try:
                seen = await poll.run()
            except Interrupted as interruption:
                if interruption.meaning is not UrcMeaning.SIM_CHANGED:
                    return self._reset(interruption.meaning)
            else:
                break
        self._note(seen)
        return seen

    async def _identify_first(self) -> Observation | None:
        """Identify before the first poll; returns what to return instead of a poll if that did not succeed."""
        now = self._clock()
        try:
            await self.identify()
        except NoAnswer as silence:
            return self._observation(now, detail=str(silence))
        if self._identity is None:
            return self._reset(UrcMeaning.RESTARTED)
        return None if self._identified else self._observation(now, detail=_CUT_SHORT)

    def on_urc(self, line: str) -> UrcMeaning | None:
        """Take an unsolicited line and return what it means, None if unknown. A restart makes us forget all we knew."""
        known = self._dialect is not GENERIC
        meaning = self._dialect.meaning(line) if known else meaning_in_any_dialect(line)
        if meaning is None:
            return None
        self._questions.notify(meaning)
        if meaning in RESTARTS:
            self._forget()
        elif meaning is UrcMeaning.NUMBER_READY:
            self._profile.number.phone_book_ready(self._clock())
        return meaning

    def proven_by(self, meaning: UrcMeaning) -> Observation | None:
        """What a URC proves without a question: a restart, or a SIM that is gone; None for anything else."""
        return self._reset(meaning) if meaning in {*RESTARTS, UrcMeaning.SIM_GONE} else None

    async def ask_own_number(self, code: str, match: re.Pattern[str]) -> NumberReading | None:
        """Ask the network by USSD: up to 40 s, and it may cost money; only if configured. None without a number.

        Raises ValueError for a code that is not an own-number query, and LinkLost.
        """
        self._questions.watch_for(*RESTARTS, *_SIM_URCS)
        try:
            return await ask_network(self._questions, self._dialect, code, match)
        except Interrupted:
            return None

    def _forget(self) -> None:
        self._questions = Questions(
            self._link,
            answer_timeout=self._answer_timeout,
            clock=self._clock,
            failed_chains=self._failed_chains,
        )
        self._profile = Profile()
        self._identity = None
        self._settings = ()
        self._identified = False
        self._published: tuple[SimState | None, str | None, str | None] = (None, None, None)
        """State, ICCID and IMSI of the SIM as last published."""

    def _reset(self, meaning: UrcMeaning) -> Observation:
        """The observation that a restart or a missing SIM makes."""
        restarted = meaning in RESTARTS
        sim = SimState.NOT_READY if restarted else SimState.ABSENT
        seen = self._observation(self._clock(), sim=sim, restarted=restarted)
        self._note(seen)
        return seen

    def _publish_if_new(self, publish: Callable[[Observation], None], seen: Observation) -> None:
        if self._is_new(seen):
            self._note(seen)
            publish(seen)

    def _is_new(self, seen: Observation) -> bool:
        sim, iccid, imsi = self._published
        if seen.sim is not SimState.READY:
            return seen.sim not in {None, SimState.BUSY, sim}
        return (seen.iccid is not None and seen.iccid != iccid) or (
            seen.imsi is not None and seen.imsi != imsi
        )

    def _note(self, seen: Observation) -> None:
        """Note as published; what the module could not say changes nothing."""
        if seen.sim is None or seen.sim is SimState.BUSY:
            return
        if seen.sim is SimState.READY:
            _, iccid, imsi = self._published
            self._published = (seen.sim, seen.iccid or iccid, seen.imsi or imsi)
        else:
            self._published = (seen.sim, None, None)

    def _observation(
        self, at: float, *, sim: SimState | None = None, detail: str = "", restarted: bool = False
    ) -> Observation:
        return Observation(
            module=self.name,
            at=at,
            detail=detail,
            restarted=restarted,
            sim=sim,
            identity=self._identity,
            driver=self._dialect.name,
        )
