"""How modules differ, as data: the dialect of a family, and its URCs."""

from __future__ import annotations

import enum
import re
from dataclasses import dataclass

from drivers.at.commands import Command


class UrcMeaning(enum.StrEnum):
    """What a URC means for what we know about the module (docs/at-field-guide.md §9)."""

    RESTARTED = "restarted"
    """A boot banner: all that is known of the module is void, and so are our session settings."""
    STOPPED = "stopped"
    """It is switching off: void as above, and silence follows."""
    SIM_GONE = "sim_gone"
    """There is no SIM."""
    SIM_CHANGED = "sim_changed"
    """Something about the SIM or the radio changed: poll now."""
    NUMBER_READY = "number_ready"
    """The phone book is loaded: the own number may be readable now."""
    REGISTRATION = "registration"
    """Something about the network changed: poll now."""
    POWER = "power"
    """The supply voltage is bad: it may restart."""
    NOISE = "noise"
    """Nothing that concerns us."""


@dataclass(frozen=True, slots=True)
class Urc:
    """A URC; `pattern` is matched from the start of a line. Of several, the first that matches counts."""

    pattern: re.Pattern[str]
    meaning: UrcMeaning


def urc(pattern: str, meaning: UrcMeaning) -> Urc:
    """A Urc from the text of its pattern, which matches in any case."""
    return Urc(re.compile(pattern, re.IGNORECASE), meaning)


@dataclass(frozen=True, slots=True, kw_only=True)
class Dialect:
    """How a family of modules is recognised, asked and understood.

    A module is of this family when `manufacturer` is found in one of the lines in which it names itself, and `model` in
    the same line or another. Of a tuple of commands, the first that is answered is kept for the connection.
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
    """The vendor's own queries of the SIM state, for where +CPIN? leaves it open (docs/at-field-guide.md §3.3)."""
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
    """Seconds after a start for which the card's phone book may still be loading (docs/at-field-guide.md §1.3, §13)."""
    packed_ussd: bool = False
    """USSD is sent as hex of packed septets."""

    urcs: tuple[Urc, ...]
    urc_switches: tuple[Command, ...] = ()
    """Settings that switch SIM URCs on for this port; a restart undoes them."""

    chains: bool
    """Whether it answers several commands in one line (V.250 §5.2.1)."""

    def meaning(self, line: str) -> UrcMeaning | None:
        """What a URC means; None for one that is not listed."""
        return next((urc.meaning for urc in self.urcs if urc.pattern.match(line)), None)


def named(pattern: str) -> re.Pattern[str]:
    """A pattern for `manufacturer`: found anywhere in a line, in any case."""
    return re.compile(pattern, re.IGNORECASE)


def models(pattern: str) -> re.Pattern[str]:
    """A pattern for `model`, in any case: a whole name, which letters of a variant may follow but no further digit.

    SIM800 is not the beginning of SIM8002, nor M26 the end of EC20M26 (docs/at-field-guide.md §10.5).
    """
    return re.compile(rf"(?<![A-Z0-9])(?:{pattern})(?![0-9])", re.IGNORECASE)
