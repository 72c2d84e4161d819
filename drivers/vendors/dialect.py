"""How modules differ, as data.

Responsible for the words in which a vendor's module is asked and in which it tells news: `Dialect`,
`Urc`, `SimCheck` and `UrcMeaning`. Must not know which vendors there are, in what order questions are asked,
or what follows from an answer.
"""

from __future__ import annotations

import enum
import re
from dataclasses import dataclass

from drivers.at.commands import Command


class UrcMeaning(enum.StrEnum):
    """What an unsolicited line means for what we know about the module (docs/at-field-guide.md §9)."""

    RESTARTED = "restarted"
    """A boot banner: everything it said is void, and so are our session settings."""
    STOPPED = "stopped"
    """It is switching off: void as above, and silence is to be expected."""
    SIM_GONE = "sim_gone"
    """It says in so many words that there is no card."""
    SIM_CHANGED = "sim_changed"
    """Something about the card or the radio changed: look again."""
    NUMBER_READY = "number_ready"
    """The phone book is loaded: the own number may be readable now."""
    REGISTRATION = "registration"
    """Something about the network changed: look again."""
    POWER = "power"
    """The supply is bad: a restart is to be expected."""
    NOISE = "noise"
    """Of no concern to us."""


@dataclass(frozen=True, slots=True)
class Urc:
    """An unsolicited line; `pattern` is matched from its start. Of several, the first that matches counts."""

    pattern: re.Pattern[str]
    meaning: UrcMeaning


def urc(pattern: str, meaning: UrcMeaning) -> Urc:
    """A Urc from the text of its pattern."""
    return Urc(re.compile(pattern, re.IGNORECASE), meaning)


@dataclass(frozen=True, slots=True, kw_only=True)
class Dialect:
    """How one family of modules is recognised, asked and understood.

    It is recognised when `maker` is found in one of the lines in which the module names itself, and
    `model` as well (in the same line or another). Where a tuple of commands stands, the first that is
    answered is kept for the connection.
    """

    name: str
    """The family, unique: "simcom-4g"."""
    vendor: str
    """The vendor in config.yaml: "simcom"."""
    manufacturer: re.Pattern[str]
    model: re.Pattern[str] | None = None

    imei: tuple[Command, ...]
    sim_state: Command
    sim_checks: tuple[Command, ...] = ()
    """The vendor's own questions about the SIM, for when +CPIN? gives no plain word (docs/at-field-guide.md §3.3)."""
    iccid: tuple[Command, ...]
    imsi: Command
    circuit: Command
    """Registration in the circuit-switched domain (+CREG?)."""
    lte: Command | None
    """Registration in LTE (+CEREG?); None for modules without LTE."""
    packet: Command | None
    """Registration for packets (+CGREG?): asked only where the others say no, and only its 6 and 7 count
    (docs/at-field-guide.md §7.2)."""
    signal: tuple[Command, ...]
    phone_book: float
    """Seconds from a start in which the card's phone book may still be loading (docs/at-field-guide.md §1.3, §13)."""
    packed_ussd: bool = False
    """USSD goes to it as hex of packed septets."""

    urcs: tuple[Urc, ...]
    urc_switches: tuple[Command, ...] = ()
    """Settings that make this port tell of the SIM; all forgotten at a restart."""

    chains: bool
    """Several questions in one line (V.250 §5.2.1)."""

    def meaning(self, line: str) -> UrcMeaning | None:
        """What an unsolicited line means; None for one that is not listed."""
        return next((urc.meaning for urc in self.urcs if urc.pattern.match(line)), None)


def named(pattern: str) -> re.Pattern[str]:
    """A pattern that is looked for anywhere in a line in which a module names itself, in any case."""
    return re.compile(pattern, re.IGNORECASE)
