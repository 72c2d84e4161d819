"""The words of the decision: what goes into it, what comes out, and what it remembers.

Responsible for the values that `live_set` takes and returns (docs/design.md §4). Must not know how they are decided.
"""

from __future__ import annotations

import enum
from collections.abc import Mapping
from dataclasses import dataclass, field

from agent.decision.flaps import Flaps
from agent.decision.module_state import ModuleState
from agent.numbers.resolve import Number, Resolution
from drivers.observation import Observation


class Reason(enum.StrEnum):
    """Why a module's SIM is live or not, in the order in which the rules are asked."""

    LIVE = "live"
    DISABLED = "disabled"
    UNPLUGGED = "unplugged"
    PORT_BUSY = "port_busy"
    NO_PERMISSION = "no_permission"
    NOT_A_MODEM = "not_a_modem"
    SILENT = "silent"
    NO_SIM = "no_sim"
    SIM_NOT_READY = "sim_not_ready"
    PIN_REQUIRED = "pin_required"
    PUK_REQUIRED = "puk_required"
    SIM_ERROR = "sim_error"
    NOT_REGISTERED = "not_registered"
    SEARCHING = "searching"
    DENIED = "denied"
    EMERGENCY_ONLY = "emergency_only"
    REGISTRATION_UNKNOWN = "registration_unknown"
    NUMBER_UNKNOWN = "number_unknown"
    NUMBER_INVALID = "number_invalid"
    DUPLICATE_SIM = "duplicate_sim"
    DUPLICATE_NUMBER = "duplicate_number"
    SETTLING = "settling"
    OVER_CAP = "over_cap"


@dataclass(frozen=True, slots=True)
class Policy:
    """The operator's rules. `cap` is the number of modules he owns; the others are seconds."""

    cap: int
    settle: float = 10.0
    lease: float = 30.0
    registration_grace: float = 15.0


@dataclass(frozen=True, slots=True)
class Sighting:
    """One module as the bank sees it: its newest observation, whose number that SIM has, and its place in line."""

    observation: Observation
    resolution: Resolution
    order: int = 0
    disabled: bool = False


@dataclass(frozen=True, slots=True)
class Verdict:
    """Live, or the reason why not; `since` is when this reason first held, `detail` the fact behind it."""

    module: str
    reason: Reason
    since: float
    detail: str = ""


@dataclass(frozen=True, slots=True)
class LiveSim:
    """A SIM that is live now."""

    module: str
    iccid: str
    imsi: str
    number: Number


@dataclass(frozen=True, slots=True)
class Recalled:
    """A SIM that was live in this module when the agent last stopped; it may skip settling once, until `until`."""

    iccid: str
    until: float


@dataclass(frozen=True, slots=True)
class Away:
    """A SIM that left the live set by its own fault after `lived` seconds; it flaps if it comes back."""

    iccid: str
    lived: float


@dataclass(frozen=True, slots=True)
class Memory:
    """What the next decision must know of the earlier ones; bounded by the modules and by `Flaps`."""

    standings: Mapping[str, ModuleState] = field(default_factory=dict)
    verdicts: Mapping[str, Verdict] = field(default_factory=dict)
    live: Mapping[str, LiveSim] = field(default_factory=dict)
    flaps: Flaps = field(default_factory=Flaps)
    away: Mapping[str, Away] = field(default_factory=dict)
    recalled: Mapping[str, Recalled] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Decision:
    """The live set in the modules' order, every module's verdict, and what follows for the asking.

    `ask_again` names modules of a clash that has just come up; `due` is the next time at which a verdict changes
    although nobody says anything, None if there is none.
    """

    live: Mapping[str, LiveSim]
    verdicts: Mapping[str, Verdict]
    memory: Memory
    ask_again: frozenset[str]
    due: float | None
