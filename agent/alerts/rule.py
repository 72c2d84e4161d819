"""What may be wrong: the rules, and how the operator wants each."""

from __future__ import annotations

import enum
from dataclasses import dataclass
from typing import Final


class Rule(enum.StrEnum):
    """One kind of fault, in the order in which a message tells them."""

    REFUSED = "refused"
    NOTHING_ACCEPTED = "nothing_accepted"
    HOST_LOST = "host_lost"
    LIVE_BELOW = "live_below"
    HUB_LOST = "hub_lost"
    MODULE_LOST = "module_lost"
    STORE_FAILED = "store_failed"


URGENT: Final = frozenset({Rule.REFUSED, Rule.NOTHING_ACCEPTED})
"""Rules whose faults stop all sales: they do not wait for the end of quiet hours."""


@dataclass(frozen=True, slots=True)
class FaultKey:
    """One thing that may be wrong; `subject` names the module, hub or host, "" for the whole."""

    rule: Rule
    subject: str = ""


_RULES: Final = tuple(Rule)


def told_order(key: FaultKey) -> tuple[int, str]:
    """Return what faults are sorted by where they are told: their rule, then their subject."""
    return _RULES.index(key.rule), key.subject


@dataclass(frozen=True, slots=True, kw_only=True)
class RulePolicy:
    """How long each fault must last, in seconds, before it is told; None: never."""

    refused: float | None = 30.0
    nothing_accepted: float | None = 300.0
    host_lost: float | None = 120.0
    live_share: float | None = 0.8
    """Of what was usual lately; counts where `live_number` is None."""
    live_number: int | None = None
    live_for: float = 600.0
    hub_lost: float | None = 180.0
    module_lost: float | None = 900.0
    store_failed: float | None = 60.0
