"""Which faults there may be in a situation, and what can be said of each. Pure."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from agent.alerts.rule import FaultKey, Rule, RulePolicy
from agent.alerts.situation import NOT_COUNTED, Finding, Situation, Standing
from agent.decision.verdict import Reason
from agent.language import both

SETTLES: float = 20.0
"""Seconds that "nothing accepted" must be seen: after a suspend the last report is old until the next one is made."""
FEWEST_OF_A_HUB = 2

_UNKNOWN = Finding(Standing.UNKNOWN)
_MOOT = Finding(Standing.MOOT)
_OVER = Finding(Standing.OVER)


@dataclass(frozen=True, slots=True)
class Lived:
    """A module that was live: the hub it is in, and the number that it had last."""

    group: str
    number: str


def needed(rule: Rule, policy: RulePolicy) -> float | None:
    """Return how long a fault must be seen before it is told; None: never."""
    match rule:
        case Rule.REFUSED:
            return policy.refused
        case Rule.NOTHING_ACCEPTED:  # its own time is part of the finding
            return None if policy.nothing_accepted is None else SETTLES
        case Rule.HOST_LOST:
            return policy.host_lost
        case Rule.LIVE_BELOW:
            off = policy.live_share is None and policy.live_number is None
            return None if off else policy.live_for
        case Rule.HUB_LOST:
            return policy.hub_lost
        case Rule.MODULE_LOST:
            return policy.module_lost
        case Rule.STORE_FAILED:
            return policy.store_failed


@dataclass(frozen=True, slots=True)
class Inspector:
    """Looks at one situation. `lived` are the modules that were live."""

    situation: Situation
    policy: RulePolicy
    lived: Mapping[str, Lived]
    recalled: frozenset[str] = frozenset()
    """Modules that were live at the last stop and were not seen in this run."""

    def candidates(self) -> Iterator[FaultKey]:
        """Yield what may be wrong at all."""
        for rule in (Rule.REFUSED, Rule.NOTHING_ACCEPTED, Rule.LIVE_BELOW, Rule.STORE_FAILED):
            yield FaultKey(rule)
        for host in self.situation.hosts:
            yield FaultKey(Rule.HOST_LOST, host)
        for group in {lived.group for lived in self.lived.values() if lived.group}:
            yield FaultKey(Rule.HUB_LOST, group)
        for name in self.lived:
            yield FaultKey(Rule.MODULE_LOST, name)

    def find(self, key: FaultKey, *, level: int = 0) -> Finding:
        """Return what can be said of it; `level` is that of an earlier finding."""
        if needed(key.rule, self.policy) is None:
            return _MOOT
        match key.rule:
            case Rule.REFUSED:
                return self._refused()
            case Rule.NOTHING_ACCEPTED:
                return self._nothing_accepted()
            case Rule.HOST_LOST:
                return self._host(key.subject)
            case Rule.LIVE_BELOW:
                return self._live_below(level)
            case Rule.HUB_LOST:
                return self._hub(key.subject)
            case Rule.MODULE_LOST:
                return self._module(key.subject)
            case Rule.STORE_FAILED:
                problem = self.situation.store_problem
                return Finding(Standing.HOLDS, detail=problem) if problem.en else _OVER

    def _refused(self) -> Finding:
        reports = self.situation.reports
        if reports is None:
            return _MOOT
        if not self.situation.speaks or reports.refused is None:
            return _UNKNOWN
        return Finding(Standing.HOLDS, detail=reports.why) if reports.refused else _OVER

    def _nothing_accepted(self) -> Finding:
        situation, reports = self.situation, self.situation.reports
        if reports is None or self.policy.nothing_accepted is None:
            return _MOOT
        if not situation.speaks:
            return _UNKNOWN
        since = situation.started_at if reports.accepted_at is None else reports.accepted_at
        if situation.now - since >= self.policy.nothing_accepted:
            return Finding(Standing.HOLDS, since=since, detail=reports.why)
        return _UNKNOWN if reports.accepted_at is None else _OVER

    def _host(self, host: str) -> Finding:
        hosts = self.situation.hosts
        if not self.situation.speaks or host not in hosts:  # a fleet forgets a host that is silent for long
            return _UNKNOWN
        since = hosts[host]
        return _OVER if since is None else Finding(Standing.HOLDS, since=since)

    def _live_below(self, level: int) -> Finding:
        situation, policy = self.situation, self.policy
        if not level and policy.live_number is not None:
            level = policy.live_number
        elif not level and policy.live_share is not None and situation.usual is not None:
            level = math.ceil(policy.live_share * situation.usual)
        if not level:
            return _UNKNOWN
        live = situation.live
        if live >= level:
            return Finding(Standing.OVER, count=live, level=level)
        soon = sum(module.reason is Reason.SETTLING for module in situation.modules.values())
        if live + soon >= level:
            return Finding(Standing.UNKNOWN, count=live, level=level)
        return Finding(Standing.HOLDS, count=live, level=level)

    def _hub(self, group: str) -> Finding:
        modules = self.situation.modules
        members = [
            module
            for name, lived in self.lived.items()
            if lived.group == group
            and (module := modules.get(name)) is not None
            and module.reason not in NOT_COUNTED
        ]
        if len(members) < FEWEST_OF_A_HUB:
            return _UNKNOWN
        if any(module.live for module in members):
            return _OVER
        if any(module.reason is Reason.SETTLING for module in members):
            return _UNKNOWN
        return Finding(Standing.HOLDS, count=len(members))

    def _module(self, name: str) -> Finding:
        module = self.situation.modules.get(name)
        if module is None:
            # One that a reload took out of config.yaml, or that got another name, is not lost.
            return Finding(Standing.HOLDS, detail=both("not found")) if name in self.recalled else _UNKNOWN
        if module.live:
            return _OVER
        if module.reason in NOT_COUNTED:
            return _MOOT
        if module.reason is Reason.SETTLING:
            return _UNKNOWN
        return Finding(Standing.HOLDS, detail=module.text)
