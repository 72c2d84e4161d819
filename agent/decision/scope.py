"""Which modules a decision has to judge: those with news, those whose time has come, and those that bear on each other.

All others are as the decision before left them. A verdict depends on its own module, on the time, and on modules that
tell the same card or number or may be one module with it; whoever shares anything of that is judged in each decision.
So a decision costs what has changed, and a bank of a thousand modules is not judged anew for each answer of one.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import TypeVar

from agent.decision.contest import Key
from agent.decision.tellers import Tellers, Told
from agent.decision.verdict import Memory, ModuleInput, Policy, Standing
from agent.formats.iccid import card_key

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Scope:
    """What one decision is about."""

    before: Standing | None
    """What holds over from the decision before; None where all modules are judged."""
    judged: Collection[str]
    """The modules to judge, in a fixed order."""
    crowd: Mapping[str, ModuleInput]
    """Those of them that tell what others tell too, or what was contested."""
    tellers: Tellers

    def over(self, before: Mapping[str, T], found: Mapping[str, T]) -> Mapping[str, T]:
        """Return what is found of the judged modules over what held before; the same object where nothing changed."""
        if self.before is None:
            return found
        changed = {name: value for name, value in found.items() if before.get(name) is not value}
        return {**before, **changed} if changed else before


def scope_of(modules: Mapping[str, ModuleInput], memory: Memory, policy: Policy, now: float) -> Scope:
    """Return what the decision of `now` is about."""
    before = memory.standing
    known: Mapping[str, ModuleInput] = before.modules if before is not None else {}
    news = [name for name, module in modules.items() if known.get(name) is not module]
    if (
        before is None
        or before.policy != policy
        or len(known) != len(modules)
        or any(name not in known or known[name].order != modules[name].order for name in news)
    ):
        tellers = Tellers().after((name, {}, _told(module)) for name, module in modules.items())
        return Scope(None, modules.keys(), _crowd(tellers, modules, memory), tellers)
    tellers = before.tellers.after((name, _told(known[name]), _told(modules[name])) for name in news)
    crowd = _crowd(tellers, modules, memory)
    late = {name for name, deadline in before.deadlines.items() if deadline <= now}
    judged = late.union(news, crowd, before.crowd, before.again, memory.contests.out)
    return Scope(before, sorted(judged), crowd, tellers)


def _crowd(tellers: Tellers, modules: Mapping[str, ModuleInput], memory: Memory) -> Mapping[str, ModuleInput]:
    names = set(tellers.of(memory.contests.by_key)).union(*tellers.shared.values())
    return {name: modules[name] for name in sorted(names)}


def _told(module: ModuleInput) -> Told:
    """Return all that a module tells and no other should."""
    iccid, number = module.state.iccid, module.resolution.number
    told: dict[Key, str] = {}
    if iccid is not None:
        told["card", card_key(iccid)] = iccid
    if number is not None:
        told["number", number.text] = number.text
    if module.sibling:
        told["device", module.sibling] = module.sibling
    return told
