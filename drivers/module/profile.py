"""What the polls of a module have shown about it, from one of its starts to the next."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from typing import Final

from drivers.at.commands import C5GREG, Command
from drivers.at.replies.registration import is_standard
from drivers.module.own_number import OwnNumber
from drivers.observation import Registration
from drivers.vendors import Dialect

_SLOW_INTERVAL: Final = 6
"""Polls from one question to the next for what changes slowly."""

_CHAIN_CHANCES: Final = 2
"""How often a chain may fail although each of its questions is answered one by one."""

_CPIN_LINE = re.compile(r"\+CPIN\s*:", re.IGNORECASE)


class SlowInterval:
    """Counts polls: due in the first one and then in every sixth."""

    def __init__(self) -> None:
        self._since = _SLOW_INTERVAL

    @property
    def due(self) -> bool:
        """Whether to ask in this poll."""
        return self._since >= _SLOW_INTERVAL

    def skipped(self) -> None:
        """Count a poll in which it was not asked."""
        self._since = min(self._since + 1, _SLOW_INTERVAL)

    def asked(self) -> None:
        """Start over: it was asked in this poll."""
        self._since = 1

    def make_due(self) -> None:
        """Something changed: ask now."""
        self._since = _SLOW_INTERVAL


@dataclass(slots=True)
class Chaining:
    """Whether a whole poll is asked in one line, a V.250 chain."""

    each_answered: bool = True
    """In the last poll every question was answered by itself; before the first one that is hoped for."""
    chances: int = _CHAIN_CHANCES

    @property
    def worth_trying(self) -> bool:
        """Whether a chain of all questions can be expected to be answered."""
        return self.each_answered and self.chances > 0

    def succeeded(self) -> None:
        """The whole chain was answered."""
        self.chances = _CHAIN_CHANCES

    def failed(self) -> None:
        """The chain was not answered, or not all of it, and the SIM was not the reason."""
        self.chances -= 1
        self.each_answered = False


@dataclass(slots=True)
class Profile:
    """How this module answers, and what changes slowly about it and its SIM."""

    number: OwnNumber = field(default_factory=OwnNumber)
    chaining: Chaining = field(default_factory=Chaining)
    answered: set[Command] = field(default_factory=set)
    """Registrations that it answered at least once."""
    unsupported: set[Command] = field(default_factory=set)
    """Registrations that it does not support."""
    lte_needed: bool = False
    """The circuit-switched registration alone was not good in the last poll."""
    nr_needed: bool = False
    """Neither was that in LTE: stand-alone 5G is asked too."""
    plain_errors: bool = False
    """It answers ERROR without a number, although AT+CMEE=1 was accepted."""
    unreadable: int = 0
    """Looks in a row in which all was answered and the card's identity was not among it."""
    operator: str | None = None
    operator_interval: SlowInterval = field(default_factory=SlowInterval)
    registration: Registration | None = None
    radio: int | None = None
    """The last <fun> of +CFUN?, for a module without a SIM."""
    radio_interval: SlowInterval = field(default_factory=SlowInterval)
    settings_lost: bool = False
    """A setting of ours, which was in force, is so no longer: the module restarted without a word."""
    _presented: dict[Command, int] = field(default_factory=dict)
    """The <n> of the last answer to each registration."""
    _odd_states: dict[Command, int] = field(default_factory=dict)
    """Registration states of the last answers that the standard does not have."""
    _sim_command: Command | None = None

    def sim_command(self, dialect: Dialect) -> Command:
        """The question for the state of the SIM."""
        return self._sim_command or dialect.sim_state

    def refuses_domain(self, question: Command, dialect: Dialect) -> None:
        """Do not ask for this registration again; if none would be left, all are asked again."""
        self.unsupported.add(question)
        if self.unsupported >= {dialect.circuit, dialect.lte} - {None}:
            self.unsupported.clear()

    def note_presentation(self, question: Command, shown: int | None) -> None:
        """Take the <n> of an answer; one that fell from what we set means that the settings are gone."""
        if shown is None or question is C5GREG:  # there we set nothing
            return
        self.settings_lost = self.settings_lost or shown < self._presented.get(question, 0)
        self._presented[question] = shown

    def note_stat(self, question: Command, stat: int | None) -> None:
        """Take the <stat> of an answer."""
        self._odd_states.pop(question, None)
        if stat is not None and not is_standard(stat):
            self._odd_states[question] = stat

    def odd_state(self) -> str:
        """A text for a state that the standard does not have, else empty."""
        for question, stat in self._odd_states.items():
            return f"the answer to {question.text} is state {stat}, which the standard does not have"
        return ""

    def omits_final_result(self, dialect: Dialect) -> None:
        """Take the line of +CPIN? for the end of its answer, as Wavecom sends it (docs/at-field-guide.md §1.1)."""
        self._sim_command = replace(dialect.sim_state, closes=_CPIN_LINE)
