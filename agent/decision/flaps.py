"""How often a SIM left the live set and came back lately, and how long it must therefore settle.

Responsible for the memory of flaps by ICCID, bounded in size and in time (docs/design.md §4, `settling`). A SIM
that a bank
switches away, and another takes its place, does not flap.
Must not know modules, observations or why a SIM left.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

LONGEST_SETTLE = 600.0
"""However often a SIM flaps, after ten good minutes it may work again."""
FORGET_AFTER = 3600.0
"""A flap counts for an hour."""
LIVE_CREDIT = 600.0
"""Each ten minutes of live time take one flap back."""
MOST_SIMS = 4096
"""Eight full banks of 512 slots; the SIM whose flap is oldest is forgotten first."""

_DEEPEST = 16
"""2**16 times any settle of a second or more is over the longest one already."""


@dataclass(frozen=True, slots=True)
class Flap:
    """The standing of one SIM: `level` doublings of settle, the last one added at `at`."""

    level: int
    at: float


@dataclass(frozen=True, slots=True)
class Flaps:
    """All flaps of the last hour, by ICCID."""

    by_iccid: Mapping[str, Flap] = field(default_factory=lambda: MappingProxyType({}))

    def level(self, iccid: str, now: float) -> int:
        """How many doublings hold for this SIM now."""
        flap = self.by_iccid.get(iccid)
        return 0 if flap is None or now - flap.at >= FORGET_AFTER else flap.level

    def settle(self, iccid: str, settle: float, now: float) -> float:
        """Seconds for which this SIM must be good before it may join."""
        return min(max(LONGEST_SETTLE, settle), settle * float(2 ** self.level(iccid, now)))

    def after(self, back: Mapping[str, float], now: float) -> Flaps:
        """Return the memory after the SIMs in `back` came back (ICCID → seconds it had been live before it left)."""
        if not back:
            return self
        kept = {iccid: flap for iccid, flap in self.by_iccid.items() if now - flap.at < FORGET_AFTER}
        for iccid, lived in back.items():
            level = max(0, self.level(iccid, now) - int(lived // LIVE_CREDIT)) + 1
            kept.pop(iccid, None)
            kept[iccid] = Flap(min(level, _DEEPEST), now)
        for oldest in list(kept)[: max(0, len(kept) - MOST_SIMS)]:
            del kept[oldest]
        return Flaps(MappingProxyType(kept))
