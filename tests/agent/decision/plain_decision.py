"""The decision of docs/design.md §4 in its plain form, which judges every module each time: the reference.

`live_set` judges only what may be otherwise than before; `decide` takes both and holds one against the other.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from typing import Final

from agent.decision.claims import contested
from agent.decision.contest import Key
from agent.decision.flaps import Flaps
from agent.decision.liveset import live_set
from agent.decision.module_state import ModuleState, decided
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


def _live_sim(name: str, module: ModuleInput) -> LiveSim:
    state, number = module.state, module.resolution.number
    if state.iccid is None or state.imsi is None or number is None:  # pragma: no cover
        raise AssertionError("a live SIM has an ICCID, an IMSI and a number")
    return LiveSim(name, state.iccid, state.imsi, number)


def _after(module: ModuleInput, reason: Reason) -> ModuleInput:
    on = reason in _RUN_GOES_ON and (reason is Reason.LIVE or not module.state.blinked)
    state = decided(module.state, run_goes_on=on)
    return module if state is module.state else replace(module, state=state)


def _remember(
    memory: Memory,
    modules: Mapping[str, ModuleInput],
    verdicts: Mapping[str, Verdict],
    live: Mapping[str, LiveSim],
    now: float,
) -> Memory:
    flaps, away = _departures(memory, modules, verdicts, live, now)
    recalled = {
        name: recalled
        for name, recalled in memory.recalled.items()
        if now < recalled.until and name not in live and _may_still_recall(modules.get(name))
    }
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


def _is_back(state: ModuleState, gone: Away) -> bool:
    return state.iccid == gone.iccid and state.good_since is not None


def _other_card(state: ModuleState, iccid: str) -> bool:
    """Whether the module now holds another card: the bank switched it, the SIM did not flap."""
    return state.iccid is not None and state.iccid != iccid


def _may_still_recall(module: ModuleInput | None) -> bool:
    """A recalled SIM waits for its module's first definite answer, whatever that is."""
    return module is None or module.state.answered_at is None
