"""The rules of the decision about one module, and about two that claim the same.

Responsible for the first rule of docs/design.md §4 that fails, in the table's order, and for when time alone would
change the
answer. Pure. Must not know the cap, nor what follows from a verdict.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from typing import Final

from agent.decision.module_state import ModuleState
from agent.decision.verdict import Memory, Policy, Reason, Sighting
from agent.formats.iccid import card_key, same_card
from agent.numbers.resolve import Resolution
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


class Rules:
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
        standing: ModuleState,
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

    def _own_word(self, name: str, standing: ModuleState) -> tuple[Reason, str] | None:
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

    def _registration(self, name: str, standing: ModuleState) -> tuple[Reason, str] | None:
        if standing.registration is None or standing.off_air_since is None:
            return None
        reason = _REGISTRATION_REASON[standing.registration]
        if reason in _BLINKING and self._still_live(name, standing):
            end = standing.off_air_since + self._policy.registration_grace
            self.turning_points.append(end)
            if self._now < end:
                return None
        return reason, standing.detail

    def _still_live(self, name: str, standing: ModuleState) -> bool:
        before = self._memory.live.get(name)
        return before is not None and before.iccid == standing.iccid and before.imsi == standing.imsi

    def _number(self, resolution: Resolution, standing: ModuleState) -> tuple[Reason, str] | None:
        if resolution.number is not None:
            return None
        if resolution.rejected is not None:
            return Reason.NUMBER_INVALID, resolution.rejected
        return Reason.NUMBER_UNKNOWN, standing.iccid or ""

    def _settled(self, name: str, standing: ModuleState) -> bool:
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


def shared_sims(standings: Mapping[str, ModuleState], policy: Policy, now: float) -> dict[str, str]:
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


def shared_numbers(
    sightings: Mapping[str, Sighting], standings: Mapping[str, ModuleState], policy: Policy, now: float
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
