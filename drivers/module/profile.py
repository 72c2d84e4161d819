"""What looks at a module have taught about it, from one start of it to the next.

Responsible for remembering, within bounds. Must not ask, nor know what is concluded.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from typing import Final

from drivers.at.commands import Command
from drivers.module.own_number import OwnNumber
from drivers.observation import Registration
from drivers.vendors import Dialect

_RARELY: Final = 6
"""Looks from one question to the next for what changes slowly."""

_CHAIN_CHANCES: Final = 2
"""So often a line of several questions may fail whose questions are answered one by one."""

_CPIN_LINE = re.compile(r"\+CPIN\s*:", re.IGNORECASE)


class Every:
    """Counts looks: true for the first and then for every sixth."""

    def __init__(self) -> None:
        self._since = _RARELY

    @property
    def due(self) -> bool:
        """Whether it is time."""
        return self._since >= _RARELY

    def passed(self) -> None:
        """One more look without it."""
        self._since = min(self._since + 1, _RARELY)

    def done(self) -> None:
        """It was asked in this look."""
        self._since = 1

    def hurry(self) -> None:
        """Something changed: it is time."""
        self._since = _RARELY


@dataclass(slots=True)
class Lines:
    """Whether a whole look is asked in one line (a V.250 chain)."""

    each_answered: bool = False
    """In the last look every question was answered by itself."""
    chances: int = _CHAIN_CHANCES

    @property
    def worth_trying(self) -> bool:
        """Whether a line of all questions can be expected to be answered."""
        return self.each_answered and self.chances > 0

    def worked(self) -> None:
        """The line was answered whole."""
        self.chances = _CHAIN_CHANCES

    def failed(self) -> None:
        """The line was not answered, or not whole, and not because of the SIM."""
        self.chances -= 1
        self.each_answered = False


@dataclass(slots=True)
class Profile:
    """All that is known of how this module answers, and of the SIM that is in it."""

    number: OwnNumber = field(default_factory=OwnNumber)
    lines: Lines = field(default_factory=Lines)
    answered: set[Command] = field(default_factory=set)
    """Registrations that it told at least once."""
    unsupported: set[Command] = field(default_factory=set)
    """Registrations that it does not have."""
    lte_needed: bool = True
    """The circuit-switched registration alone did not tell enough in the last look."""
    plain_errors: bool = False
    """It gives no numbers with its errors, although it was told to."""
    operator: str | None = None
    operator_asked: Every = field(default_factory=Every)
    registration: Registration | None = None
    radio: int | None = None
    """The last <fun> of +CFUN?, for a module without a SIM."""
    radio_asked: Every = field(default_factory=Every)
    _without_verdict: Command | None = None

    def sim_question(self, dialect: Dialect) -> Command:
        """How this module is asked for the state of its SIM."""
        return self._without_verdict or dialect.sim_state

    def refuses_domain(self, question: Command, dialect: Dialect) -> None:
        """It does not know this registration; where it would then know none, all are asked again."""
        self.unsupported.add(question)
        if self.unsupported >= {dialect.circuit, dialect.lte} - {None}:
            self.unsupported.clear()

    def gives_no_verdict(self, dialect: Dialect) -> None:
        """Its answer to +CPIN? ends with the answer's own line, as Wavecom's does (docs/at-field-guide.md §1.1)."""
        self._without_verdict = replace(dialect.sim_state, closes=_CPIN_LINE)
