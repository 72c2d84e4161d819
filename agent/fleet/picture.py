"""The state of the fleet as the surfaces show it, from what one host knows."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping

from agent.fleet.engine import Engine
from agent.fleet.standing import Standing
from agent.fleet.state import (
    Doubt,
    EngineState,
    FleetState,
    HostLife,
    HostState,
    HostView,
    Leading,
    LeftOut,
    Net,
)


class EngineSeen:
    """Whether the engine answers, and since when."""

    def __init__(self, engine: Engine, now: float) -> None:
        self._engine = engine
        self._up = False
        self._since = now
        self._trouble = ""

    def answered(self, now: float) -> None:
        """Take note of an answer."""
        if not self._up:
            self._up, self._since = True, now
        self._trouble = ""

    def failed(self, why: str, now: float) -> None:
        """Take note that there was none."""
        if self._up:
            self._up, self._since = False, now
        self._trouble = why

    def state(self) -> EngineState:
        """Return it as it is shown."""
        about = self._engine.about
        return EngineState(
            up=self._up,
            since=self._since,
            latency=self._engine.latency,
            version=about.version,
            role=about.role,
            trouble=self._trouble,
        )


def fleet_state(
    standing: Standing,
    engine: EngineSeen,
    *,
    now: float,
    fenced: Mapping[Net, int],
    takeovers: int,
    blind_s: float,
) -> FleetState:
    """Return the state of this moment."""
    election, said = standing.election, standing.said
    leads, refused = election.leads(now), standing.refused(now)
    lists = standing.leadership
    doubts = lists.newest.doubts if leads else said.doubts if said is not None else ()
    own = standing.settings.host
    if leads:
        taken = None if lists.taken is None else lists.taken.get(own, 0)
    else:
        taken = None if said is None else said.taken
    return FleetState(
        account=standing.settings.account,
        host=own,
        state=_state(standing, leads=leads, refused=refused is not None, now=now),
        leading=_leading(standing, now) if leads else None,
        refused=refused,
        leader=_leader(standing, leads=leads, now=now),
        epoch=election.epoch,
        engine=engine.state(),
        hosts=tuple(sorted(_hosts(standing, doubts, leads=leads, now=now), key=lambda host: host.name)),
        numbers=len(lists.newest.entries) if leads and lists.gathered else standing.numbers,
        cap=lists.cap if leads else None if said is None else said.cap,
        accepted_at=standing.accepted_at,
        taken=taken,
        left_out=_left_out(standing, own, leads=leads),
        doubts=doubts,
        fenced=fenced,
        takeovers=takeovers,
        blind_s=blind_s,
    )


def _state(standing: Standing, *, leads: bool, refused: bool, now: float) -> HostState:
    if leads:
        return HostState.LEADER
    if refused:
        return HostState.REFUSED
    if not standing.joined and standing.answered_at == float("-inf"):
        return HostState.JOINING
    if standing.cut_off(now):
        return HostState.CUT_OFF
    return HostState.MEMBER if standing.joined else HostState.JOINING


def _leading(standing: Standing, now: float) -> Leading:
    if not standing.leadership.gathered:
        return Leading.GATHERING
    return Leading.BLIND if standing.ledger.blind(now) else Leading.SPEAKING


def _leader(standing: Standing, *, leads: bool, now: float) -> str | None:
    if leads:
        return standing.settings.host
    record, until = standing.election.record, standing.election.stands_until
    if record is None or record.released or until is None or now >= until:
        return None
    return record.host if record.run != standing.own.run else None


def _hosts(standing: Standing, doubts: tuple[Doubt, ...], *, leads: bool, now: float) -> Iterator[HostView]:
    leader = _leader(standing, leads=leads, now=now)
    doubted = Counter(doubt.host for doubt in doubts)
    settings, own = standing.settings, standing.own
    held = own.held
    yield HostView(
        name=settings.host,
        life=HostLife.RUNNING if own.started else HostLife.STARTING,
        leads=leads,
        may_lead=settings.lead,
        live=0 if held is None else len(held.claims),
        modules=own.modules,
        seen_at=now if standing.joined else None,
        lease=settings.lease,
        left_out=_left_out(standing, settings.host, leads=leads),
        doubts=doubted[settings.host],
        page=settings.page,
    )
    for name, known in standing.ledger.hosts.items():
        beat = known.beat
        yield HostView(
            name=name,
            life=standing.ledger.life(name, now),
            leads=name == leader,
            may_lead=beat is not None and beat.may_lead,
            live=0 if beat is None else beat.live,
            modules=0 if beat is None else beat.modules,
            seen_at=known.still_since,
            lease=settings.lease if beat is None else beat.lease,
            left_out=_left_out(standing, name, leads=leads) or known.left_out,
            doubts=doubted[name],
            page="" if beat is None else beat.page,
        )


def _left_out(standing: Standing, host: str, *, leads: bool) -> LeftOut | None:
    if leads:
        return standing.leadership.left_out.get(host)
    return standing.said.left_out if standing.said is not None and host == standing.settings.host else None
