"""Network registration: which domains are asked, and which of them decides."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Final

from drivers.at import commands
from drivers.at.commands import Command
from drivers.at.replies import errors
from drivers.at.replies.registration import combine, parse_registration, presentation
from drivers.errors import Refused
from drivers.module.profile import Profile
from drivers.module.questions import Questions, first_read
from drivers.observation import Observation, Registration, SimState
from drivers.vendors import Dialect

PACKET_ONLY: Final = "registered for packet data only"

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

    `known`: domains that are answered already. Raises NoAnswer, LinkLost and Interrupted.
    """
    # Circuit-switched, LTE or 5G alone is enough: each is asked only if those before it are not good
    # (docs/at-field-guide.md §7.2).

    async def domain(question: Command | None) -> Registration | None:
        if question is None or question in profile.unsupported:
            return None
        if question in known:
            return known[question]
        return await _ask_domain(questions, question, dialect, profile)

    cs = await domain(dialect.circuit)
    profile.lte_needed = cs is None or not cs.receives
    if cs is not None and cs.receives:
        return replace(seen, registration=cs)
    eps = await domain(dialect.lte)
    nr: Registration | None = None
    profile.nr_needed = profile.lte_needed and (eps is None or not eps.receives)
    if profile.nr_needed and dialect.lte is not None:
        nr = await domain(commands.C5GREG)  # whether a module of LTE knows 5G, it says itself
    all_three = combine(cs, eps, None, nr)
    if all_three is not None and all_three.receives:
        return replace(seen, registration=all_three)
    ps = await domain(dialect.packet)
    packets = ps is not None and ps.receives
    return replace(
        seen, registration=combine(cs, eps, ps, nr), detail=PACKET_ONLY if packets else seen.detail
    )


def read_domain(question: Command, answer: Iterable[str]) -> Registration | None:
    """The registration in the lines of `answer` that belong to this question, and not to another domain's."""
    return first_read(_own_lines(question, answer), parse_registration)


def read_presentation(question: Command, answer: Iterable[str]) -> int | None:
    """The <n> in the lines of `answer` that belong to this question."""
    return first_read(_own_lines(question, answer), presentation)


def _own_lines(question: Command, answer: Iterable[str]) -> Iterable[str]:
    prefix = question.text.removeprefix("AT").removesuffix("?")
    return (line for line in answer if line.lstrip().upper().startswith(prefix))


async def _ask_domain(
    questions: Questions, question: Command, dialect: Dialect, profile: Profile
) -> Registration | None:
    try:
        answer = await questions.ask(question)
    except Refused as refused:
        if question not in profile.answered and errors.sim_state(refused.code) in _NOT_OF_THE_SIM:
            profile.refuses_domain(question, dialect)
        return None
    registration = read_domain(question, answer)
    profile.note_presentation(question, read_presentation(question, answer))
    if registration is not None:
        profile.answered.add(question)
    return registration
