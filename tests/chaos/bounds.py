"""How long the agent may be wrong: docs/design.md §4 and §6, computed from a configuration.

    what                                   bound
    a module said so itself (URC)          500 ms
    nobody said so, the next poll shows    poll + answer_timeout + 500 ms
    the module answers nothing             lease + 500 ms
    "searching" and its like               registration_grace more
    and it stands at the server            the gap between two reports more, and the 50 ms of collecting
    the next report                        heartbeat after the last one that was answered
    after trouble with the server          backoff: 30 s at most, Retry-After on top of it
    everything good again is reported      RECOVERY after the last fault, and what a flapping SIM settles longer

`slack` is what may be added to each (SIMBANK_CHAOS_SLACK, seconds), and what the processes waited for a CPU besides.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass, field

from starvation import starved

SLACK = float(os.environ.get("SIMBANK_CHAOS_SLACK", "1.0"))


def slack() -> float:
    """Return what a bound grows by on this machine, now."""
    return SLACK + starved()


AT_ONCE = 0.5
GAP = 1.0
COLLECT = 0.05
LONGEST_BACKOFF = 30.0
RECOVERY = 30.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Timing:
    """The short timings of the agent under test, in seconds, as config.yaml has them.

    The lease is longer than the bound of what a poll shows, slack included: else it would hide a deaf agent.
    """

    poll: float = 0.2
    settle: float = 0.4
    answer_timeout: float = 0.5
    lease: float = 3.0
    registration_grace: float = 1.0
    heartbeat: float = 1.0


CALM = Timing(answer_timeout=3.0, lease=10.0)
"""For tests in which all modules are well: a machine under load must not make them silent."""


@dataclass(frozen=True, slots=True)
class Bounds:
    """The table above for one timing."""

    timing: Timing = field(default_factory=Timing)
    grown: Callable[[], float] = slack
    """What each grows by."""

    @property
    def told(self) -> float:
        """Seconds for what the module said unasked."""
        return AT_ONCE + self.grown()

    @property
    def polled(self) -> float:
        """Seconds for what only the next poll shows."""
        return self.timing.poll + self.timing.answer_timeout + AT_ONCE + self.grown()

    @property
    def leased(self) -> float:
        """Seconds for a module that says nothing, or nothing readable."""
        return self.timing.lease + AT_ONCE + self.grown()

    @property
    def grace(self) -> float:
        """What "searching" gets on top."""
        return self.timing.registration_grace

    @property
    def at_the_server(self) -> float:
        """What a number may stand at the server on top, while the server answers."""
        return GAP + COLLECT

    @property
    def between_reports(self) -> float:
        """Seconds to the next report after one that was answered."""
        return self.timing.heartbeat + self.grown()

    @property
    def disturbance(self) -> float:
        """Seconds after a fault during which a module may be busy with coming back into step."""
        return 4 * self.timing.answer_timeout + self.grown()

    def recovery(self, flaps: int) -> float:
        """Seconds until a good SIM is reported again that left the live set so many times."""
        return RECOVERY + self.timing.settle * float(2**flaps) + self.grown()
