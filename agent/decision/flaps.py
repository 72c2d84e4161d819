"""Flaps by ICCID: how often a SIM left the live set and came back, and how long it must therefore settle.

The rule is that of `settling` in docs/design.md §4; bounded in size and in time.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Final

LONGEST_SETTLE: Final = 600.0
"""Seconds; however often a SIM flaps, after ten good minutes it may work again."""
FORGET_AFTER: Final = 3600.0
"""Seconds for which a flap counts."""
LIVE_CREDIT: Final = 600.0
"""Seconds of live time that take one flap back."""
MAX_SIMS: Final = 4096
"""Eight full banks of 512 slots; the SIM whose flap is oldest is forgotten first."""

_MAX_LEVEL: Final = 16
"""2**16 times any settle of a second or more is more than LONGEST_SETTLE already."""


@dataclass(frozen=True, slots=True)
class Flap:
    """One SIM's flaps: settle is doubled `level` times; `at` is when the last flap was added."""

    level: int
    at: float


@dataclass(frozen=True, slots=True)
class Flaps:
    """All flaps of the last hour, by ICCID."""

    by_iccid: Mapping[str, Flap] = field(default_factory=lambda: MappingProxyType({}))

    def level(self, iccid: str, now: float) -> int:
        """Return how many times settle is doubled for this SIM now."""
        flap = self.by_iccid.get(iccid)
        return 0 if flap is None or now - flap.at >= FORGET_AFTER else flap.level

    def settle(self, iccid: str, settle: float, now: float) -> float:
        """Return the seconds for which this SIM must be good before it joins."""
        return min(max(LONGEST_SETTLE, settle), settle * float(2 ** self.level(iccid, now)))

    def forgotten_at(self, iccid: str) -> float:
        """Return when this SIM's flaps count no more, and settling takes no longer than usual; 0 without any."""
        flap = self.by_iccid.get(iccid)
        return flap.at + FORGET_AFTER if flap is not None else 0.0

    def after(self, back: Mapping[str, float], now: float) -> Flaps:
        """Return the flaps after SIMs came back; `back`: ICCID → seconds it had been live before it left."""
        if not back:
            return self
        kept = {iccid: flap for iccid, flap in self.by_iccid.items() if now - flap.at < FORGET_AFTER}
        for iccid, lived in back.items():
            level = max(0, self.level(iccid, now) - int(lived // LIVE_CREDIT)) + 1
            kept.pop(iccid, None)
            kept[iccid] = Flap(min(level, _MAX_LEVEL), now)
        for oldest in list(kept)[: max(0, len(kept) - MAX_SIMS)]:
            del kept[oldest]
        return Flaps(MappingProxyType(kept))
