"""Whether the agent is well, and whether it does its job.

Responsible for the two judgements behind `/healthz` and `/readyz`. Pure. Must not know how progress is
made, nor HTTP.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from agent.status.snapshot import REPORT_WINDOW_S, Json, Snapshot, age, selling


@dataclass(frozen=True, slots=True, kw_only=True)
class Health:
    """Which parts of the agent make progress.

    `beats` holds, for each part that must make progress, when it last did (on the agent's clock) and how many
    seconds it may take at most.
    """

    beats: Mapping[str, tuple[float, float]]

    def judged(self, now: float) -> tuple[bool, Json]:
        """Whether all parts make progress, and the body of `/healthz`."""
        parts = {
            name: {"ok": now - at <= within, "age_s": age(at, now), "limit_s": within}
            for name, (at, within) in self.beats.items()
        }
        ok = all(now - at <= within for at, within in self.beats.values())
        return ok, {"ok": ok, "parts": parts}


def readiness(snapshot: Snapshot, now: float) -> tuple[bool, Json]:
    """Whether Onlinesim knows our live set, and the body of `/readyz`.

    The sandbox and the test modes never make it ready: nothing is sold there (docs/design.md §6).
    """
    accepted_s = snapshot.accepted_age(now)
    ready = selling(snapshot, now)
    if snapshot.agent.sandbox:
        reason = "the server is the sandbox: nothing is sold"
    elif snapshot.agent.test:
        reason = f"{snapshot.agent.test} is configured: nothing is sold"
    elif accepted_s is None:
        reason = "no report has been accepted yet"
    elif not ready:
        reason = f"no report accepted in the last {REPORT_WINDOW_S:.0f} s"
    else:
        reason = ""
    return ready, {"ready": ready, "reason": reason, "accepted_s": accepted_s, "live": snapshot.live}
