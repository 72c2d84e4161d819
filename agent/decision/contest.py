"""One contest: two modules tell one card, or one number; who told it since, and whose claim is the older one.

The rule and its reasons are in docs/design.md §4, "Contests". Pure.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Final, TypeAlias

from agent.decision.module_state import ModuleState
from drivers.observation import SimState

TEN_MINUTES: Final = 600.0
"""Seconds: for how long a contest is remembered, and both are out before an older claim counts again."""
POLLS: Final = 2
"""Polls that a claim must outlast after the contest began: a bank that rotates cards has moved on by then."""

Key: TypeAlias = tuple[str, str]
"""What is contested: ("card", the first digits of an ICCID) or ("number", a number)."""
States: TypeAlias = Mapping[str, ModuleState]


@dataclass(frozen=True, slots=True)
class Claim:
    """What one module has told since the contest began: polls that still told it, POLLS at most."""

    iccid: str | None
    """The card that it held when the contest began."""
    polls: int
    polled_at: float


@dataclass(frozen=True, slots=True)
class OlderClaim:
    """The module that was live with the card when the contest began, and has answered well ever since."""

    module: str
    steady_since: float | None
    """`ModuleState.steady_since` when the contest began: another value means that the run was broken."""
    complete_at: float
    """When it last answered completely: the next must come within the lease."""


@dataclass(frozen=True, slots=True)
class Contest:
    """One card or number that several modules told; kept for TEN_MINUTES after the last time."""

    since: float
    """When the modules began to contest it this time."""
    last_at: float
    """When they last did."""
    spent: float = 0.0
    """Seconds for which it had been contested before, under the same older claim."""
    claims: Mapping[str, Claim] = field(default_factory=dict)
    goes_on: bool = True
    older: OlderClaim | None = None
    moved_on: frozenset[str] = frozenset()
    """Modules that told it while the older claim held, and now tell another card."""
    held_by: str = ""
    """The module whose claim was the older one at first, also when that is broken, until it tells that it is gone."""
    newcomers: frozenset[str] = frozenset()
    """The other modules that told it meanwhile."""
    confirmed: bool = False
    """Whether two modules once told it in POLLS polls each: no card that was just moved."""

    @property
    def counts_again_at(self) -> float:
        """When the older claim counts again, if it holds until then."""
        return self.since + TEN_MINUTES - self.spent

    @property
    def tellers(self) -> frozenset[str]:
        """The modules that have told it in POLLS polls since it began; none once it is over."""
        return frozenset(name for name in self.claims if self.goes_on and self.has_told(name))

    def has_told(self, name: str) -> bool:
        """Whether a module has told it in POLLS polls since it began."""
        claim = self.claims.get(name)
        return claim is not None and claim.polls >= POLLS

    def concerns(self, name: str) -> bool:
        """Whether a module has a part in it."""
        older = self.older.module if self.older is not None else ""
        return name in {*self.claims, *self.moved_on, *self.newcomers, self.held_by, older}

    def judged(self) -> Contest:
        """Return it once it was judged whom it counts against."""
        done = self.older is None or self.has_told(self.older.module)
        confirmed = self.confirmed or len(self.tellers) > 1
        if confirmed == self.confirmed and not (done and self.moved_on):
            return self
        return replace(self, confirmed=confirmed, moved_on=frozenset() if done else self.moved_on)


def next_contest(
    before: Contest | None,
    tellers: frozenset[str],
    states: States,
    holder: str | None,
    lease: float,
    now: float,
) -> Contest:
    """Return a contest as it is now, without what follows from it."""
    if before is None or (tellers and not before.goes_on):
        return _begun(before, tellers, states, holder, lease, now)
    older = _still(before.older, states, lease, now)
    watched = tellers or ({older.module} if older is not None else set())
    claims = {
        name: _told_again(before.claims.get(name) or _claim(states[name], now), states[name])
        for name in watched
        if name in states
    }
    left = {
        name
        for name in before.claims.keys() - tellers
        if before.goes_on and _tells_another(states.get(name), before.claims[name])
    }
    moved_on = before.moved_on | (left - {older.module}) if older is not None else frozenset()
    ends = before.goes_on and not tellers
    broken = older is None and before.older is not None
    freed = bool(before.held_by) and _is_rid_of_it(
        states.get(before.held_by), before.claims.get(before.held_by)
    )
    return replace(
        before,
        last_at=now if tellers else before.last_at,
        spent=0.0 if broken else before.spent + (now - before.since if ends else 0.0),
        claims=claims,
        goes_on=bool(tellers),
        older=older,
        moved_on=moved_on,
        held_by="" if freed else before.held_by,
        newcomers=before.newcomers | (tellers - {older.module} if older is not None else frozenset()),
    )


def _begun(
    before: Contest | None,
    tellers: frozenset[str],
    states: States,
    holder: str | None,
    lease: float,
    now: float,
) -> Contest:
    """Return a contest that begins, or begins again under the older claim that it had."""
    older = _still(before.older, states, lease, now) if before is not None else None
    spent = before.spent if before is not None and older is not None else 0.0
    moved_on = before.moved_on if before is not None and older is not None else frozenset()
    newcomers = before.newcomers if before is not None else frozenset()
    if older is None and holder in tellers - newcomers:
        older = _older_claim(holder, states[holder])
    claims = {name: _claim(states[name], now) for name in tellers}
    return Contest(
        since=now,
        last_at=now,
        spent=spent,
        claims=claims,
        older=older,
        moved_on=moved_on - tellers,
        held_by=older.module if older is not None else (before.held_by if before is not None else ""),
        newcomers=newcomers | (tellers - {older.module} if older is not None else frozenset()),
        confirmed=before is not None and before.confirmed,
    )


def _is_rid_of_it(state: ModuleState | None, claim: Claim | None) -> bool:
    """Whether the module that held the card says that it has none, or another one."""
    if state is None or state.sim is SimState.ABSENT:
        return True
    return claim is not None and _tells_another(state, claim)


def _older_claim(name: str, state: ModuleState) -> OlderClaim | None:
    if state.steady_since is None or state.complete_at is None:
        return None
    return OlderClaim(name, state.steady_since, state.complete_at)


def _still(older: OlderClaim | None, states: States, lease: float, now: float) -> OlderClaim | None:
    """Return the older claim while it holds: the same SIM, each answer registered, no gap, no restart."""
    state = states.get(older.module) if older is not None else None
    if (
        older is None
        or state is None
        or state.complete_at is None
        or state.steady_since != older.steady_since
    ):
        return None
    if now >= state.complete_at + lease or state.complete_at >= older.complete_at + lease:
        return None
    return replace(older, complete_at=state.complete_at)


def _claim(state: ModuleState, now: float) -> Claim:
    return Claim(state.iccid, 0, now)


def _told_again(claim: Claim, state: ModuleState) -> Claim:
    if state.iccid_at is None or state.iccid_at <= claim.polled_at:
        return claim
    return replace(claim, polls=min(POLLS, claim.polls + 1), polled_at=state.iccid_at)


def _tells_another(state: ModuleState | None, claim: Claim) -> bool:
    """Whether a module tells another card instead: one that is gone counts against nobody."""
    return state is not None and state.iccid_at is not None and state.iccid not in {None, claim.iccid}
