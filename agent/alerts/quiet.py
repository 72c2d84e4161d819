"""Quiet hours: a span of local time, perhaps over midnight. Pure."""

from __future__ import annotations

from dataclasses import dataclass

DAY = 24 * 60


@dataclass(frozen=True, slots=True)
class QuietHours:
    """From one minute of the local day up to, and without, another.

    They are asked at each moment by the clock on the wall, and no end is reckoned: so an hour that the change to
    summer time leaves out, or the change back repeats, is quiet where the wall clock shows it, and never else.
    """

    first: int
    after: int

    def hold(self, minute: int) -> bool:
        """Whether this minute of the local day is quiet."""
        return (minute - self.first) % DAY < (self.after - self.first) % DAY
