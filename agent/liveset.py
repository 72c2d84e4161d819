"""Which SIMs are live now, and why each other module's is not.

Responsible for the decision of DESIGN §4 as one pure function: no clock, no I/O, no randomness. The result is keyed
by module, so that it cannot hold two SIMs of one module, nor more entries than modules, nor more than the cap.
Must not know how modules are asked, where numbers come from, or whom the live set is told to.
"""

from __future__ import annotations

import enum
from collections import defaultdict
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from agent.flaps import Flaps
from agent.iccid import card_key, same_card
from agent.standing import Standing, broken, fold
from drivers.observation import Observation, PortState, Registration, SimState

if TYPE_CHECKING:
    from collections.abc import Mapping

    from agent.numbers import Number, Resolution


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

    standings: Mapping[str, Standing] = field(default_factory=dict)
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


_PORT_REASON: Final = {
    PortState.UNPROBED: Reason.SILENT,
    PortState.GONE: Reason.UNPLUGGED,
    PortState.BUSY: Reason.PORT_BUSY,
    PortState.FORBIDDEN: Reason.NO_PERMISSION,
    PortState.NOT_A_MODEM: Reason.NOT_A_MODEM,
}
_SIM_REASON: Final = {
    SimState.ABSENT: Reason.NO_SIM,
    SimState.NOT_READY: Reason.SIM_NOT_READY,
    SimState.PIN: Reason.PIN_REQUIRED,
    SimState.PUK: Reason.PUK_REQUIRED,
    SimState.ERROR: Reason.SIM_ERROR,
}
_REGISTRATION_REASON: Final = {
    Registration.NOT_SEARCHING: Reason.NOT_REGISTERED,
    Registration.SEARCHING: Reason.SEARCHING,
    Registration.DENIED: Reason.DENIED,
    Registration.UNKNOWN: Reason.REGISTRATION_UNKNOWN,
    Registration.EMERGENCY_ONLY: Reason.EMERGENCY_ONLY,
    Registration.LOCAL_SERVICES_ONLY: Reason.EMERGENCY_ONLY,
}
_BLINKING: Final = frozenset({Reason.NOT_REGISTERED, Reason.SEARCHING, Reason.REGISTRATION_UNKNOWN})
"""These come and go in the field, so the grace covers them for a SIM that is live."""
_NOT_THE_SIMS_FAULT: Final = frozenset({
    Reason.LIVE,
    Reason.DISABLED,
    Reason.NUMBER_UNKNOWN,
    Reason.NUMBER_INVALID,
    Reason.DUPLICATE_SIM,
    Reason.DUPLICATE_NUMBER,
    Reason.SETTLING,
    Reason.OVER_CAP,
})  # fmt: skip
"""Reasons that say nothing against the module's own word: its run of good answers goes on."""


def live_set(sightings: Mapping[str, Sighting], memory: Memory, policy: Policy, now: float) -> Decision:
    """Decide which SIMs are live at `now`, from the newest sighting of every module (DESIGN §4)."""
    standings = {
        name: fold(memory.standings.get(name, Standing()), sighting.observation)
        for name, sighting in sightings.items()
    }
    same_sim = _shared_sims(standings, policy, now)
    same_number = _shared_numbers(sightings, standings, policy, now)
    judge = _Judge(memory, policy, now)
    found: dict[str, tuple[Reason, str]] = {}
    for name, sighting in sightings.items():
        found[name] = judge.module(name, sighting, standings[name], same_sim, same_number)
    _apply_cap(found, sightings, memory, policy)
    live = {
        name: _live_sim(name, standings[name], sightings[name])
        for name in sorted(sightings, key=lambda name: (sightings[name].order, name))
        if found[name][0] is Reason.LIVE
    }
    verdicts = {name: _verdict(name, *found[name], memory, now) for name in sightings}
    clashing = {name for name, (reason, _) in found.items() if reason is Reason.DUPLICATE_SIM}
    return Decision(
        live=MappingProxyType(live),
        verdicts=MappingProxyType(verdicts),
        memory=_remember(memory, found, standings, live, verdicts, now),
        ask_again=frozenset(name for name in clashing if not _was(memory, name, Reason.DUPLICATE_SIM)),
        due=min((time for time in judge.turning_points if time > now), default=None),
    )


class _Judge:
    """Asks the rules about one module after the other, and notes when time alone would change an answer."""

    def __init__(self, memory: Memory, policy: Policy, now: float) -> None:
        self._memory = memory
        self._policy = policy
        self._now = now
        self.turning_points: list[float] = []

    def module(
        self,
        name: str,
        sighting: Sighting,
        standing: Standing,
        same_sim: Mapping[str, str],
        same_number: Mapping[str, str],
    ) -> tuple[Reason, str]:
        """Return the first rule that fails and the fact behind it, or LIVE."""
        if sighting.disabled or (standing.iccid is not None and sighting.resolution.disabled):
            return Reason.DISABLED, ""
        own = self._own_word(name, standing)
        if own is not None:
            return own
        if (number := self._number(sighting.resolution, standing)) is not None:
            return number
        if name in same_sim:
            return Reason.DUPLICATE_SIM, same_sim[name]
        if name in same_number:
            return Reason.DUPLICATE_NUMBER, same_number[name]
        if not self._settled(name, standing):
            return Reason.SETTLING, ""
        return Reason.LIVE, ""

    def _own_word(self, name: str, standing: Standing) -> tuple[Reason, str] | None:
        if standing.port in _PORT_REASON:
            return _PORT_REASON[standing.port], standing.detail
        if not self._holds(standing.word_at):
            if self._holds(standing.busy_at):
                return Reason.SIM_NOT_READY, standing.detail
            return Reason.SILENT, standing.detail
        if standing.sim in _SIM_REASON:
            return _SIM_REASON[standing.sim], standing.detail
        if not self._holds(standing.complete_at):
            return Reason.SILENT, standing.detail
        return self._registration(name, standing)

    def _registration(self, name: str, standing: Standing) -> tuple[Reason, str] | None:
        if standing.registration is None or standing.off_air_since is None:
            return None
        reason = _REGISTRATION_REASON[standing.registration]
        if reason in _BLINKING and self._still_live(name, standing):
            end = standing.off_air_since + self._policy.registration_grace
            self.turning_points.append(end)
            if self._now < end:
                return None
        return reason, standing.detail

    def _still_live(self, name: str, standing: Standing) -> bool:
        before = self._memory.live.get(name)
        return before is not None and before.iccid == standing.iccid and before.imsi == standing.imsi

    def _number(self, resolution: Resolution, standing: Standing) -> tuple[Reason, str] | None:
        if resolution.number is not None:
            return None
        if resolution.rejected is not None:
            return Reason.NUMBER_INVALID, resolution.rejected
        return Reason.NUMBER_UNKNOWN, standing.iccid or ""

    def _settled(self, name: str, standing: Standing) -> bool:
        if self._still_live(name, standing):
            return True
        if standing.good_since is None or standing.iccid is None:
            return False
        recalled = self._memory.recalled.get(name)
        if recalled is not None and recalled.iccid == standing.iccid and self._now < recalled.until:
            return True
        settled_at = standing.good_since + self._memory.flaps.settle(
            standing.iccid, self._policy.settle, self._now
        )
        self.turning_points.append(settled_at)
        return standing.equal >= 2 and self._now >= settled_at

    def _holds(self, said_at: float | None) -> bool:
        """Tell whether a word said at that time still counts; and look again when it ceases to."""
        if said_at is None:
            return False
        end = said_at + self._policy.lease
        self.turning_points.append(end)
        return self._now < end


def _shared_sims(standings: Mapping[str, Standing], policy: Policy, now: float) -> dict[str, str]:
    """Modules that hold unexpired word of a card which another module says it holds too → the others' names."""
    holders: defaultdict[str, list[tuple[str, str]]] = defaultdict(list)
    for name, standing in standings.items():
        if (
            standing.iccid is not None
            and standing.iccid_at is not None
            and now < standing.iccid_at + policy.lease
        ):
            holders[card_key(standing.iccid)].append((name, standing.iccid))
    shared: dict[str, str] = {}
    for group in holders.values():
        for name, iccid in group if len(group) > 1 else ():
            others = sorted(other for other, card in group if other != name and same_card(card, iccid))
            if others:
                shared[name] = ", ".join(others)
    return shared


def _shared_numbers(
    sightings: Mapping[str, Sighting], standings: Mapping[str, Standing], policy: Policy, now: float
) -> dict[str, str]:
    """Modules whose number a SIM of an equal or better source claims too → the others' names."""
    claims: defaultdict[str, list[tuple[int, str]]] = defaultdict(list)
    for name, sighting in sightings.items():
        standing, number = standings[name], sighting.resolution.number
        if number is None or standing.iccid_at is None or now >= standing.iccid_at + policy.lease:
            continue
        if not sighting.disabled and not sighting.resolution.disabled:
            claims[number.text].append((number.source, name))
    shared: dict[str, str] = {}
    for claimants in claims.values():
        best = min(source for source, _ in claimants)
        winners = [name for source, name in claimants if source == best]
        for _, name in claimants:
            if [name] != winners:
                shared[name] = ", ".join(sorted(other for _, other in claimants if other != name))
    return shared


def _apply_cap(
    found: dict[str, tuple[Reason, str]], sightings: Mapping[str, Sighting], memory: Memory, policy: Policy
) -> None:
    """Turn away what is over the cap: those already live stay, then the configured order decides."""
    live = [name for name, (reason, _) in found.items() if reason is Reason.LIVE]
    live.sort(key=lambda name: (name not in memory.live, sightings[name].order, name))
    for name in live[max(0, policy.cap) :]:
        found[name] = (Reason.OVER_CAP, "")


def _live_sim(name: str, standing: Standing, sighting: Sighting) -> LiveSim:
    number = sighting.resolution.number
    if standing.iccid is None or standing.imsi is None or number is None:  # pragma: no cover
        raise AssertionError("a live SIM has an ICCID, an IMSI and a number")
    return LiveSim(name, standing.iccid, standing.imsi, number)


def _verdict(name: str, reason: Reason, detail: str, memory: Memory, now: float) -> Verdict:
    before = memory.verdicts.get(name)
    if before is not None and before.reason is reason:
        return before if before.detail == detail else replace(before, detail=detail)
    return Verdict(name, reason, now, detail)


def _was(memory: Memory, name: str, reason: Reason) -> bool:
    before = memory.verdicts.get(name)
    return before is not None and before.reason is reason


def _remember(
    memory: Memory,
    found: Mapping[str, tuple[Reason, str]],
    standings: Mapping[str, Standing],
    live: Mapping[str, LiveSim],
    verdicts: Mapping[str, Verdict],
    now: float,
) -> Memory:
    away = {name: gone for name, gone in memory.away.items() if name in standings}
    back = {name for name, gone in away.items() if _is_back(standings[name], gone)}
    flaps = memory.flaps.after({away[name].iccid: away[name].lived for name in back}, now)
    for name in [name for name in away if name in back or _other_card(standings[name], away[name].iccid)]:
        del away[name]
    for name, sim in memory.live.items():
        left = name in standings and name not in live and found[name][0] not in _NOT_THE_SIMS_FAULT
        if left and not _other_card(standings[name], sim.iccid):
            away[name] = Away(sim.iccid, now - memory.verdicts[name].since)
    return Memory(
        standings={
            name: standing if found[name][0] in _NOT_THE_SIMS_FAULT else broken(standing)
            for name, standing in standings.items()
        },
        verdicts=verdicts,
        live=live,
        flaps=flaps,
        away=away,
        recalled={
            name: recalled
            for name, recalled in memory.recalled.items()
            if now < recalled.until and name not in live and _may_still_recall(standings.get(name))
        },
    )


def _is_back(standing: Standing, gone: Away) -> bool:
    return standing.iccid == gone.iccid and standing.good_since is not None


def _other_card(standing: Standing, iccid: str) -> bool:
    """Tell whether the module now holds another card: the bank switched it, the SIM did not flap."""
    return standing.iccid is not None and standing.iccid != iccid


def _may_still_recall(standing: Standing | None) -> bool:
    """A recalled SIM waits for its module's first whole word, whatever that is."""
    return standing is None or standing.word_at is None
