"""What outlives a restart of the agent: which faults hold, since when, and which of them were told. Pure.

Without it a restart would tell everything again, and say that all is well before a module was asked.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from typing import Final

from agent.alerts.fault_book import Fault
from agent.alerts.rule import FaultKey, Rule, told_order

LONGEST: Final = 4_000
"""Characters that one fact of the store may have."""

Kept = dict[FaultKey, tuple[float, int, bool]]
"""Since when (agent's clock; UNIX time in the text), level, told."""


def written(faults: Mapping[FaultKey, Fault], told: Collection[FaultKey], offset: float) -> str:
    """Return the text to keep; `offset` is UNIX time less the agent's clock.

    What was told comes first, and the worst before the others: of more than fits, the rest is left out.
    """
    parts: list[str] = []
    length = 2
    for key in sorted(faults, key=lambda key: (key not in told, told_order(key))):
        fault = faults[key]
        row = (key.rule.value, key.subject, round(fault.since + offset), fault.level, int(key in told))
        part = json.dumps(row, ensure_ascii=True, separators=(",", ":"))
        length += len(part) + 1
        if length > LONGEST:
            break
        parts.append(part)
    return f"[{','.join(parts)}]" if parts else ""


def read(text: str, offset: float, now: float) -> Kept:
    """Return what a text keeps; nothing of one that is none. An instant of the future is taken for `now`."""
    try:
        rows = json.loads(text) if text else []
        return {
            FaultKey(Rule(rule), str(subject)): (min(float(since) - offset, now), int(level), bool(told))
            for rule, subject, since, level, told in rows
        }
    except (ValueError, TypeError, OverflowError):
        return {}
