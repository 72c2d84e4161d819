"""The decision of docs/design.md §4: which SIMs are live now, and why each other module's SIM is not."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from typing import Final

from agent.decision.claims import contested
from agent.decision.contest import Key
from agent.decision.contests import Contests
from agent.decision.flaps import Flaps
from agent.decision.module_state import ModuleState, decided
from agent.decision.rules import Rules
from agent.decision.scope import Scope, scope_of
from agent.decision.verdict import (
    NEVER,
    Away,
    Decision,
    LiveSim,
    Memory,
    ModuleInput,
    Policy,
    Reason,
    Recalled,
    Standing,
    Verdict,
)
from agent.formats.iccid import card_key

_SIM_IS_GOOD: Final = frozenset({
    Reason.LIVE,
    Reason.DISABLED,
    Reason.NUMBER_UNKNOWN,
    Reason.NUMBER_INVALID,
    Reason.CONTESTED,
    Reason.DUPLICATE_SIM,
    Reason.DUPLICATE_NUMBER,
    Reason.SETTLING,
    Reason.OVER_CAP,
})  # fmt: skip
"""Reasons that are not about the SIM's own state: a SIM that leaves for one of them does not flap."""
_RUN_GOES_ON: Final = _SIM_IS_GOOD - {Reason.DISABLED}
"""Reasons under which a run of good answers goes on; what was disabled was not judged, and settles again."""


Inputs = Mapping[str, ModuleInput]
Verdicts = Mapping[str, Verdict]


def live_set(modules: Inputs, memory: Memory, policy: Policy, now: float) -> Decision:
    """Decide which SIMs are live at `now`, from the state of every module.

    Keyed by module, so that it cannot hold two SIMs of one module, nor more entries than modules, nor than the cap.
    Only what may be otherwise than in the decision that `memory` is of is judged anew (agent/decision/scope.py): a
    module without news comes as the same `ModuleInput` object that is in that decision's `modules`.
    """
    scope = scope_of(modules, memory, policy, now)
    contests = _contests(scope, modules, memory, policy, now)
    rules = Rules(scope.crowd, memory, policy, now, contests)
    judged = sorted({*scope.judged, *contests.out}) if contests.out else scope.judged
    found = {name: rules.verdict(name, modules[name]) for name in judged}
    _apply_cap(found, scope, modules, memory, policy, now)
    verdicts = scope.over(memory.verdicts, found)
    live = _live(found, scope, modules, memory)
    after = {**modules, **{name: _after(modules[name], verdict.reason) for name, verdict in found.items()}}
    flaps, away = _departures(memory, modules, found, live, now)
    deadlines = scope.over(scope.before.deadlines if scope.before else {}, rules.deadlines(live))
    again = _judged_again(found, modules, after, memory)
    standing = Standing(policy, after, deadlines, scope.tellers, frozenset(scope.crowd), again)
    return Decision(
        live=live,
        verdicts=verdicts,
        modules=after,
        judged=tuple(judged),
        memory=Memory(
            verdicts=verdicts,
            live=live,
            flaps=flaps,
            away=away,
            recalled=_recalled(memory, modules, live, now),
            contests=contests,
            # How long a SIM settles is remembered by its card, wherever it turns up.
            standing=standing if flaps is memory.flaps else None,
        ),
        poll_now=_in_new_conflict(found, memory),
        due=_due(deadlines, contests, now),
    )


def _contests(scope: Scope, modules: Inputs, memory: Memory, policy: Policy, now: float) -> Contests:
    groups = contested(scope.crowd, policy, now)
    if not groups and memory.contests.is_empty:
        return memory.contests
    states = {name: module.state for name, module in modules.items()}
    return memory.contests.after(groups, states, partial(_holder, memory, modules), policy.lease, now)


def _holder(memory: Memory, modules: Mapping[str, ModuleInput], key: Key) -> str | None:
    """Return the module that was live with this card or number until now, and still tells that SIM."""
    kind, what = key
    for name, sim in memory.live.items():
        if what == (card_key(sim.iccid) if kind == "card" else sim.number.text):
            state = modules[name].state if name in modules else None
            same = (
                state is not None and not state.broken and (state.iccid, state.imsi) == (sim.iccid, sim.imsi)
            )
            return name if same else None
    return None


def _apply_cap(
    found: dict[str, Verdict], scope: Scope, modules: Inputs, memory: Memory, policy: Policy, now: float
) -> None:
    """Turn away what is over the cap: those already live stay, then the configured order decides."""
    live = [name for name, verdict in found.items() if verdict.reason is Reason.LIVE]
    live.sort(key=lambda name: (name not in memory.live, modules[name].order, name))
    others = 0 if scope.before is None else len(memory.live) - sum(name in memory.live for name in found)
    for name in live[max(0, policy.cap - others) :]:
        found[name] = memory.verdict(name, Reason.OVER_CAP, "", now)


def _live(found: Verdicts, scope: Scope, modules: Inputs, memory: Memory) -> Mapping[str, LiveSim]:
    """Return the live set in the modules' order; the same object where nothing changed."""
    sims = {
        name: _live_sim(name, modules[name])
        for name, verdict in found.items()
        if verdict.reason is Reason.LIVE
    }
    if scope.before is not None and sims == {
        name: memory.live[name] for name in found if name in memory.live
    }:
        return memory.live
    live = {
        name: sims.get(name, sim)
        for name, sim in memory.live.items()
        if name in sims or (name not in found and scope.before is not None)
    }
    if scope.before is not None and live.keys() >= sims.keys():
        return live
    live |= sims
    return {name: live[name] for name in sorted(live, key=lambda name: (modules[name].order, name))}


def _live_sim(name: str, module: ModuleInput) -> LiveSim:
    state, number = module.state, module.resolution.number
    if state.iccid is None or state.imsi is None or number is None:  # pragma: no cover
        raise AssertionError("a live SIM has an ICCID, an IMSI and a number")
    return LiveSim(name, state.iccid, state.imsi, number)


def _after(module: ModuleInput, reason: Reason) -> ModuleInput:
    on = reason in _RUN_GOES_ON and (reason is Reason.LIVE or not module.state.blinked)
    state = decided(module.state, run_goes_on=on)
    return module if state is module.state else replace(module, state=state)


def _recalled(
    memory: Memory, modules: Inputs, live: Mapping[str, LiveSim], now: float
) -> Mapping[str, Recalled]:
    """Return who may still skip settling: a recalled SIM waits for its module's first definite answer."""
    return {
        name: recalled
        for name, recalled in memory.recalled.items()
        if now < recalled.until
        and name not in live
        and (name not in modules or modules[name].state.answered_at is None)
    }


def _departures(
    memory: Memory,
    modules: Inputs,
    found: Verdicts,
    live: Mapping[str, LiveSim],
    now: float,
) -> tuple[Flaps, Mapping[str, Away]]:
    """Return the flaps of now, and the SIMs that would flap if they came back."""
    away = {name: gone for name, gone in memory.away.items() if name in modules}
    back = {name for name, gone in away.items() if _is_back(modules[name].state, gone)}
    flaps = memory.flaps.after({away[name].iccid: away[name].lived for name in back}, now)
    for name in [one for one in away if one in back or _other_card(modules[one].state, away[one].iccid)]:
        del away[name]
    for name, verdict in found.items():
        sim, state = memory.live.get(name), modules[name].state
        if sim is None or name in live:
            continue
        at_fault = verdict.reason not in _SIM_IS_GOOD or state.broken
        if at_fault and not _other_card(state, sim.iccid):
            away[name] = Away(sim.iccid, now - memory.verdicts[name].since)
    return flaps, away


def _is_back(state: ModuleState, gone: Away) -> bool:
    return state.iccid == gone.iccid and state.good_since is not None


def _other_card(state: ModuleState, iccid: str) -> bool:
    """Whether the module now holds another card: the bank switched it, the SIM did not flap."""
    return state.iccid is not None and state.iccid != iccid


def _judged_again(found: Verdicts, modules: Inputs, after: Inputs, memory: Memory) -> frozenset[str]:
    """Return who is judged in the next decision too: its result may be another one after what this one did."""
    return frozenset(
        name
        for name, verdict in found.items()
        if after[name] is not modules[name]
        or not memory.had(name, verdict.reason)
        or verdict.reason is Reason.OVER_CAP
    )


def _in_new_conflict(found: Verdicts, memory: Memory) -> frozenset[str]:
    return frozenset(
        name
        for name, verdict in found.items()
        if verdict.reason is Reason.DUPLICATE_SIM and not memory.had(name, Reason.DUPLICATE_SIM)
    )


def _due(deadlines: Mapping[str, float], contests: Contests, now: float) -> float | None:
    """Return when a verdict changes by itself, None for never."""
    times = [time for time in contests.deadlines(now) if time > now]
    due = min((*times, min(deadlines.values(), default=NEVER)))
    return None if due == NEVER else due
