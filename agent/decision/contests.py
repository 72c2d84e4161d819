"""Contests: two modules tell one card, or one number. What became of them, and whom that makes unbelievable.

The rule and its reasons are in docs/design.md §4, "Contests". Pure; bounded by the modules and by TEN_MINUTES.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Final, TypeAlias

from agent.decision.module_state import ModuleState
from drivers.observation import SimState

TEN_MINUTES: Final = 600.0
"""Seconds: for how long a contest is remembered, and both are out before an older claim counts again."""
POLLS: Final = 2
"""Polls that a claim must outlast after the contest began: a bank that rotates cards has moved on by then."""
MOST: Final = 3
"""Contests within TEN_MINUTES that make a module unbelievable."""

Key: TypeAlias = tuple[str, str]
"""What is contested: ("card", the first digits of an ICCID) or ("number", a number)."""
Groups: TypeAlias = Mapping[Key, frozenset[str]]
"""The modules that tell each contested thing, two at least."""
States: TypeAlias = Mapping[str, ModuleState]


@dataclass(frozen=True, slots=True)
class Claim:
    """What one module has told since the contest began: polls that still told it, POLLS at most."""

    iccid: str | None
    """The card that it held when the contest began."""
    polls: int
    polled_at: float


@dataclass(frozen=True, slots=True)
class Elder:
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
    """Seconds for which it had been contested before, under the same elder."""
    claims: Mapping[str, Claim] = field(default_factory=dict)
    goes_on: bool = True
    elder: Elder | None = None
    accused: frozenset[str] = frozenset()
    """Modules that told it while the elder held it, and now tell another card."""
    held_by: str = ""
    """The module that was the elder first; it stays when its run is broken, until it tells that the card is gone."""
    newcomers: frozenset[str] = frozenset()
    """The other modules that told it meanwhile."""
    confirmed: bool = False
    """Whether two modules once told it in POLLS polls each: no card that was just moved."""


@dataclass(frozen=True, slots=True)
class Mark:
    """A contest that counts against a module: `what` is the contest, `at` when it was last seen."""

    what: tuple[Key, float]
    at: float
    others: frozenset[str]


@dataclass(frozen=True, slots=True)
class Contests:
    """What is remembered of contests from one decision to the next."""

    by_key: Mapping[Key, Contest] = field(default_factory=lambda: MappingProxyType({}))
    marks: Mapping[str, tuple[Mark, ...]] = field(default_factory=lambda: MappingProxyType({}))
    """By module, those of the last TEN_MINUTES."""
    out: frozenset[str] = frozenset()
    """Modules that are not believed."""

    def others(self, module: str) -> str:
        """Return the names of the modules whose cards this one contested."""
        names = {name for mark in self.marks.get(module, ()) for name in mark.others}
        return ", ".join(sorted(names))

    def until(self, module: str) -> float:
        """Return when a module that is out is believed again, if nothing more happens."""
        return max(mark.at for mark in self.marks[module]) + TEN_MINUTES

    def winner(self, key: Key, now: float) -> str | None:
        """Return the module whose older claim counts again, although another one tells the same."""
        contest = self.by_key.get(key)
        if contest is None or contest.elder is None or now < _counts_again_at(contest):
            return None
        claim = contest.claims.get(contest.elder.module)
        return contest.elder.module if claim is not None and claim.polls >= POLLS else None

    def holder_before(self, key: Key, name: str) -> str:
        """Return whose card this module told, "" for nobody's: a break of the older claim makes no newer one good."""
        contest = self.by_key.get(key)
        barred = contest is not None and contest.confirmed and name in contest.newcomers
        return contest.held_by if contest is not None and barred else ""

    def deadlines(self, now: float) -> Iterator[float]:
        """Yield the times at which a verdict changes by itself."""
        for contest in self.by_key.values():
            if contest.goes_on and contest.elder is not None and _counts_again_at(contest) > now:
                yield _counts_again_at(contest)
            if contest.confirmed and contest.held_by:
                yield contest.last_at + TEN_MINUTES
        for module in self.out:
            yield self.until(module)

    def after(
        self, groups: Groups, states: States, holder: Callable[[Key], str | None], lease: float, now: float
    ) -> Contests:
        """Return what is remembered at `now`. `holder`: which module was live with the card or number until now."""
        if not (groups or self.by_key or self.marks):
            return self
        by_key: dict[Key, Contest] = {}
        marks = {name: list(kept) for name, kept in self.marks.items() if name in states}
        for key in self.by_key.keys() | groups.keys():
            contest = _contest(
                self.by_key.get(key), groups.get(key, frozenset()), states, holder(key), lease, now
            )
            for name, mark in _marks(key, contest, self.out, now):
                marks[name] = [*(one for one in marks.get(name, ()) if one.what != mark.what), mark]
            contest = _with_confirmation(contest)
            if contest.accused and (contest.elder is None or _has_told(contest, contest.elder.module)):
                contest = replace(contest, accused=frozenset())
            if now - contest.last_at < TEN_MINUTES:
                by_key[key] = contest
        return _judged(by_key, marks, self.out, now)


def _judged(
    by_key: Mapping[Key, Contest], marks: Mapping[str, list[Mark]], out: frozenset[str], now: float
) -> Contests:
    """Drop what is long ago, and say who is out now."""
    kept = {
        name: tuple(mark for mark in those if now - mark.at < TEN_MINUTES)[-2 * MOST :]
        for name, those in marks.items()
    }
    kept = {name: those for name, those in kept.items() if those}
    still = frozenset(name for name, those in kept.items() if name in out or len(those) >= MOST)
    return Contests(MappingProxyType(by_key), MappingProxyType(kept), still)


def _contest(
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
    elder = _still(before.elder, states, lease, now)
    watched = tellers or ({elder.module} if elder is not None else set())
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
    accused = before.accused | (left - {elder.module}) if elder is not None else frozenset()
    ends = before.goes_on and not tellers
    broken = elder is None and before.elder is not None
    freed = bool(before.held_by) and _is_rid_of_it(
        states.get(before.held_by), before.claims.get(before.held_by)
    )
    return replace(
        before,
        last_at=now if tellers else before.last_at,
        spent=0.0 if broken else before.spent + (now - before.since if ends else 0.0),
        claims=claims,
        goes_on=bool(tellers),
        elder=elder,
        accused=accused,
        held_by="" if freed else before.held_by,
        newcomers=before.newcomers | (tellers - {elder.module} if elder is not None else frozenset()),
    )


def _begun(
    before: Contest | None,
    tellers: frozenset[str],
    states: States,
    holder: str | None,
    lease: float,
    now: float,
) -> Contest:
    """Return a contest that begins, or begins again under the elder that it had."""
    elder = _still(before.elder, states, lease, now) if before is not None else None
    spent = before.spent if before is not None and elder is not None else 0.0
    accused = before.accused if before is not None and elder is not None else frozenset()
    newcomers = before.newcomers if before is not None else frozenset()
    if elder is None and holder in tellers - newcomers:
        elder = _elder(holder, states[holder])
    claims = {name: _claim(states[name], now) for name in tellers}
    return Contest(
        since=now,
        last_at=now,
        spent=spent,
        claims=claims,
        elder=elder,
        accused=accused - tellers,
        held_by=elder.module if elder is not None else (before.held_by if before is not None else ""),
        newcomers=newcomers | (tellers - {elder.module} if elder is not None else frozenset()),
        confirmed=before is not None and before.confirmed,
    )


def _with_confirmation(contest: Contest) -> Contest:
    told = [name for name in contest.claims if contest.goes_on and _has_told(contest, name)]
    return replace(contest, confirmed=True) if len(told) > 1 and not contest.confirmed else contest


def _is_rid_of_it(state: ModuleState | None, claim: Claim | None) -> bool:
    """Whether the module that held the card says that it has none, or another one."""
    if state is None or state.sim is SimState.ABSENT:
        return True
    return claim is not None and _tells_another(state, claim)


def _marks(key: Key, contest: Contest, out: frozenset[str], now: float) -> Iterator[tuple[str, Mark]]:
    """Yield what counts against whom: both tell it in two polls each, or one told it while its holder went on to."""
    elder = contest.elder.module if contest.elder is not None else None
    told = frozenset(name for name in contest.claims if contest.goes_on and _has_told(contest, name))
    for name in told:
        others = told - {name}
        # The older claim is contested again and again, but only ever for its own card.
        what = (key, contest.since if elder is not None and name != elder else 0.0)
        if others and not (others <= out and name not in out):
            yield name, Mark(what, now, others)
    if elder is not None and contest.accused and _has_told(contest, elder):
        for name in contest.accused:
            yield name, Mark((key, contest.since), now, frozenset({elder}))


def _elder(name: str, state: ModuleState) -> Elder | None:
    if state.steady_since is None or state.complete_at is None:
        return None
    return Elder(name, state.steady_since, state.complete_at)


def _still(elder: Elder | None, states: States, lease: float, now: float) -> Elder | None:
    """Return the elder while its claim holds: the same SIM, each answer registered, no gap, no restart."""
    state = states.get(elder.module) if elder is not None else None
    if (
        elder is None
        or state is None
        or state.complete_at is None
        or state.steady_since != elder.steady_since
    ):
        return None
    if now >= state.complete_at + lease or state.complete_at >= elder.complete_at + lease:
        return None
    return replace(elder, complete_at=state.complete_at)


def _claim(state: ModuleState, now: float) -> Claim:
    return Claim(state.iccid, 0, now)


def _told_again(claim: Claim, state: ModuleState) -> Claim:
    if state.iccid_at is None or state.iccid_at <= claim.polled_at:
        return claim
    return replace(claim, polls=min(POLLS, claim.polls + 1), polled_at=state.iccid_at)


def _has_told(contest: Contest, name: str) -> bool:
    claim = contest.claims.get(name)
    return claim is not None and claim.polls >= POLLS


def _tells_another(state: ModuleState | None, claim: Claim) -> bool:
    """Whether a module that no longer tells it tells another card instead: a card that is gone accuses nobody."""
    return state is not None and state.iccid_at is not None and state.iccid not in {None, claim.iccid}


def _counts_again_at(contest: Contest) -> float:
    return contest.since + TEN_MINUTES - contest.spent
