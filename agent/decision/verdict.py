"""The values that `live_set` takes and returns."""

from __future__ import annotations

import enum
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from typing import Final

from agent.decision.contests import Contests
from agent.decision.flaps import Flaps
from agent.decision.module_state import ModuleState
from agent.decision.tellers import Tellers
from agent.numbers.resolve import Number, Resolution

NEVER: Final = float("inf")


class Reason(enum.StrEnum):
    """Why a module's SIM is live or not, in the order in which the rules are applied (docs/design.md §4)."""

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
    MODULE_LOCKED = "module_locked"
    SIM_ERROR = "sim_error"
    NOT_REGISTERED = "not_registered"
    SEARCHING = "searching"
    DENIED = "denied"
    EMERGENCY_ONLY = "emergency_only"
    REGISTRATION_UNKNOWN = "registration_unknown"
    NUMBER_UNKNOWN = "number_unknown"
    NUMBER_INVALID = "number_invalid"
    CONTESTED = "contested"
    DUPLICATE_SIM = "duplicate_sim"
    DUPLICATE_NUMBER = "duplicate_number"
    SETTLING = "settling"
    OVER_CAP = "over_cap"


HOLDS_NOTHING: Final = frozenset(
    {
        Reason.DISABLED,
        Reason.UNPLUGGED,
        Reason.PORT_BUSY,
        Reason.NO_PERMISSION,
        Reason.NOT_A_MODEM,
        Reason.SILENT,
        Reason.NO_SIM,
    }
)
"""Verdicts beside which a module shows the SIM that was last seen in it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """The operator's rules. `cap` is the number of modules he owns; the others are seconds."""

    cap: int
    settle: float = 10.0
    lease: float = 30.0
    registration_grace: float = 15.0
    fleet: bool = False
    """Other hosts report for the same account: then no older claim counts again."""


@dataclass(frozen=True, slots=True)
class ModuleInput:
    """What is decided upon for one module: its state, its SIM's number, and its configured order."""

    state: ModuleState
    resolution: Resolution
    order: int = 0
    disabled: bool = False
    sibling: str = ""
    """Equal for ports of one unlisted USB device that told one IMEI: perhaps one module (docs/design.md §3.2)."""


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
class Standing:
    """What holds over from one decision to the next, so that only what may be otherwise is judged anew."""

    policy: Policy
    modules: Mapping[str, ModuleInput]
    """What was decided upon, as it is afterwards."""
    deadlines: Mapping[str, float]
    """When each module's verdict changes by itself; NEVER where it does not."""
    tellers: Tellers
    crowd: frozenset[str]
    """Modules whose verdicts may depend on one another."""
    again: frozenset[str]
    """Modules that the next decision judges in any case."""


@dataclass(frozen=True, slots=True)
class Memory:
    """What the next decision needs of the earlier ones; bounded by the modules and by `Flaps`."""

    verdicts: Mapping[str, Verdict] = field(default_factory=dict)
    live: Mapping[str, LiveSim] = field(default_factory=dict)
    flaps: Flaps = field(default_factory=Flaps)
    away: Mapping[str, Away] = field(default_factory=dict)
    recalled: Mapping[str, Recalled] = field(default_factory=dict)
    contests: Contests = field(default_factory=Contests)
    standing: Standing | None = None
    """None after a start: then all modules are judged."""

    def renamed(self, names: Mapping[str, str]) -> Memory:
        """Return it with other names for modules that contest nothing; `names` has the new ones by the old ones."""
        if not names:
            return self
        return replace(
            self,
            verdicts={
                names.get(name, name): replace(verdict, module=names.get(name, name))
                for name, verdict in self.verdicts.items()
            },
            live={
                names.get(name, name): replace(sim, module=names.get(name, name))
                for name, sim in self.live.items()
            },
            away={names.get(name, name): gone for name, gone in self.away.items()},
            recalled={names.get(name, name): one for name, one in self.recalled.items()},
            standing=None,
        )

    def verdict(self, module: str, reason: Reason, detail: str, now: float) -> Verdict:
        """Return the module's verdict of now; while its reason stays the same, `since` does too."""
        before = self.verdicts.get(module)
        if before is None or before.reason is not reason:
            return Verdict(module, reason, now, detail)
        return before if before.detail == detail else replace(before, detail=detail)

    def had(self, module: str, reason: Reason) -> bool:
        """Whether this was the module's last reason."""
        before = self.verdicts.get(module)
        return before is not None and before.reason is reason


@dataclass(frozen=True, slots=True)
class Decision:
    """The live set in the modules' order, every module's verdict, and what follows for polling.

    `modules` is what was decided upon, with the states as they are afterwards: what people see of a module comes from
    here, so that it cannot differ from what is reported. `judged` names the modules that were judged anew: all others
    are as in the decision before, and `live` and `verdicts` are its objects where nothing in them changed. `poll_now`
    names modules of a conflict that has just come up; `due` is the next time at which a verdict changes without a new
    observation, None if there is none.
    """

    live: Mapping[str, LiveSim]
    verdicts: Mapping[str, Verdict]
    modules: Mapping[str, ModuleInput]
    judged: Collection[str]
    memory: Memory
    poll_now: frozenset[str]
    due: float | None
