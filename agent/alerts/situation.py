"""What the rules look at: how the host is at one instant, and what is known of a fault so far."""

from __future__ import annotations

import enum
from collections.abc import Mapping
from dataclasses import dataclass, field

from agent.decision.verdict import Reason
from agent.language import NO_TEXT, Bilingual

NOT_COUNTED = frozenset({Reason.DISABLED, Reason.OVER_CAP})
"""Reasons that the operator gave himself: such a module is not lost."""


@dataclass(frozen=True, slots=True)
class ModuleLook:
    """One module."""

    reason: Reason
    text: Bilingual = NO_TEXT
    """The sentence of its verdict."""
    group: str = ""
    """Its hub or pool; "" where there is none."""
    number: str = ""
    """While it is live."""

    @property
    def live(self) -> bool:
        """Whether its SIM is live."""
        return self.reason is Reason.LIVE


@dataclass(frozen=True, slots=True)
class ReportsLook:
    """How reporting goes. Instants are on the agent's clock."""

    accepted_at: float | None
    refused: bool | None
    """Whether the last report was refused; None where the last answer says neither yes nor no."""
    why: Bilingual = NO_TEXT
    """Why the last report failed, or why none is made."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Situation:
    """The host at one instant, `now` on the agent's clock."""

    now: float
    started_at: float
    modules: Mapping[str, ModuleLook] = field(default_factory=dict)
    reports: ReportsLook | None = None
    """None where reports do not matter: the sandbox and the test modes sell nothing."""
    speaks: bool = True
    """Whether this host speaks for the account; in a fleet only the leader does."""
    usual: int | None = None
    """How many SIMs were live usually in the last 24 hours; None where that is not known."""
    store_problem: Bilingual = NO_TEXT
    """Why the store cannot be written."""
    hosts: Mapping[str, float | None] = field(default_factory=dict)
    """Hosts of the fleet of which something is known: since when each does not answer, None for one that does."""
    labels: Mapping[str, str] = field(default_factory=dict)
    """Names that people gave to modules and hubs."""

    @property
    def live(self) -> int:
        """How many SIMs are live."""
        return sum(module.live for module in self.modules.values())


class Standing(enum.Enum):
    """What can be said of a fault at one instant."""

    HOLDS = enum.auto()
    OVER = enum.auto()
    UNKNOWN = enum.auto()
    """Neither: nobody must be told that it is over."""
    MOOT = enum.auto()
    """It no longer matters: the rule was switched off, say."""


@dataclass(frozen=True, slots=True)
class Finding:
    """What was found of one fault, with the facts that its message needs."""

    standing: Standing
    since: float | None = None
    """When it began, where that is known better than by looking."""
    detail: Bilingual = NO_TEXT
    count: int = 0
    """Of modules or SIMs."""
    level: int = 0
    """Below which number the live SIMs fell; it stays as it was until the fault is over."""
