"""One finished request to Onlinesim, and the state of reporting."""

from __future__ import annotations

import enum
from dataclasses import dataclass
from typing import Final

from agent.onlinesim.messages import AddNumber, Message, SendNumbersOnline
from agent.onlinesim.outcome import Accepted, Checked, Failed, Outcome, Refusal


class ReportOutcome(enum.StrEnum):
    """What became of one request to Onlinesim."""

    ACCEPTED = "accepted"
    REFUSED = "refused"
    FAILED = "failed"
    """No usable answer: network, TLS, 5xx, 429."""
    TESTED = "tested"
    """An answer to test1 or test2; never an accepted report (docs/design.md §6)."""


_RESULTS: Final[dict[type[Outcome], ReportOutcome]] = {
    Accepted: ReportOutcome.ACCEPTED,
    Checked: ReportOutcome.TESTED,
    Refusal: ReportOutcome.REFUSED,
    Failed: ReportOutcome.FAILED,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """One finished request."""

    message: Message
    numbers: int
    """How many numbers were live when it was sent."""
    at: float
    """UNIX time at which it was sent."""
    done_at: float
    """When it was over, in seconds on the agent's clock."""
    took: float
    """Seconds."""
    outcome: Outcome
    abandoned: bool = False
    """Another server was configured meanwhile."""

    @property
    def result(self) -> ReportOutcome:
        """The outcome in one word."""
        return _RESULTS[type(self.outcome)]

    @property
    def placed(self) -> tuple[str, ...]:
        """The numbers that Onlinesim has now because of this request; none after a test request."""
        if self.abandoned or not isinstance(self.outcome, Accepted):
            return ()
        if isinstance(self.message, SendNumbersOnline):
            return tuple(entry.number for entry in self.message.numbers)
        return (self.message.entry.number,) if isinstance(self.message, AddNumber) else ()

    @property
    def reason(self) -> str:
        """The server's text, or what went wrong; empty after a success."""
        return self.outcome.reason if isinstance(self.outcome, Refusal | Failed) else ""

    @property
    def status(self) -> int | None:
        """The HTTP status of a refusal, 200 of a success, None of a failure."""
        if isinstance(self.outcome, Refusal):
            return self.outcome.status
        return None if isinstance(self.outcome, Failed) else 200


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportState:
    """The state of reporting. `*_at` are seconds on the agent's clock; None for what has not happened."""

    accepted_at: float | None
    """When a list or checkWork was last accepted: single steps do not count as a heartbeat."""
    heartbeat_at: float | None
    """When the heartbeat is due."""
    missed_windows: int
    """Five-minute windows in which no report was accepted."""
