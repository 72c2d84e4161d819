"""How this host takes part in the fleet, and the times that follow from its lease."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Final

from agent.formats.engine_url import EngineUrl

REQUEST: Final = 15.0
"""Seconds that a request to Onlinesim may take at most."""
LEAST_REQUEST: Final = 3.0
"""With less time left nothing is sent."""
WINDOW: Final = 300.0
"""Onlinesim counts an account as down after so many seconds without a report."""


@dataclass(frozen=True, slots=True)
class Times:
    """The times of one lease, in seconds."""

    lease: float

    @property
    def renew(self) -> float:
        """From one beat, poll or renewal to the next."""
        return self.lease / 6

    @property
    def gap(self) -> float:
        """Without a reading for longer than this, something may have come and gone unseen."""
        return 2 * self.renew

    @property
    def margin(self) -> float:
        """How long before the end of its lease a leader stops."""
        return self.lease / 5

    @property
    def echo(self) -> float:
        """From the first list of a new leader to the same once more: its predecessor's last request is over then."""
        return REQUEST + self.margin

    @property
    def longest_heartbeat(self) -> float:
        """The longest heartbeat with which the slowest takeover still fits into Onlinesim's window."""
        return 0.95 * WINDOW - 2 * self.lease - 2 * self.renew - REQUEST


@dataclass(frozen=True, slots=True, kw_only=True)
class FleetSettings:
    """What wiring makes the fleet of."""

    redis: EngineUrl
    account: str
    host: str
    modules: int | None
    """Of the whole account; None: the sum over the hosts."""
    lead: bool
    lease: float
    acks: int
    ca_file: Path | None
    bank_modules: int
    """Of this host."""
    page: str = ""
    """Where this host's page can be opened from other machines; "" where it cannot."""

    @property
    def times(self) -> Times:
        """The times of the lease."""
        return Times(self.lease)
