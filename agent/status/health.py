"""Whether the agent makes progress (`/healthz`), and whether it sells (`/readyz`)."""

from __future__ import annotations

from collections.abc import Mapping

from agent.fleet.state import HostState
from agent.status.encode import Json
from agent.status.fleet_texts import LEFT_OUT
from agent.status.snapshot import REPORT_WINDOW_S, Snapshot, age

Progress = Mapping[str, tuple[float, float]]
"""Of each part that must make progress: when it last did (agent's clock), and how many seconds it may take."""


def health(progress: Progress, now: float) -> tuple[bool, Json]:
    """Return whether all parts make progress, and the body of `/healthz`."""
    parts = {
        name: {"ok": now - at <= limit, "age_s": age(at, now), "limit_s": limit}
        for name, (at, limit) in progress.items()
    }
    ok = all(part["ok"] for part in parts.values())
    return ok, {"ok": ok, "parts": parts}


def readiness(snapshot: Snapshot, now: float) -> tuple[bool, Json]:
    """Return whether Onlinesim knows our live set, and the body of `/readyz`.

    The sandbox and the test modes never make it ready: nothing is sold there (docs/design.md §6).
    """
    accepted_s = snapshot.accepted_age(now)
    ready = snapshot.selling(now)
    if snapshot.agent.sandbox:
        reason = "the server is the sandbox: nothing is sold"
    elif snapshot.agent.test:
        reason = f"{snapshot.agent.test} is configured: nothing is sold"
    elif snapshot.follows and not ready:
        reason = _waits_for(snapshot, now)
    elif accepted_s is None:
        reason = "no report has been accepted yet"
    else:
        reason = "" if ready else f"no report accepted in the last {REPORT_WINDOW_S:.0f} s"
    return ready, {"ready": ready, "reason": reason, "accepted_s": accepted_s, "live": snapshot.live}


def _waits_for(snapshot: Snapshot, now: float) -> str:
    """Why a host that another one reports for is not ready."""
    fleet, accepted_s = snapshot.fleet, snapshot.accepted_age(now)
    if fleet is None or fleet.state is not HostState.MEMBER:
        return f"this host is not part of the fleet now: {fleet.state.value if fleet else ''}"
    if fleet.left_out is not None:
        return f"nothing of this host is in the list: {LEFT_OUT[fleet.left_out]}"
    if accepted_s is None or accepted_s >= REPORT_WINDOW_S:
        return f"no report of the fleet accepted in the last {REPORT_WINDOW_S:.0f} s"
    return "the last accepted list of the fleet does not hold this host's numbers yet"
