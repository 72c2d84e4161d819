"""One finished request to Onlinesim, and the state of reporting."""

from __future__ import annotations

import enum
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Final

from agent.onlinesim.messages import AddNumber, Message, RemoveNumber, SendNumbersOnline
from agent.onlinesim.outcome import Accepted, Checked, Failed, Outcome, Refusal, not_taken

NUMBERS_SHOWN: Final = 5
"""Of a list of numbers in one sentence."""


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


@dataclass(frozen=True, kw_only=True)
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
            refused = set(self.not_taken)
            return tuple(entry.number for entry in self.message.numbers if entry.number not in refused)
        return (self.message.entry.number,) if isinstance(self.message, AddNumber) else ()

    @property
    def reason(self) -> str:
        """The server's text, or what went wrong; empty after a success."""
        return self.outcome.reason if isinstance(self.outcome, Refusal | Failed) else ""

    @property
    def part(self) -> bool:
        """Whether it only looked for the number because of which a list was refused."""
        return isinstance(self.message, SendNumbersOnline) and self.message.part

    @property
    def accepted(self) -> bool:
        """Whether the server that is configured now has stored it."""
        return isinstance(self.outcome, Accepted) and not self.abandoned

    @property
    def removed(self) -> str | None:
        """The number that an accepted removeNumber took away."""
        return self.message.number if self.accepted and isinstance(self.message, RemoveNumber) else None

    @property
    def replaced_list(self) -> bool:
        """Whether Onlinesim now has this list."""
        return self.accepted and isinstance(self.message, SendNumbersOnline)

    @cached_property
    def not_taken(self) -> tuple[str, ...]:
        """The numbers of an accepted list to which Onlinesim gave no id although others have one."""
        if not isinstance(self.message, SendNumbersOnline) or not isinstance(self.outcome, Accepted):
            return ()
        return not_taken((entry.number for entry in self.message.numbers), self.outcome.ids)

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


def shown(numbers: Sequence[str]) -> str:
    """Return the first few numbers, and how many more there are."""
    more = len(numbers) - NUMBERS_SHOWN
    return ", ".join(numbers[:NUMBERS_SHOWN]) + (f" (+{more})" if more > 0 else "")
