"""How many SIMs were live, minute by minute: the series behind the plot. Pure; `wall` is UNIX time and may jump."""

from __future__ import annotations

import dataclasses
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any, Final, NamedTuple

from agent.onlinesim.report import ReportOutcome

MINUTE_S = 60
DAY_MINUTES = 24 * 60


class Span(NamedTuple):
    """A time that a plot may show, in seconds, and the steps in which it is told."""

    length_s: int
    step_s: int


USUAL_SPAN: Final = "24h"
SPANS: Final[Mapping[str, Span]] = {
    "1h": Span(3_600, MINUTE_S),
    USUAL_SPAN: Span(86_400, MINUTE_S),
    "7d": Span(7 * 86_400, 600),
    "30d": Span(30 * 86_400, 3_600),
}
"""By what the question calls them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Minute:
    """One minute of UNIX time, or one step of several."""

    at: int
    """Its first second, UNIX time, a multiple of its length."""
    live: int
    """Live SIMs at its end."""
    lowest: int
    """The fewest live SIMs within it, so that a short outage shows."""
    highest: int
    """The most within it."""
    cap: int
    accepted: int = 0
    refused: int = 0
    failed: int = 0


class History:
    """The newest `minutes` minutes; in those that are missing the agent did not run, or did not know yet."""

    def __init__(self, minutes: int = DAY_MINUTES) -> None:
        self._length = minutes
        self._minutes: dict[int, Minute] = {}
        self._reports: Counter[tuple[int, str]] = Counter()
        """Requests that ended before anything was recorded of their minute."""

    def record(self, wall: float, live: int, cap: int) -> None:
        """Record the state at `wall`. Call it at each change, and at least once a minute."""
        at = _minute_of(wall)
        minute = self._minutes.get(at)
        if minute is None:
            minute = self._open(wall, Minute(at=at, live=live, lowest=live, highest=live, cap=cap))
        self._minutes[at] = dataclasses.replace(
            minute, live=live, lowest=min(live, minute.lowest), highest=max(live, minute.highest), cap=cap
        )

    def report(self, wall: float, outcome: ReportOutcome) -> None:
        """Count a request that ended at `wall`; test requests do not count."""
        if outcome is ReportOutcome.TESTED:
            return
        at = _minute_of(wall)
        minute = self._minutes.get(at)
        if minute is None:
            self._reports[at, outcome.value] += 1
            return
        self._minutes[at] = dataclasses.replace(minute, **{outcome.value: getattr(minute, outcome.value) + 1})

    def restore(self, minutes: Iterable[Minute]) -> None:
        """Add what an earlier run recorded; minutes that are there already stay."""
        for minute in minutes:
            self._minutes.setdefault(minute.at, minute)

    def minutes(self, wall: float) -> tuple[Minute, ...]:
        """Return the recorded minutes up to `wall`, oldest first."""
        oldest, newest = self._window(wall)
        return tuple(self._minutes[at] for at in sorted(self._minutes) if oldest <= at <= newest)

    def _open(self, wall: float, minute: Minute) -> Minute:
        """Add a minute, with the requests that ended in it before; drop what is too old."""
        # A clock that was set back leaves minutes in the future: they are dropped as well.
        oldest, newest = self._window(wall)
        self._minutes = {t: m for t, m in self._minutes.items() if oldest <= t <= newest}
        counts = {outcome: n for (at, outcome), n in self._reports.items() if at == minute.at}
        self._reports.clear()
        self._minutes[minute.at] = dataclasses.replace(minute, **counts)
        return self._minutes[minute.at]

    def _window(self, wall: float) -> tuple[int, int]:
        newest = _minute_of(wall)
        return newest - (self._length - 1) * MINUTE_S, newest


def _minute_of(wall: float) -> int:
    return int(wall // MINUTE_S) * MINUTE_S


def in_steps(minutes: Iterable[Minute], step_s: int) -> list[Minute]:
    """Return what minutes, oldest first, add up to in steps of so many seconds."""
    return [_together(at, list(some)) for at, some in groupby(minutes, lambda one: one.at // step_s * step_s)]


def _together(at: int, minutes: Sequence[Minute]) -> Minute:
    last = minutes[-1]
    return Minute(
        at=at,
        live=last.live,
        lowest=min(one.lowest for one in minutes),
        highest=max(one.highest for one in minutes),
        cap=last.cap,
        accepted=sum(one.accepted for one in minutes),
        refused=sum(one.refused for one in minutes),
        failed=sum(one.failed for one in minutes),
    )


def history_json(minutes: Iterable[Minute], wall: float, span: Span = SPANS[USUAL_SPAN]) -> dict[str, Any]:
    """Return the body of `/api/v1/minutes`: lists of equal length, oldest first; UNIX time."""
    since = wall - span.length_s
    shown = [one for one in minutes if one.at + MINUTE_S > since]
    steps = shown if span.step_s == MINUTE_S else in_steps(shown, span.step_s)
    fields = [field.name for field in dataclasses.fields(Minute)]
    series = {name: [getattr(step, name) for step in steps] for name in fields}
    return {"now": round(wall, 3), "since": round(since, 3), "step_s": span.step_s, **series}
