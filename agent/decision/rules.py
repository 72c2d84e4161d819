"""The rules for one module, in the order of the table in docs/design.md §4, and for two that report the same."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping
from typing import Final

from agent.decision.claims import claim_ends, shared_numbers, shared_sims
from agent.decision.contests import Contests
from agent.decision.module_state import BLINKING, ModuleState
from agent.decision.verdict import NEVER, Memory, ModuleInput, Policy, Reason, Verdict
from drivers.observation import PortState, Registration, SimState

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
    SimState.LOCKED: Reason.MODULE_LOCKED,
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


class Rules:
    """Applies the rules to one module after the other, and notes when each result changes by itself.

    `crowd` has all modules that tell what others tell too.
    """

    def __init__(
        self,
        crowd: Mapping[str, ModuleInput],
        memory: Memory,
        policy: Policy,
        now: float,
        contests: Contests,
    ) -> None:
        self._memory = memory
        self._policy = policy
        self._now = now
        self._contests = contests
        self._same_sim = shared_sims(crowd, policy, now, contests)
        self._same_number = shared_numbers(crowd, policy, now, contests)
        self._undecided = undecided_siblings(crowd)
        self._times: list[float] = []
        """When the rules asked of the module at hand may say something else."""
        self._deadlines: dict[str, float] = {}
        self._excused: set[str] = set()
        """Modules that passed a rule because they were live or recalled; without being live they will not again."""

    def verdict(self, name: str, module: ModuleInput) -> Verdict:
        """Return the first rule that fails and the fact behind it, or LIVE."""
        self._times = claim_ends(module.state, self._policy)
        verdict = (
            self._disabled(name, module)
            or self._port(name, module.state)
            or self._sim(name, module.state)
            or self._registration(name, module.state)
            or self._number(name, module)
            or self._shared(name)
            or self._settling(name, module.state)
            or self._because(name, Reason.LIVE)
        )
        self._deadlines[name] = min((time for time in self._times if time > self._now), default=NEVER)
        return verdict

    def deadlines(self, live: Collection[str]) -> Mapping[str, float]:
        """Return when each verdict changes by itself: at once where a module that is not in `live` was excused."""
        return self._deadlines | dict.fromkeys(self._excused.difference(live), self._now)

    def _because(self, name: str, reason: Reason, detail: str = "") -> Verdict:
        return self._memory.verdict(name, reason, detail, self._now)

    def _disabled(self, name: str, module: ModuleInput) -> Verdict | None:
        off = module.disabled or (module.state.iccid is not None and module.resolution.disabled)
        return self._because(name, Reason.DISABLED) if off else None

    def _port(self, name: str, state: ModuleState) -> Verdict | None:
        reason = _PORT_REASON.get(state.port)
        return self._because(name, reason, state.detail) if reason is not None else None

    def _sim(self, name: str, state: ModuleState) -> Verdict | None:
        reason: Reason | None = None
        if not self._holds(state.answered_at):
            reason = Reason.SIM_NOT_READY if self._holds(state.busy_at) else Reason.SILENT
        elif state.sim in _SIM_REASON:
            reason = _SIM_REASON[state.sim]
        elif not self._holds(state.complete_at):
            reason = Reason.SILENT
        return self._because(name, reason, state.detail) if reason is not None else None

    def _registration(self, name: str, state: ModuleState) -> Verdict | None:
        if state.registration is None or state.unregistered_since is None:
            return None
        reason = _REGISTRATION_REASON[state.registration]
        if state.registration in BLINKING and self._still_live(name, state):
            end = state.unregistered_since + self._policy.registration_grace
            self._times.append(end)
            if self._now < end:
                self._excused.add(name)
                return None
        return self._because(name, reason, state.detail)

    def _number(self, name: str, module: ModuleInput) -> Verdict | None:
        resolution = module.resolution
        if resolution.number is not None:
            return None
        if resolution.rejected is not None:
            return self._because(name, Reason.NUMBER_INVALID, resolution.rejected)
        unanswered = f"({module.state.detail})" if module.state.detail else ""
        detail = f"{module.state.iccid or ''} {resolution.stale or unanswered}".rstrip()
        return self._because(name, Reason.NUMBER_UNKNOWN, detail)

    def _shared(self, name: str) -> Verdict | None:
        if name in self._contests.out:
            return self._because(name, Reason.CONTESTED, self._contests.others(name))
        if name in self._same_sim:
            return self._because(name, Reason.DUPLICATE_SIM, self._same_sim[name])
        if name in self._same_number:
            return self._because(name, Reason.DUPLICATE_NUMBER, self._same_number[name])
        return None

    def _settling(self, name: str, state: ModuleState) -> Verdict | None:
        if self._settled(name, state):
            return None
        return self._because(name, Reason.SETTLING, self._undecided.get(name, ""))

    def _settled(self, name: str, state: ModuleState) -> bool:
        if self._still_live(name, state):
            self._excused.add(name)
            return True
        if state.good_since is None or state.iccid is None or state.blinked or name in self._undecided:
            return False
        recalled = None if state.broken else self._memory.recalled.get(name)
        if recalled is not None and recalled.iccid == state.iccid and self._now < recalled.until:
            self._excused.add(name)
            return True
        settle = self._memory.flaps.settle(state.iccid, self._policy.settle, self._now)
        settled_at = state.good_since + settle
        self._times += settled_at, self._memory.flaps.forgotten_at(state.iccid)
        return state.equal >= 2 and self._now >= settled_at

    def _still_live(self, name: str, state: ModuleState) -> bool:
        before = self._memory.live.get(name)
        return (
            not state.broken
            and before is not None
            and (before.iccid, before.imsi) == (state.iccid, state.imsi)
        )

    def _holds(self, at: float | None) -> bool:
        """Whether what was reported at that time is still within its lease; the lease's end is a deadline."""
        if at is None:
            return False
        end = at + self._policy.lease
        self._times.append(end)
        return self._now < end


def undecided_siblings(modules: Mapping[str, ModuleInput]) -> dict[str, str]:
    """Return each port that may be one module with another that has not told its card → the others' names."""
    groups: defaultdict[str, list[str]] = defaultdict(list)
    for name, module in modules.items():
        if module.sibling and module.state.port is PortState.OPEN:
            groups[module.sibling].append(name)
    undecided: dict[str, str] = {}
    for group in groups.values():
        open_ones = sorted(name for name in group if _may_tell_its_card(modules[name].state))
        for name in group:
            others = [other for other in open_ones if other != name]
            if others:
                undecided[name] = ", ".join(others)
    return undecided


def _may_tell_its_card(state: ModuleState) -> bool:
    """No ICCID was told, and nothing that says why: a card that is missing or locked is another one's or none."""
    return state.iccid is None and state.sim in {None, SimState.READY, SimState.BUSY}
