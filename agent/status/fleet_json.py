"""`fleet` of /api/v1/status, and what page, readiness and terminal ask of it."""

from __future__ import annotations

from typing import Any

from agent.fleet.state import EngineState, FleetState, HostView
from agent.language import both
from agent.status.fleet_texts import LEFT_OUT, LIVES, doubt_text, state_text
from agent.status.snapshot import age

Json = dict[str, Any]


def fleet_json(state: FleetState | None, now: float, lang: str = "en") -> Json | None:
    """Return the fleet as JSON; None for a host alone. `now` is on the agent's clock."""
    if state is None:
        return None
    return {
        "account": state.account,
        "host": state.host,
        "state": state.state.value,
        "text": state_text(state).localized(lang),
        "leading": _value(state.leading),
        "refused": _value(state.refused),
        "leader": state.leader,
        "epoch": state.epoch,
        "engine": _engine(state.engine, now),
        "hosts": [_host(host, now, lang) for host in state.hosts],
        "numbers": state.numbers,
        "cap": state.cap,
        "accepted_s": age(state.accepted_at, now),
        "taken": state.taken,
        "left_out": _value(state.left_out),
        "doubts": [
            {
                "host": doubt.host,
                "module": doubt.module,
                "number": doubt.number,
                "claim": doubt.claim.value,
                "others": [{"host": host, "module": module} for host, module in doubt.others],
                "text": doubt_text(doubt).localized(lang),
            }
            for doubt in state.doubts
        ],
        "fenced": {net.value: count for net, count in state.fenced.items()},
        "takeovers": state.takeovers,
        "blind_s": round(state.blind_s, 1),
    }


def _engine(engine: EngineState, now: float) -> Json:
    return {
        "up": engine.up,
        "since_s": age(engine.since, now),
        "latency_ms": None if engine.latency is None else round(engine.latency * 1000, 1),
        "version": engine.version,
        "role": engine.role,
        "trouble": engine.trouble,
    }


def _host(host: HostView, now: float, lang: str) -> Json:
    text = LEFT_OUT[host.left_out] if host.left_out is not None else LIVES[host.life]
    return {
        "name": host.name,
        "state": host.life.value,
        "text": both(text).localized(lang),
        "leads": host.leads,
        "may_lead": host.may_lead,
        "live": host.live,
        "modules": host.modules,
        "seen_s": age(host.seen_at, now),
        "lease_s": host.lease,
        "left_out": _value(host.left_out),
        "doubts": host.doubts,
        "page": host.page,
    }


def _value(member: Any) -> str | None:
    return None if member is None else str(member.value)
