"""What page, JSON, metrics and commands show of the fleet: frozen values, and no texts."""

from __future__ import annotations

import enum
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol


class HostState(enum.StrEnum):
    """How this host stands in the fleet."""

    JOINING = "joining"
    """The engine has not yet taken a beat of this run."""
    MEMBER = "member"
    LEADER = "leader"
    CUT_OFF = "cut_off"
    """The engine has not answered for two renewals."""
    REFUSED = "refused"
    """See `RefusedBy`; tried again once a lease."""


class Leading(enum.StrEnum):
    """What the host that leads is doing."""

    GATHERING = "gathering"
    """Its first list waits until every living host is in it."""
    SPEAKING = "speaking"
    BLIND = "blind"
    """It cannot read the engine: a list goes out only if it lacks no host of the list before."""


class RefusedBy(enum.StrEnum):
    """Why this host is not part of the fleet."""

    NAME = "name"
    """Another agent calls itself by the same name."""
    KEY = "key"
    """The leader reports to another server, or with another key."""
    VERSION = "version"
    """The fleet speaks a version that this agent cannot read."""


class HostLife(enum.StrEnum):
    """How another host, or this one, is seen through the engine."""

    RUNNING = "running"
    STARTING = "starting"
    """It has not asked its modules yet."""
    LEFT = "left"
    """It was stopped in order."""
    SILENT = "silent"
    """No new beat within its lease: its numbers are not reported."""


class LeftOut(enum.StrEnum):
    """Why nothing of a host that lives is in the list."""

    TOO_MANY = "too_many"
    """It has more numbers than modules."""
    KEY = "key"
    """It reports to another server, or with another key."""
    VERSION = "version"


class Claim(enum.StrEnum):
    """What two hosts claim at once."""

    CARD = "card"
    NUMBER = "number"


class Net(enum.StrEnum):
    """What kept this host from speaking after its time, or noticed that it had."""

    BUDGET = "budget"
    """Too little time was left before the request."""
    CONNECTION = "connection"
    """The time was over when the connection stood."""
    TIMER = "timer"
    """The kernel ended the process during a request; told by the run after it."""
    CONFESSION = "confession"
    """A request may have ended too late, and the leader was told so."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Doubt:
    """An entry that is in neither host's part of the list."""

    host: str
    module: str
    number: str
    claim: Claim
    others: tuple[tuple[str, str], ...]
    """Host and module of everybody else who claims it, or did in the last seconds."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EngineState:
    """The engine as this host sees it. Instants are seconds on the agent's clock."""

    up: bool = False
    since: float = 0.0
    """Since when it is up, or away."""
    latency: float | None = None
    """Seconds of the last command."""
    version: str = ""
    """Such as "redis 7.0.15"; "" while unknown."""
    role: str = ""
    """master, or what else it says of itself."""
    trouble: str = ""
    """Why it is away: the last error, without passwords."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HostView:
    """One host of the fleet as this host sees it."""

    name: str
    life: HostLife
    leads: bool
    may_lead: bool
    live: int
    """Numbers that it has told."""
    modules: int
    seen_at: float | None
    """When it last gave a sign of life, on the agent's clock; None for never."""
    lease: float
    left_out: LeftOut | None = None
    doubts: int = 0
    page: str = ""
    """Where its page can be opened from other machines; "" where it cannot."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FleetState:
    """The fleet at one moment. Instants are seconds on the agent's clock."""

    account: str
    host: str
    state: HostState
    leading: Leading | None
    """While `state` is LEADER."""
    refused: RefusedBy | None
    """While `state` is REFUSED."""
    leader: str | None
    """The host that speaks, as far as this one knows."""
    epoch: int
    """Of the newest record that was read; 0 before."""
    engine: EngineState
    hosts: tuple[HostView, ...]
    """By name. On a host that does not lead: as it was when it last looked, see `FleetView.watched`."""
    numbers: int | None
    """In the list, as far as it is known here; None while unknown."""
    cap: int | None
    """Of the account: `fleet.modules`, or the sum over the hosts whose lease holds; None while unknown."""
    accepted_at: float | None
    """When Onlinesim last accepted a report of the account; on a host that does not lead by the leader's word."""
    taken: int | None
    """Numbers of this host that were in the last accepted list; None while nobody has said so."""
    left_out: LeftOut | None
    """Why nothing of this host is in the list."""
    doubts: tuple[Doubt, ...]
    """Of all hosts on the leader, of this host elsewhere."""
    fenced: Mapping[Net, int] = field(default_factory=dict)
    """How often each net has caught something since the start."""
    takeovers: int = 0
    """How often this host took the lead since the start."""
    blind_s: float = 0.0
    """For how long it has led without reading the engine."""

    @property
    def ready(self) -> bool:
        """Whether what this host has told is in the last accepted list, apart from doubts."""
        return self.taken is not None and self.left_out is None


class FleetView(Protocol):
    """What the surfaces may ask of the loop."""

    def state(self) -> FleetState:
        """Return the state of this moment, from memory."""
        ...

    def watched(self) -> None:
        """Say that somebody looks at the page: for a while the hosts are read from the engine more often."""
        ...
