"""What one module stands for, after everything it has said.

Responsible for folding a module's observations, one by one, into a `ModuleState`: which SIM it holds, since when that
SIM is good, and what speaks against it. An explicit bad answer and a new SIM count at once; silence, "SIM busy" and
half answers change nothing, so that what was last said whole runs to its lease (docs/design.md §4).
Must not know other modules, numbers, the cap or the clock: time comes in with each observation.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from drivers.observation import Observation, PortState, Registration, SimState

_NO_PORT = frozenset({
    PortState.UNPROBED,
    PortState.NOT_A_MODEM,
    PortState.GONE,
    PortState.BUSY,
    PortState.FORBIDDEN,
})  # fmt: skip


@dataclass(frozen=True, slots=True)
class ModuleState:
    """One module's word. All times are seconds on the agent's clock, None where it never happened."""

    port: PortState = PortState.UNPROBED
    detail: str = ""
    taken: Observation | None = None
    """The newest observation that was folded in."""
    sim: SimState | None = None
    """The last explicit SIM state; BUSY never overwrites it."""
    word_at: float | None = None
    """When the module last said something whole: a complete answer or an explicit bad one."""
    busy_at: float | None = None
    iccid: str | None = None
    iccid_at: float | None = None
    imsi: str | None = None
    registration: Registration | None = None
    off_air_since: float | None = None
    """Since when no registration that receives was said."""
    complete_at: float | None = None
    good_since: float | None = None
    """When the first of an unbroken run of complete, good answers about this very SIM had been given."""
    equal: int = 0
    """How many complete, good answers this run has, at most 2: more make no difference."""


def fold(standing: ModuleState, seen: Observation, now: float) -> ModuleState:
    """Return what the module stands for after `seen`; an observation older than the last one changes nothing.

    A lease runs from when the look began (`seen.at`), settling from when its last answer had come (`now`).
    """
    last = standing.taken
    if last is seen or (last is not None and seen.at < last.at):
        return standing
    if seen.port in _NO_PORT:
        return ModuleState(port=seen.port, detail=seen.detail, taken=seen)
    standing = replace(standing, port=seen.port, detail=seen.detail, taken=seen)
    if seen.restarted or seen.sim not in (None, SimState.READY, SimState.BUSY):
        return _bad_sim(standing, seen)
    if _other_sim(standing, seen):
        standing = _forget_sim(standing)
    return _complete(standing, seen, now) if seen.complete else _partial(standing, seen)


def _bad_sim(standing: ModuleState, seen: Observation) -> ModuleState:
    state = seen.sim if seen.sim not in (None, SimState.READY, SimState.BUSY) else SimState.NOT_READY
    return replace(_forget_sim(standing), sim=state, word_at=seen.at)


def _forget_sim(standing: ModuleState) -> ModuleState:
    return ModuleState(port=standing.port, detail=standing.detail, taken=standing.taken)


def _other_sim(standing: ModuleState, seen: Observation) -> bool:
    """Tell whether the module now says another ICCID, or another IMSI, than the one it stands for."""
    return (seen.iccid is not None and standing.iccid is not None and seen.iccid != standing.iccid) or (
        seen.imsi is not None and standing.imsi is not None and seen.imsi != standing.imsi
    )


def _complete(standing: ModuleState, seen: Observation, now: float) -> ModuleState:
    again = standing.complete_at is not None and seen.at > standing.complete_at
    standing = replace(
        standing,
        sim=SimState.READY,
        iccid=seen.iccid,
        iccid_at=seen.at,
        imsi=seen.imsi,
        word_at=seen.at,
        complete_at=seen.at,
    )
    standing = _registration(standing, seen)
    if not (seen.registration and seen.registration.receives):
        return standing
    if standing.good_since is None:
        return replace(standing, good_since=now, equal=1)
    return replace(standing, equal=min(2, standing.equal + again))


def _partial(standing: ModuleState, seen: Observation) -> ModuleState:
    """Take what a half answer says for sure: a card that is there, a busy SIM, a registration that is gone."""
    if seen.sim is SimState.BUSY:
        standing = replace(standing, busy_at=seen.at)
    elif seen.sim is SimState.READY and standing.sim is not SimState.READY:
        standing = replace(standing, sim=SimState.READY)
    if seen.iccid is not None:
        standing = replace(standing, iccid=seen.iccid, iccid_at=seen.at)
    if seen.imsi is not None:
        standing = replace(standing, imsi=seen.imsi)
    if seen.registration is not None and not seen.registration.receives:
        standing = _registration(standing, seen)
    return standing


def _registration(standing: ModuleState, seen: Observation) -> ModuleState:
    said = seen.registration
    if said is None or said.receives:
        return replace(standing, registration=said, off_air_since=None)
    since = standing.off_air_since if standing.off_air_since is not None else seen.at
    return replace(standing, registration=said, off_air_since=since)


def broken(standing: ModuleState) -> ModuleState:
    """Return the standing with its run of good answers ended: the SIM must settle anew."""
    return standing if standing.good_since is None else replace(standing, good_since=None, equal=0)
