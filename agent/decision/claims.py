"""Which modules tell the same card or the same number, and which of them therefore may not be live."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from typing import Final

from agent.decision.contest import Key
from agent.decision.contests import Contests, Groups
from agent.decision.module_state import ModuleState
from agent.decision.verdict import ModuleInput, Policy
from agent.formats.iccid import card_key, same_card
from agent.numbers.resolve import Source

_TOLD: Final = frozenset({Source.CNUM, Source.EF_MSISDN})
"""Sources that are a module's own word; a number that the operator wrote twice is his to mend, and no contest."""

Modules = Mapping[str, ModuleInput]


def shared_sims(modules: Modules, policy: Policy, now: float, contests: Contests) -> dict[str, str]:
    """Return each module whose SIM another one reports too, both within the lease → the others' names.

    Without modules that are not believed, and without one whose older claim counts again.
    """
    believed = {name: module for name, module in modules.items() if name not in contests.out}
    shared = {
        name: ", ".join(others)
        for name, others in _same_cards(believed, policy, now).items()
        if not _wins(contests, _card(modules[name]), name, policy, now)
    }
    for name, module in believed.items() if contests.by_key else ():
        holder = contests.holder_before(_card(module), name)
        if holder and name not in shared and claims_sim(module.state, policy, now):
            shared[name] = holder
    return shared


def shared_numbers(modules: Modules, policy: Policy, now: float, contests: Contests) -> dict[str, str]:
    """Return each module whose number a SIM with an equal or better source has too → the others' names."""
    shared: dict[str, str] = {}
    for number, claimants in _claimed_numbers(modules, policy, now).items():
        believed = [name for name in claimants if name not in contests.out]
        for name in believed:
            source = _source(modules, name)
            rivals = [other for other in believed if _is_rival(modules, other, name)]
            better = any(_source(modules, other) <= source for other in rivals)
            if better and not _wins(contests, ("number", number), name, policy, now):
                shared[name] = ", ".join(sorted(rivals))
    return shared


def contested(modules: Modules, policy: Policy, now: float) -> Groups:
    """Return the modules that tell each card and each number that more than one of them tells."""
    groups: defaultdict[Key, set[str]] = defaultdict(set)
    for name, others in _same_cards(modules, policy, now).items():
        groups[_card(modules[name])] |= {name, *others}
    for number, claimants in _claimed_numbers(modules, policy, now).items():
        told = [name for name in claimants if _source(modules, name) in _TOLD]
        for name in told:
            rivals = [other for other in told if _is_rival(modules, other, name)]
            if any(_source(modules, other) == _source(modules, name) for other in rivals):
                groups["number", number].add(name)
    return {key: frozenset(names) for key, names in groups.items()}


def gives_way(modules: Modules, name: str, other: str) -> bool:
    """Whether a port is `other`'s module behind another port, and comes after it: one card, told twice by one."""
    one, two = modules[name], modules[other]
    if not one.sibling or one.sibling != two.sibling or one.state.iccid != two.state.iccid:
        return False
    return (two.order, other) < (one.order, name)


def claim_ends(state: ModuleState, policy: Policy) -> list[float]:
    """Return when a claim on a card ends if the module does not tell it again: then it is nobody's rival any more."""
    return [] if state.iccid_at is None else [state.iccid_at + policy.lease]


def _same_cards(modules: Modules, policy: Policy, now: float) -> dict[str, list[str]]:
    """Return each module whose card others tell too, within the lease → their names."""
    holders: defaultdict[str, list[tuple[str, str]]] = defaultdict(list)
    for name, module in modules.items():
        iccid = module.state.iccid
        if iccid is not None and claims_sim(module.state, policy, now):
            holders[card_key(iccid)].append((name, iccid))
    shared: dict[str, list[str]] = {}
    for group in holders.values():
        for name, iccid in group if len(group) > 1 else ():
            others = sorted(
                other
                for other, card in group
                if other != name and same_card(card, iccid) and not gives_way(modules, other, name)
            )
            if others:
                shared[name] = others
    return shared


def _claimed_numbers(modules: Modules, policy: Policy, now: float) -> Mapping[str, list[str]]:
    """Return the modules that claim each number which more than one of them claims."""
    claims: defaultdict[str, list[str]] = defaultdict(list)
    for name, module in modules.items():
        number = module.resolution.number
        if number is None or not claims_sim(module.state, policy, now):
            continue
        if not module.disabled and not module.resolution.disabled:
            claims[number.text].append(name)
    return {number: names for number, names in claims.items() if len(names) > 1}


def _is_rival(modules: Modules, other: str, name: str) -> bool:
    """Whether another module claims the same number for another card: one card in two modules is a matter of SIMs."""
    one, two = modules[other].state.iccid, modules[name].state.iccid
    same = one is not None and two is not None and same_card(one, two)
    return other != name and not same and not gives_way(modules, other, name)


def _wins(contests: Contests, key: Key, name: str, policy: Policy, now: float) -> bool:
    """Whether the module's older claim counts again; in a fleet none does, since other hosts have claims too."""
    return not policy.fleet and contests.winner(key, now) == name


def _card(module: ModuleInput) -> Key:
    return "card", card_key(module.state.iccid or "")


def _source(modules: Modules, name: str) -> Source:
    number = modules[name].resolution.number
    return number.source if number is not None else Source.USSD


def claims_sim(state: ModuleState, policy: Policy, now: float) -> bool:
    """Whether the module told the card that it holds within the lease."""
    return state.iccid_at is not None and now < state.iccid_at + policy.lease
