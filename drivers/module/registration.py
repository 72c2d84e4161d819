"""Network registration: which domains are asked, and which of them decides."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Final

from drivers.at import commands
from drivers.at.commands import Command
from drivers.at.replies import errors
from drivers.at.replies.registration import combine, parse_registration, parse_stat, presentation
from drivers.errors import Refused, Silence
from drivers.module.profile import Profile
from drivers.module.questions import Questions, first_read
from drivers.observation import Observation, Registration, SimState
from drivers.vendors import Dialect

PACKET_ONLY: Final = "registered for packet data only"

REFUSED: Final = "the module refuses to report its registration"

_NOT_OF_THE_SIM: Final = frozenset({None, SimState.ERROR})
"""States by a refusal that is about the question; a SIM that is busy or gone proves nothing about the module."""


async def ask_registration(
    questions: Questions,
    dialect: Dialect,
    profile: Profile,
    seen: Observation,
    known: Mapping[Command, Registration | None],
) -> Observation:
    """Return `seen` with the registration of all domains together, None if none was reported, and why it is not good.

    `known`: domains that are answered already. Raises LinkLost and Interrupted, and NoAnswer if silence leaves the
    registration open: to all that was asked, or to a question that this module answered before.
    """
    # Circuit-switched, LTE or 5G alone is enough: each is asked only if those before it are not good
    # (docs/at-field-guide.md §7.2), and the first one behind the second while it is not answered.
    domains = _Domains(questions, dialect, profile, known)
    late = dialect.lte is not None and questions.was_silent(dialect.circuit)
    cs = None if late else await domains.ask(dialect.circuit)
    profile.lte_needed = cs is None or not cs.receives
    if cs is not None and cs.receives:
        return replace(seen, registration=cs)
    eps = await domains.ask(dialect.lte)
    if late and not (eps is not None and eps.receives):
        cs = await domains.ask(dialect.circuit)  # last, since waiting for it costs time of the lease
    nr: Registration | None = None
    profile.nr_needed = profile.lte_needed and (eps is None or not eps.receives)
    if profile.nr_needed and dialect.lte is not None:
        nr = await domains.ask(commands.C5GREG)  # whether a module of LTE knows 5G, it says itself
    all_three = combine(cs, eps, None, nr)
    if all_three is not None and all_three.receives:
        return replace(seen, registration=all_three)
    ps = await domains.ask(dialect.packet)
    return domains.conclude(seen, combine(cs, eps, ps, nr), ps)


class _Domains:
    """The domains that one look asks, with the silences and the SIM's refusals among the answers."""

    def __init__(
        self,
        questions: Questions,
        dialect: Dialect,
        profile: Profile,
        known: Mapping[Command, Registration | None],
    ) -> None:
        self._questions = questions
        self._dialect = dialect
        self._profile = profile
        self._known = known
        self._silent: list[Silence] = []
        self._of_the_sim: list[Refused] = []

    async def ask(self, question: Command | None) -> Registration | None:
        """Return the registration in one domain; None for silence, a refusal, and a domain that is not there."""
        profile = self._profile
        if question is None or question in profile.unsupported:
            return None
        if question in self._known:
            return self._known[question]
        try:
            return await _ask_domain(self._questions, question, profile)
        except Refused as refused:
            if errors.sim_state(refused.code) not in _NOT_OF_THE_SIM:
                self._of_the_sim.append(refused)
            elif question not in profile.answered:
                profile.refuses_domain(question, self._dialect)
        except Silence as silence:
            self._silent.append(silence)
        return None

    def conclude(self, seen: Observation, every: Registration | None, ps: Registration | None) -> Observation:
        """Return `seen` with the registration of `every` domain, `ps` among them. Raises NoAnswer if it is open."""
        if every is None or not every.receives:
            self._raise_silence(every)
        if every is None and not (self._of_the_sim or self._profile.answered):
            every = Registration.UNKNOWN  # it answers, if only by refusals: that is no silence
            seen = replace(seen, detail=REFUSED)
        packets = PACKET_ONLY if ps is not None and ps.receives else ""
        silent = str(self._silent[0]) if self._silent else ""
        unanswered = "; ".join(text for text in (packets, silent) if text)
        detail = self._profile.odd_state() or unanswered or seen.detail
        return replace(seen, registration=every, detail=detail)

    def _raise_silence(self, every: Registration | None) -> None:
        """Raise the silence that leaves the registration open: to what the module can answer, or to all."""
        answered = {question.text for question in self._profile.answered}
        for silence in self._silent:
            if silence.command in answered or (every is None and not silence.ok_alone):
                raise silence


def read_domain(question: Command, answer: Iterable[str], profile: Profile) -> Registration | None:
    """The registration in the lines of `answer` that belong to this question, and not to another domain's.

    The profile notes which URCs are switched on, and a state that the standard does not have.
    """
    lines = tuple(_own_lines(question, answer))
    profile.note_presentation(question, first_read(lines, presentation))
    profile.note_stat(question, first_read(lines, parse_stat))
    registration = first_read(lines, parse_registration)
    if registration is not None:
        profile.answered.add(question)
    return registration


def _own_lines(question: Command, answer: Iterable[str]) -> Iterable[str]:
    """The lines of `answer` that belong to this question, and not to another domain's."""
    prefix = question.text.removeprefix("AT").removesuffix("?")
    return (line for line in answer if line.lstrip().upper().startswith(prefix))


async def _ask_domain(questions: Questions, question: Command, profile: Profile) -> Registration | None:
    """The registration in one domain; one that was never answered may be unknown to the module, and is spare."""
    known = question in profile.answered
    answer = await (questions.ask(question) if known else questions.ask_spare(question))
    return read_domain(question, answer, profile)
