"""Whether the SIM is registered: which domains are asked, and which of them speaks for the module.

Responsible for asking no more of them than needed, and for remembering those that a module does not have
(docs/at-field-guide.md §7.2). Must not know the rest of a look.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from drivers.at.commands import Command
from drivers.at.replies import errors
from drivers.at.replies.registration import combine, parse_registration
from drivers.errors import Nonsense, Refused
from drivers.module.profile import Profile
from drivers.module.questions import Questions, first_read
from drivers.observation import Registration, SimState
from drivers.vendors import Dialect

PACKET_ONLY: Final = "registered for packet data only"

_NOT_OF_THE_SIM: Final = frozenset({None, SimState.ERROR})
"""What a refusal says that is about the question; a SIM that is busy or gone is another matter."""


@dataclass(frozen=True, slots=True)
class RegistrationSaid:
    """One word for all domains, None where none was told; and why it is not better."""

    registration: Registration | None
    detail: str = ""


async def ask_registration(
    questions: Questions,
    dialect: Dialect,
    experience: Profile,
    heard: Mapping[Command, Registration | None],
) -> RegistrationSaid:
    """Circuit-switched or LTE alone is enough: the second is asked only where the first is not good.

    `heard` are domains whose answer is known already. Raises NoAnswer, LinkLost and Interrupted.
    """

    async def domain(question: Command | None) -> Registration | None:
        if question is None or question in experience.unsupported:
            return None
        return (
            heard[question]
            if question in heard
            else await _ask_domain(questions, question, dialect, experience)
        )

    cs = await domain(dialect.circuit)
    experience.lte_needed = cs is None or not cs.receives
    if cs is not None and cs.receives:
        return RegistrationSaid(cs)
    eps = await domain(dialect.lte)
    said = combine(cs, eps)
    if said is not None and said.receives:
        return RegistrationSaid(said)
    ps = await domain(dialect.packet)
    packets = ps is not None and ps.receives
    return RegistrationSaid(combine(cs, eps, ps), PACKET_ONLY if packets else "")


def read_domain(question: Command, answer: Iterable[str]) -> Registration | None:
    """What the lines say to this of the registration questions, and not to another."""
    prefix = question.text.removeprefix("AT").removesuffix("?")
    own = (line for line in answer if line.lstrip().upper().startswith(prefix))
    return first_read(own, parse_registration)


async def _ask_domain(
    questions: Questions, question: Command, dialect: Dialect, experience: Profile
) -> Registration | None:
    try:
        said = read_domain(question, await questions.ask(question))
    except Refused as refused:
        if question not in experience.answered and errors.sim_state(refused.code) in _NOT_OF_THE_SIM:
            experience.refuses_domain(question, dialect)
        return None
    except Nonsense:
        return None
    if said is not None:
        experience.answered.add(question)
    return said
