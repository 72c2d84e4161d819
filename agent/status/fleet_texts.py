"""What people read of the fleet: one text for each state, and the banners."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import partial
from typing import Final

from agent.fleet.state import (
    Claim,
    Doubt,
    EngineState,
    FleetState,
    HostLife,
    HostState,
    Leading,
    LeftOut,
    Net,
    RefusedBy,
)
from agent.fleet.trouble import trouble_in
from agent.language import N_, Bilingual, both
from agent.onlinesim.report import shown
from agent.status.snapshot import BannerKind, DoubtRow

STATES: Final[Mapping[HostState, str]] = {
    HostState.JOINING: N_("joining"),
    HostState.MEMBER: N_("member"),
    HostState.LEADER: N_("speaks"),
    HostState.CUT_OFF: N_("cut off"),
    HostState.REFUSED: N_("not admitted"),
}
LEADING: Final[Mapping[Leading, str]] = {
    Leading.GATHERING: N_("gathering"),
    Leading.SPEAKING: N_("speaks"),
    Leading.BLIND: N_("speaks without the engine"),
}
LIVES: Final[Mapping[HostLife, str]] = {
    HostLife.RUNNING: N_("running"),
    HostLife.STARTING: N_("starting"),
    HostLife.LEFT: N_("stopped"),
    HostLife.SILENT: N_("silent"),
}
LEFT_OUT: Final[Mapping[LeftOut, str]] = {
    LeftOut.TOO_MANY: N_("more numbers than modules"),
    LeftOut.KEY: N_("another server or API key"),
    LeftOut.VERSION: N_("another version of the fleet"),
}
_REFUSED: Final[Mapping[RefusedBy, str]] = {
    RefusedBy.NAME: N_(
        "Another agent calls itself {host}, so this one reports nothing: give each host its own fleet.host"
    ),
    RefusedBy.KEY: N_(
        "This host has another server or API key than the fleet, and nothing of it is reported: make both equal, or"
        " give it another fleet.account"
    ),
    RefusedBy.VERSION: N_(
        "The fleet speaks a version that this agent cannot read, so nothing of it is reported: update this agent"
    ),
}
_JOINING: Final = N_(
    "This host is joining the fleet: the engine has not taken its first sign of life yet{why}"
)
_CUT_OFF: Final = N_(
    "No connection to the engine{why}. The modules are still asked; numbers of this host leave the list when its"
    " lease ends, and come back with the connection"
)
_GATHERING: Final = N_("This host has taken the lead: its first list waits until all living hosts are in it")
_BLIND: Final = N_(
    "This host speaks without a connection to the engine{why}: only whole lists go out, none once a lease has ended"
)
_NOBODY: Final = N_(
    "No host speaks to Onlinesim now; one takes over when the lease of the last speaker has ended"
)
_LEFT_OUT: Final = N_("Nothing of this host is in the list: {why}")
_DOUBTS: Final = N_("Two hosts claim the same SIM or number, which is in neither's list: {what}")
_TIMER: Final = N_(
    "The run before this one was ended by the kernel: it was paused during a report. See docs/fleet.md"
)


def state_text(state: FleetState) -> Bilingual:
    """Return how this host stands in the fleet, in a word or two."""
    leading = LEADING.get(state.leading) if state.leading is not None else None
    return both(leading or STATES[state.state])


def doubt_text(doubt: Doubt) -> Bilingual:
    """Return why a live number is not in the list, naming the other hosts."""
    where = ", ".join(f"{host}/{module}" for host, module in doubt.others)
    if doubt.claim is Claim.CARD:
        return both("the same SIM is in {where}: in neither's list", where=where)
    return both("the same number is in {where}: in neither's list", where=where)


def doubt_row(doubt: Doubt) -> DoubtRow:
    """Return what a module's row says of it."""
    where = next((f"{host}/{module}" for host, module in doubt.others), "")
    return DoubtRow(claim=doubt.claim.value, where=where, text=doubt_text(doubt))


def banners(state: FleetState) -> Iterator[tuple[BannerKind, Bilingual]]:
    """Yield what the operator must not overlook, worst first."""
    why = Bilingual.of(partial(_engine_trouble, state.engine))
    match state.state:
        case HostState.REFUSED if state.refused is not None:
            yield BannerKind.FLEET_OUT, both(_REFUSED[state.refused], host=state.host)
        case HostState.CUT_OFF:
            yield BannerKind.FLEET_OUT, both(_CUT_OFF, why=why)
        case HostState.JOINING:
            yield BannerKind.FLEET_WAIT, both(_JOINING, why=why)
        case HostState.MEMBER if state.leader is None:
            yield BannerKind.FLEET, both(_NOBODY)
    if state.leading is Leading.BLIND:
        yield BannerKind.FLEET, both(_BLIND, why=why)
    if state.left_out is not None:
        yield BannerKind.FLEET_OUT, both(_LEFT_OUT, why=both(LEFT_OUT[state.left_out]))
    if state.doubts:
        what = shown([_doubt_shown(doubt) for doubt in state.doubts])
        yield BannerKind.FLEET, both(_DOUBTS, what=what)
    if state.fenced.get(Net.TIMER):
        yield BannerKind.FLEET, both(_TIMER)
    if state.leading is Leading.GATHERING:
        yield BannerKind.FLEET_WAIT, both(_GATHERING)


def _engine_trouble(engine: EngineState, language: str) -> str:
    return f" ({trouble_in(engine.trouble, language)})" if engine.trouble else ""


def _doubt_shown(doubt: Doubt) -> str:
    places = ((doubt.host, doubt.module), *doubt.others)
    return f"{doubt.number} ({', '.join(f'{host}/{module}' for host, module in places)})"
