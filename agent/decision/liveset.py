"""Which SIMs are live now, and why each other module's is not.

Responsible for the decision of docs/design.md §4 as one pure function: no clock, no I/O, no randomness. The result is
keyed
by module, so that it cannot hold two SIMs of one module, nor more entries than modules, nor more than the cap.
Its words stand in `verdict`, its rules in `judge`. Must not know how modules are asked, where numbers come from, or
whom the live set is told to.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import Final

from agent.decision.module_state import ModuleState, broken, fold
from agent.decision.rules import Rules, shared_numbers, shared_sims
from agent.decision.verdict import Away, Decision, LiveSim, Memory, Policy, Reason, Sighting, Verdict

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
"""Reasons that say nothing against the module's own word."""
_RUN_GOES_ON: Final = _NOT_THE_SIMS_FAULT - {Reason.DISABLED}
"""Reasons under which a run of good answers goes on; what was disabled settles anew, for nobody judged it meanwhile."""


def live_set(sightings: Mapping[str, Sighting], memory: Memory, policy: Policy, now: float) -> Decision:
    """Decide which SIMs are live at `now`, from the newest sighting of every module (docs/design.md §4)."""
    standings = {
        name: fold(memory.standings.get(name, ModuleState()), sighting.observation, now)
        for name, sighting in sightings.items()
    }
    same_sim = shared_sims(standings, policy, now)
    same_number = shared_numbers(sightings, standings, policy, now)
    judge = Rules(memory, policy, now)
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


def _apply_cap(
    found: dict[str, tuple[Reason, str]], sightings: Mapping[str, Sighting], memory: Memory, policy: Policy
) -> None:
    """Turn away what is over the cap: those already live stay, then the configured order decides."""
    live = [name for name, (reason, _) in found.items() if reason is Reason.LIVE]
    live.sort(key=lambda name: (name not in memory.live, sightings[name].order, name))
    for name in live[max(0, policy.cap) :]:
        found[name] = (Reason.OVER_CAP, "")


def _live_sim(name: str, standing: ModuleState, sighting: Sighting) -> LiveSim:
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
    standings: Mapping[str, ModuleState],
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
            name: standing if found[name][0] in _RUN_GOES_ON else broken(standing)
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


def _is_back(standing: ModuleState, gone: Away) -> bool:
    return standing.iccid == gone.iccid and standing.good_since is not None


def _other_card(standing: ModuleState, iccid: str) -> bool:
    """Tell whether the module now holds another card: the bank switched it, the SIM did not flap."""
    return standing.iccid is not None and standing.iccid != iccid


def _may_still_recall(standing: ModuleState | None) -> bool:
    """A recalled SIM waits for its module's first whole word, whatever that is."""
    return standing is None or standing.word_at is None
