"""One finished request to Onlinesim, and how reporting stands.

Responsible for the values which the log, the store, the page and the metrics are told. Must not know who
tells, nor what is made of them.
"""

from __future__ import annotations

import enum
from collections.abc import Mapping
from dataclasses import dataclass

from agent.onlinesim.messages import Message
from agent.onlinesim.outcome import Accepted, Checked, Failed, Outcome, Refusal


class ReportOutcome(enum.StrEnum):
    """What became of one request to Onlinesim."""

    ACCEPTED = "accepted"
    REFUSED = "refused"
    TROUBLE = "trouble"
    """No answer that could be read: network, TLS, 5xx, 429."""
    TESTED = "tested"
    """An answer to test1 or test2; never an accepted report (docs/design.md §6)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """One finished request."""

    message: Message
    numbers: int
    """How many numbers the set held which it stands for."""
    at: float
    """UNIX time at which it was sent."""
    done_at: float
    """When it was over, in seconds on the agent's clock."""
    took: float
    outcome: Outcome

    @property
    def result(self) -> ReportOutcome:
        """One word for counting: accepted, tested, refused or trouble."""
        return RESULTS[type(self.outcome)]

    @property
    def words(self) -> str:
        """The server's reason, or what went wrong; empty where all went well."""
        return self.outcome.reason if isinstance(self.outcome, Refusal | Failed) else ""

    @property
    def status(self) -> int | None:
        """The HTTP status of a refusal, 200 of what went well, None of trouble."""
        if isinstance(self.outcome, Refusal):
            return self.outcome.status
        return None if isinstance(self.outcome, Failed) else 200


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportState:
    """How reporting stands. `*_at` are seconds on the agent's clock; None is what has not happened."""

    last: Report | None
    last_accepted: Report | None
    """The newest that counts as a sign of life: a list or checkWork."""
    heartbeat_at: float | None
    next_heartbeat_s: float | None
    """Seconds until the heartbeat is due."""
    retry_at: float | None
    """When the pause after trouble is over."""
    failures: int
    """Requests in a row that were refused or in trouble."""
    missed_windows: int
    """Five-minute windows in which no report was accepted."""
    counts: Mapping[str, int]
    """How many requests had each result."""
    numbers: int | None
    """How many numbers are to be told now; None while nothing is known."""
    sending: bool


RESULTS: dict[type[Outcome], ReportOutcome] = {
    Accepted: ReportOutcome.ACCEPTED,
    Checked: ReportOutcome.TESTED,
    Refusal: ReportOutcome.REFUSED,
    Failed: ReportOutcome.TROUBLE,
}
