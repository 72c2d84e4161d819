"""Finding the rate at which a module answers (`baudrate: auto`)."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from drivers.link.link import Link

RATES: Final = (115200, 9600, 19200, 38400, 57600, 460800, 921600)
"""In bit/s, the most common ones in pools first (docs/at-field-guide.md §1.5)."""

EVERY: Final = 0.3
"""Seconds between two ATs: a module that detects its rate may need several (Telit advises 200 ms)."""

WITHIN: Final = 1.5
"""Seconds for one rate: five ATs, or three and two pauses that prove the line clean."""


async def find_baudrate(link: Link, rates: Iterable[int] = RATES) -> int | None:
    """Return the first rate at which the module answers AT with nothing unreadable before it; None if there is none.

    The link stays at that rate, or at the last one tried. For a new link only: noise received at a wrong rate
    stays in its dialogue otherwise. Raises LinkLost.
    """
    # Native USB modems answer at any rate, so they stay at the first.
    for rate in rates:
        await link.wire.set_baudrate(rate)
        if await _answers_cleanly(link):
            return rate
    return None


async def _answers_cleanly(link: Link) -> bool:
    # Random bytes at a wrong rate may contain an OK, but not one after noise and then one without
    # (docs/at-field-guide.md §1.5).
    for _ in range(2):
        noise = link.garbled
        if not await link.responds(WITHIN, every=EVERY):
            return False
        if link.garbled == noise:
            return True
    return False
