"""The last 24 hours, minute by minute: the series behind the page's plot. Pure; `wall` is UNIX time and may jump."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from agent.onlinesim.report import ReportOutcome

MINUTE_S = 60
DAY_MINUTES = 24 * 60


@dataclass(frozen=True, slots=True, kw_only=True)
class Minute:
    """One minute of UNIX time."""

    at: int
    """Its first second, UNIX time, a multiple of 60."""
    live: int
    """Live SIMs at its end."""
    lowest: int
    """The fewest live SIMs within it, so that a short outage shows."""
    cap: int
    accepted: int = 0
    refused: int = 0
    failed: int = 0


class History:
    """The newest `minutes` minutes; the agent did not run in those that are missing."""

    def __init__(self, minutes: int = DAY_MINUTES) -> None:
        self._length = minutes
        self._minutes: dict[int, Minute] = {}

    def record(self, wall: float, live: int, cap: int) -> None:
        """Record the state at `wall`. Call it at each change, and at least once a minute."""
        at = self._open(wall, live, cap)
        minute = self._minutes[at]
        self._minutes[at] = dataclasses.replace(minute, live=live, lowest=min(live, minute.lowest), cap=cap)

    def report(self, wall: float, outcome: ReportOutcome) -> None:
        """Count a request that ended at `wall`; test requests do not count."""
        if outcome is ReportOutcome.TESTED:
            return
        newest = self._minutes[max(self._minutes)] if self._minutes else None
        at = self._open(wall, newest.live if newest else 0, newest.cap if newest else 0)
        minute = self._minutes[at]
        self._minutes[at] = dataclasses.replace(minute, **{outcome.value: getattr(minute, outcome.value) + 1})

    def restore(self, minutes: Iterable[Minute]) -> None:
        """Add what an earlier run recorded; minutes that are there already stay."""
        for minute in minutes:
            self._minutes.setdefault(minute.at, minute)

    def minutes(self, wall: float) -> tuple[Minute, ...]:
        """Return the recorded minutes up to `wall`, oldest first."""
        oldest, newest = self._window(wall)
        return tuple(self._minutes[at] for at in sorted(self._minutes) if oldest <= at <= newest)

    def _open(self, wall: float, live: int, cap: int) -> int:
        at = int(wall // MINUTE_S) * MINUTE_S
        if at not in self._minutes:
            # A clock that was set back leaves minutes in the future: they are dropped as well.
            oldest, newest = self._window(wall)
            self._minutes = {t: m for t, m in self._minutes.items() if oldest <= t <= newest}
            self._minutes[at] = Minute(at=at, live=live, lowest=live, cap=cap)
        return at

    def _window(self, wall: float) -> tuple[int, int]:
        newest = int(wall // MINUTE_S) * MINUTE_S
        return newest - (self._length - 1) * MINUTE_S, newest


def history_json(minutes: Sequence[Minute], wall: float) -> dict[str, Any]:
    """Return the body of `/api/v1/minutes`: lists of equal length, oldest first; UNIX time."""
    fields = [field.name for field in dataclasses.fields(Minute)]
    series = {name: [getattr(minute, name) for minute in minutes] for name in fields}
    return {"now": round(wall, 3), "step_s": MINUTE_S, **series}
