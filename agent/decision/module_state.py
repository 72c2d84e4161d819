"""The state of one module after everything it reported: which SIM it holds, and what is against that SIM.

The only memory of which SIM a module holds, and the only rule for when it holds another one: page, store and report
read it here. An explicit bad answer and a new SIM count at once; silence, "SIM busy" and partial answers change
nothing, so that the last complete answer runs to its lease (docs/design.md §4).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

from drivers.observation import Observation, PortState, Registration, SimState

_NO_PORT = frozenset({
    PortState.UNPROBED,
    PortState.NOT_A_MODEM,
    PortState.GONE,
    PortState.BUSY,
    PortState.FORBIDDEN,
})  # fmt: skip
BLINKING: Final = frozenset({Registration.NOT_SEARCHING, Registration.SEARCHING, Registration.UNKNOWN})
"""These come and go in the field, so the grace covers them for a SIM that is live."""


@dataclass(frozen=True, slots=True)
class ModuleState:
    """All times are seconds on the agent's clock, None where it never happened."""

    port: PortState = PortState.UNPROBED
    detail: str = ""
    latest: Observation | None = None
    """The newest observation that was taken in."""
    sim: SimState | None = None
    """The last explicit SIM state; BUSY never replaces it."""
    answered_at: float | None = None
    """When the module was last asked with a definite result: a complete answer or an explicit bad one."""
    busy_at: float | None = None
    iccid: str | None = None
    """The SIM in the module; with a bad SIM state, the one that was last seen in it."""
    iccid_at: float | None = None
    """When the module last reported this ICCID beside no bad SIM state: only then it claims the card."""
    imsi: str | None = None
    registration: Registration | None = None
    unregistered_since: float | None = None
    """Since when no registration that receives was reported."""
    complete_at: float | None = None
    good_since: float | None = None
    """When the first of an unbroken run of complete, good answers about this very SIM had been given."""
    equal: int = 0
    """How many complete, good answers this run has, at most 2: more make no difference."""
    steady_since: float | None = None
    """Since when every answer about this very SIM was registered; contests ask for it (docs/design.md §4)."""
    broken: bool = False
    """Since the last decision the SIM was bad, another one, refused by the network, or the module or its port away.

    Observations are folded: what came in between counts, although a good answer followed it.
    """
    blinked: bool = False
    """Since the last decision a registration was reported that does not receive."""


def update(state: ModuleState, seen: Observation, now: float) -> ModuleState:
    """Return the state after `seen`; an observation that began before the latest one changes nothing.

    A lease runs from when the poll began (`seen.at`), settling from when its last answer had come (`now`).
    """
    latest = state.latest
    if latest is seen or (latest is not None and seen.at < latest.at):
        return state
    if seen.port in _NO_PORT:
        return ModuleState(
            port=seen.port, detail=seen.detail, latest=seen, broken=seen.port is not PortState.UNPROBED
        )
    state = replace(state, port=seen.port, detail=seen.detail, latest=seen)
    if seen.restarted or seen.sim not in (None, SimState.READY, SimState.BUSY):
        return _bad_sim(state, seen)
    if _other_sim(state, seen):
        state = _forget_sim(state)
    return _complete(state, seen, now) if seen.complete else _partial(state, seen)


def decided(state: ModuleState, *, run_goes_on: bool) -> ModuleState:
    """Return the state after a decision, which weighed what had come; the SIM settles anew unless the run goes on."""
    if not (state.broken or state.blinked):
        return state if run_goes_on else reset_run(state)
    weighed = replace(state, broken=False, blinked=False)
    return weighed if run_goes_on else reset_run(weighed)


def reset_run(state: ModuleState) -> ModuleState:
    """Return the state with its run of good answers ended: the SIM must settle again."""
    return state if state.good_since is None else replace(state, good_since=None, equal=0)


def extend_lease(state: ModuleState, asked_at: float) -> ModuleState:
    """Return the state with leases as if what it last answered had been asked at `asked_at`, unless that was later.

    For modules that nobody could ask because the process stood still: that is not their silence.
    """

    def later(at: float | None) -> float | None:
        return None if at is None else max(at, asked_at)

    return replace(
        state,
        answered_at=later(state.answered_at),
        complete_at=later(state.complete_at),
        iccid_at=later(state.iccid_at),
    )


def _not_before(at: float, known: float | None) -> float:
    """Return the later time: an answer that was asked before the process stood still shortens no lease."""
    return at if known is None else max(at, known)


def _bad_sim(state: ModuleState, seen: Observation) -> ModuleState:
    sim = seen.sim if seen.sim not in (None, SimState.READY, SimState.BUSY) else SimState.NOT_READY
    gone = seen.restarted or sim is SimState.ABSENT
    known = None if gone or _other_sim(state, seen) else state
    return replace(
        _forget_sim(state),
        sim=sim,
        answered_at=seen.at,
        iccid=seen.iccid or (known.iccid if known is not None else None),
        imsi=seen.imsi or (known.imsi if known is not None else None),
    )


def _forget_sim(state: ModuleState) -> ModuleState:
    return ModuleState(port=state.port, detail=state.detail, latest=state.latest, broken=True)


def _other_sim(state: ModuleState, seen: Observation) -> bool:
    """Whether the module now reports another ICCID, or another IMSI, than it did before."""
    return (seen.iccid is not None and state.iccid is not None and seen.iccid != state.iccid) or (
        seen.imsi is not None and state.imsi is not None and seen.imsi != state.imsi
    )


def _complete(state: ModuleState, seen: Observation, now: float) -> ModuleState:
    again = state.complete_at is not None and seen.at > state.complete_at
    at = _not_before(seen.at, state.complete_at)
    state = replace(
        state,
        sim=SimState.READY,
        iccid=seen.iccid,
        iccid_at=at,
        imsi=seen.imsi,
        answered_at=at,
        complete_at=at,
    )
    state = _registration(state, seen)
    if not (seen.registration and seen.registration.receives):
        return state
    if state.steady_since is None:
        state = replace(state, steady_since=now)
    if state.good_since is None:
        return replace(state, good_since=now, equal=1)
    return replace(state, equal=min(2, state.equal + again))


def _partial(state: ModuleState, seen: Observation) -> ModuleState:
    """Take what a partial answer proves: a SIM that is there, a busy SIM, a registration that is lost."""
    if seen.sim is SimState.BUSY:
        state = replace(state, busy_at=seen.at)
    elif seen.sim is SimState.READY and state.sim is not SimState.READY:
        state = replace(state, sim=SimState.READY)
    if seen.iccid is not None:
        state = replace(state, iccid=seen.iccid, iccid_at=_not_before(seen.at, state.iccid_at))
    if seen.imsi is not None:
        state = replace(state, imsi=seen.imsi)
    if seen.registration is not None and not seen.registration.receives:
        state = _registration(state, seen)
    return state


def _registration(state: ModuleState, seen: Observation) -> ModuleState:
    reported = seen.registration
    if reported is None or reported.receives:
        return replace(state, registration=reported, unregistered_since=None)
    since = state.unregistered_since if state.unregistered_since is not None else seen.at
    refused = reported not in BLINKING
    return replace(
        state,
        registration=reported,
        unregistered_since=since,
        steady_since=None,
        blinked=True,
        broken=state.broken or refused,
    )
