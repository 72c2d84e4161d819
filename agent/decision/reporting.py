"""Whether the live set may be reported now (docs/design.md §4), pure: time is an argument.

An empty list says that every number is gone, so a run that has had no answer yet does not send one: where all ports are
held by another program, nobody was asked. And nothing is sent that is older than a pause of the process.
"""

from __future__ import annotations

import enum
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Final

from agent.decision.module_state import ModuleState

FIRST_REPORT_WITHIN: Final = 90.0
"""Seconds after the start; then the live set is reported even if a module is not ready yet."""
LATE: Final = 2.0
"""Seconds between two turns of the loop that a busy machine may need; its timers are no longer than half of it."""


class Reporting(enum.Enum):
    """What may be reported now."""

    STARTING = enum.auto()
    """Nothing yet."""
    UNASKED = enum.auto()
    """Nothing: nobody could be asked."""
    WITHDRAWING = enum.auto()
    """An empty list, until one is accepted: nobody could be asked, and an earlier run's numbers stand."""
    ASKING_AGAIN = enum.auto()
    """Nothing for a moment: what is known is older than a pause of the process."""
    OPEN = enum.auto()
    """The live set."""


@dataclass(frozen=True, slots=True)
class Pause:
    """The process stood still until `over`; these modules were live, and each has until `until` to answer."""

    over: float
    until: float
    modules: frozenset[str]

    def waits_for(self, states: Mapping[str, ModuleState], now: float) -> bool:
        """Whether the answer of a module is still to come. A port that is gone or busy has said enough."""
        return now < self.until and any(
            (answered_at := states[name].answered_at) is not None and answered_at < self.over
            for name in self.modules
            if name in states
        )


@dataclass(frozen=True, slots=True)
class Gate:
    """What a run knows of its start and of its pauses. Times are seconds on the agent's clock."""

    started: float
    standing: bool = False
    """An earlier run left numbers standing at Onlinesim, and they have not been withdrawn."""
    heard_at: float | None = None
    """When the first definite answer of a module in this run was known: complete, or explicitly bad."""
    ready: bool = False
    """The first report may be sent: it waits for no module any more."""
    pause: Pause | None = None

    def after(self, states: Mapping[str, ModuleState], now: float, *, waiting: bool) -> Gate:
        """Return the gate after a decision over these states. `waiting`: some are unprobed, booting or settling."""
        heard_at = self.heard_at
        if heard_at is None and any(state.answered_at is not None for state in states.values()):
            heard_at = now
        ready = self.ready or (heard_at is not None and (not waiting or now >= self._latest(heard_at)))
        pause = self.pause if self.pause is not None and self.pause.waits_for(states, now) else None
        return replace(self, heard_at=heard_at, ready=ready, pause=pause)

    def paused(self, live: Iterable[str], now: float, *, answer_timeout: float) -> Gate:
        """Return the gate of a process that stood still until now, while these modules were live."""
        return replace(self, pause=Pause(now, now + answer_timeout, frozenset(live)))

    def renamed(self, names: Mapping[str, str]) -> Gate:
        """Return the gate of modules with other names; `names` has the new ones by the old ones."""
        if self.pause is None:
            return self
        waiting = frozenset(names.get(name, name) for name in self.pause.modules)
        return replace(self, pause=replace(self.pause, modules=waiting))

    def withdrawn(self) -> Gate:
        """Return the gate once an empty list was accepted."""
        return replace(self, standing=False)

    @property
    def wide_open(self) -> bool:
        """Whether neither time nor a state changes what may be reported."""
        return self.ready and self.pause is None

    def reporting(self, now: float, *, waiting: bool) -> Reporting:
        """Return what may be reported now; `waiting` as in `after`."""
        if self.heard_at is None:
            late = now >= self.started + FIRST_REPORT_WITHIN
            if late and self.standing:
                return Reporting.WITHDRAWING
            return Reporting.UNASKED if late or not waiting else Reporting.STARTING
        if not self.ready:
            return Reporting.STARTING
        return Reporting.OPEN if self.pause is None else Reporting.ASKING_AGAIN

    def _latest(self, heard_at: float) -> float:
        """Return when the first report is sent at the latest; whoever answers first later is waited for as long."""
        in_time = heard_at < self.started + FIRST_REPORT_WITHIN
        return (self.started if in_time else heard_at) + FIRST_REPORT_WITHIN


def too_late(gap: float, *, lease: float, poll: float, answer_timeout: float) -> bool:
    """Whether a module that was well could have lost its lease in a gap between two turns of the loop."""
    return gap > max(LATE, lease - poll - answer_timeout)
