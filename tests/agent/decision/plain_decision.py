"""The decision of docs/design.md §4 in its plain form, which judges every module each time: the reference.

`live_set` judges only what may be otherwise than before; `decide` takes both and holds one against the other. What both
ask of a single module or card is `live_set`'s own; which modules are looked at, and in what order, is said here anew.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import partial

from agent.decision.claims import contested
from agent.decision.flaps import Flaps
from agent.decision.liveset import (
    _SIM_IS_GOOD,
    _after,
    _holder,
    _is_back,
    _live_sim,
    _other_card,
    _recalled,
    live_set,
)
from agent.decision.rules import Rules
from agent.decision.verdict import (
    NEVER,
    Away,
    Decision,
    LiveSim,
    Memory,
    ModuleInput,
    Policy,
    Reason,
    Verdict,
)


def decide(modules: Mapping[str, ModuleInput], memory: Memory, policy: Policy, now: float) -> Decision:
    """Return the decision of `live_set`, which must be the plain one."""
    decision, plain = live_set(modules, memory, policy, now), plain_decision(modules, memory, policy, now)
    assert decision.verdicts == plain.verdicts
    assert list(decision.live.items()) == list(plain.live.items())
    assert decision.modules == plain.modules
    assert (decision.poll_now, decision.due) == (plain.poll_now, plain.due)
    assert replace(decision.memory, standing=None) == plain.memory
    return decision


def plain_decision(
    modules: Mapping[str, ModuleInput], memory: Memory, policy: Policy, now: float
) -> Decision:
    """Decide from the state of every module."""
    contests = memory.contests.after(
        contested(modules, policy, now),
        {name: module.state for name, module in modules.items()},
        partial(_holder, memory, modules),
        policy.lease,
        now,
    )
    rules = Rules(modules, memory, policy, now, contests)
    verdicts = {name: rules.verdict(name, module) for name, module in modules.items()}
    _apply_cap(verdicts, modules, memory, policy, now)
    live = {
        name: _live_sim(name, modules[name])
        for name in sorted(modules, key=lambda name: (modules[name].order, name))
        if verdicts[name].reason is Reason.LIVE
    }
    conflicts = {name for name, verdict in verdicts.items() if verdict.reason is Reason.DUPLICATE_SIM}
    times = [*rules.deadlines(live).values(), *(at for at in contests.deadlines(now) if at > now)]
    due = min(times, default=NEVER)
    return Decision(
        live=live,
        verdicts=verdicts,
        modules={name: _after(module, verdicts[name].reason) for name, module in modules.items()},
        judged=tuple(modules),
        memory=replace(_remember(memory, modules, verdicts, live, now), contests=contests),
        poll_now=frozenset(name for name in conflicts if not memory.had(name, Reason.DUPLICATE_SIM)),
        due=None if due == NEVER else due,
    )


def _apply_cap(
    verdicts: dict[str, Verdict],
    modules: Mapping[str, ModuleInput],
    memory: Memory,
    policy: Policy,
    now: float,
) -> None:
    """Turn away what is over the cap: those already live stay, then the configured order decides."""
    live = [name for name, verdict in verdicts.items() if verdict.reason is Reason.LIVE]
    live.sort(key=lambda name: (name not in memory.live, modules[name].order, name))
    for name in live[max(0, policy.cap) :]:
        verdicts[name] = memory.verdict(name, Reason.OVER_CAP, "", now)


def _remember(
    memory: Memory,
    modules: Mapping[str, ModuleInput],
    verdicts: Mapping[str, Verdict],
    live: Mapping[str, LiveSim],
    now: float,
) -> Memory:
    flaps, away = _departures(memory, modules, verdicts, live, now)
    recalled = _recalled(memory, modules, live, now)
    return Memory(verdicts=verdicts, live=live, flaps=flaps, away=away, recalled=recalled)


def _departures(
    memory: Memory,
    modules: Mapping[str, ModuleInput],
    verdicts: Mapping[str, Verdict],
    live: Mapping[str, LiveSim],
    now: float,
) -> tuple[Flaps, dict[str, Away]]:
    """Return the flaps of now, and the SIMs that would flap if they came back."""
    away = {name: gone for name, gone in memory.away.items() if name in modules}
    back = {name for name, gone in away.items() if _is_back(modules[name].state, gone)}
    flaps = memory.flaps.after({away[name].iccid: away[name].lived for name in back}, now)
    for name in [one for one in away if one in back or _other_card(modules[one].state, away[one].iccid)]:
        del away[name]
    for name, sim in memory.live.items():
        left = name in modules and name not in live
        at_fault = left and (verdicts[name].reason not in _SIM_IS_GOOD or modules[name].state.broken)
        if at_fault and not _other_card(modules[name].state, sim.iccid):
            away[name] = Away(sim.iccid, now - memory.verdicts[name].since)
    return flaps, away
