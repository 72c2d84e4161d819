"""A figure of the bench: what was measured, how often, and what the goal is."""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Figure:
    """One row. `goal` is the most that it may be, None where there is none; `least` turns that round."""

    what: str
    value: float
    goal: float | None = None
    unit: str = ""
    of: tuple[float, ...] = ()
    """The single measurements of which `value` was made."""
    note: str = ""
    least: bool = False

    @property
    def met(self) -> bool | None:
        """Whether the goal was met; None without one."""
        if self.goal is None:
            return None
        return self.value >= self.goal if self.least else self.value <= self.goal

    @property
    def row(self) -> str:
        """The row of the table."""
        goal = "" if self.goal is None else f"{'≥' if self.least else '≤'} {_short(self.goal)}"
        verdict = {True: "met", False: "MISSED", None: ""}[self.met]
        return f"| {self.what} | {goal} | {_short(self.value)} {self.unit} | {verdict} | {self.note} |"

    @property
    def as_json(self) -> dict[str, Any]:
        """All of it."""
        return asdict(self) | {"met": self.met}


def median(
    what: str, of: Sequence[float], goal: float | None = None, unit: str = "", note: str = ""
) -> Figure:
    """The figure of several measurements."""
    spread = f"{_short(min(of))} to {_short(max(of))}" if len(of) > 1 else ""
    return Figure(what, statistics.median(of), goal, unit, tuple(of), "; ".join(filter(None, (spread, note))))


def _short(value: float) -> str:
    return f"{value:.0f}" if abs(value) >= 100 else f"{value:.3g}"
