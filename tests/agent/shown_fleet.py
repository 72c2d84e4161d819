"""A fleet of three hosts as one of them sees it, every part of which a test may replace."""

from __future__ import annotations

import dataclasses

from agent.fleet.state import (
    Claim,
    Doubt,
    EngineState,
    FleetState,
    HostLife,
    HostState,
    HostView,
    Leading,
)
from tests.agent.shown_bank import NOW

DOUBT = Doubt(
    host="bank-1",
    module="Port3",
    number="+46701740003",
    claim=Claim.NUMBER,
    others=(("bank-2", "Port7"),),
)


def host(number: int, **changes: object) -> HostView:
    """The n-th host; the first one leads."""
    view = HostView(
        name=f"bank-{number}",
        life=HostLife.RUNNING,
        leads=number == 1,
        may_lead=True,
        live=60 + number,
        modules=64,
        seen_at=NOW - number,
        lease=30.0,
    )
    return dataclasses.replace(view, **changes)


def fleet(**changes: object) -> FleetState:
    """The fleet as bank-1 sees it, which leads."""
    state = FleetState(
        account="main",
        host="bank-1",
        state=HostState.LEADER,
        leading=Leading.SPEAKING,
        refused=None,
        leader="bank-1",
        epoch=4,
        engine=EngineState(
            up=True, since=NOW - 3600.0, latency=0.0012, version="redis 7.0.15", role="master"
        ),
        hosts=(host(1), host(2), host(3)),
        numbers=186,
        cap=192,
        accepted_at=NOW - 20.0,
        taken=61,
        left_out=None,
        doubts=(),
    )
    return dataclasses.replace(state, **changes)


def follower(**changes: object) -> FleetState:
    """The same as bank-1 sees it while bank-2 leads."""
    return fleet(
        **{
            "state": HostState.MEMBER,
            "leading": None,
            "leader": "bank-2",
            "hosts": (host(1, leads=False), host(2, leads=True), host(3)),
            **changes,
        }
    )
