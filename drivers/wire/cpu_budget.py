"""How much of the process one wire may cost: a module that talks without end must not starve the others."""

from __future__ import annotations

from typing import Final

SHARE: Final = 0.1
"""Seconds of CPU for each second. A module's true answers cost a fiftieth of it."""
BURST: Final = 0.05
"""Seconds of CPU before a wire is made to wait: a first look costs that on a small machine."""
LONGEST_PAUSE: Final = 0.1
"""Seconds; less than a line must be quiet before the text of a message counts as over (drivers/link/resync.py)."""


class CpuBudget:
    """The budget of one wire; pure."""

    def __init__(self) -> None:
        self._debt = 0.0
        self._at = 0.0

    def pause_after(self, cost: float, now: float) -> float:
        """Return the seconds for which nothing should be read after something cost so much CPU; 0 for none."""
        self._debt = max(0.0, self._debt - (now - self._at) * SHARE) + cost
        self._at = now
        return min(LONGEST_PAUSE, (self._debt - BURST / 2) / SHARE) if self._debt > BURST else 0.0
