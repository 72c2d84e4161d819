"""When a leader that does not reach Onlinesim lets another host try; pure."""

from __future__ import annotations

from typing import Final

from agent.fleet.settings import WINDOW
from agent.onlinesim.outcome import Failed, FailureKind, Outcome, Refusal, RefusalKind

LONGEST: Final = 60.0
"""Seconds of trouble after which another host tries, or half of what is left of Onlinesim's window."""
ABSTAIN: Final = 120.0
"""Seconds for which a host that gave the lead away does not want it back."""
_OURS: Final = frozenset({
    FailureKind.NETWORK,
    FailureKind.DNS,
    FailureKind.TLS,
    FailureKind.SLOW,
    FailureKind.ANSWER,
    FailureKind.REDIRECT,
})  # fmt: skip
"""Troubles that may be this host's own: its line, its resolver, a portal that answers in Onlinesim's place."""


class Reach:
    """Whether this host reaches Onlinesim."""

    def __init__(self) -> None:
        self._give_up_at: float | None = None

    def took(self, outcome: Outcome, *, accepted_at: float | None, sent_at: float) -> None:
        """Take the outcome of a request; `accepted_at`: when Onlinesim last accepted a report of the account.

        Trouble begins when the first request that failed was sent: one that hangs takes 15 s to fail.
        """
        if isinstance(outcome, Refusal):
            # Any other refusal is about the account, and every host would hear it.
            self._give_up_at = sent_at if outcome.kind is RefusalKind.IP else None
        elif isinstance(outcome, Failed) and outcome.kind in _OURS:
            ends = (sent_at if accepted_at is None else accepted_at) + WINDOW
            wait = min(LONGEST, max(0.0, ends - sent_at) / 2)
            self._give_up_at = sent_at + wait if self._give_up_at is None else self._give_up_at
        elif not isinstance(outcome, Failed):
            self._give_up_at = None

    def gives_up(self, now: float) -> bool:
        """Whether it is time to let another host try."""
        return self._give_up_at is not None and now >= self._give_up_at

    def forget(self) -> None:
        """Begin anew."""
        self._give_up_at = None
