"""What people see of alerts: whether somebody is told, and what became of the last messages."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertServiceRow:
    """One service that is told what is wrong. Instants are UNIX time."""

    name: str
    """Without secrets: `tgram://… (1)`."""
    sent_at: float | None = None
    failed_at: float | None = None
    """None once a message was sent again."""
    why: str = ""
    """Why it took no message."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertsRow:
    """Whether somebody is told when something is wrong."""

    on: bool = False
    services: tuple[AlertServiceRow, ...] = ()
    sent: int = 0
    """Messages that services took since the agent started."""
    failed: int = 0
    heartbeat_url: bool = False
    """Whether a dead-man's switch is called."""
    heartbeat_sent: int = 0
    heartbeat_failed: int = 0
