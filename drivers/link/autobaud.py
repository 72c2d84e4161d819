"""Finding the rate at which a module answers.

Responsible for trying rates until a bare AT is answered cleanly: `baudrate: auto`. Native USB modems answer
at any rate, so the first is kept. Must not know how a rate is set, nor what else is asked.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from drivers.link.link import Link

RATES: Final = (115200, 9600, 19200, 38400, 57600, 460800, 921600)
"""In bit/s, by how often they are met in pools (docs/at-field-guide.md §1.5)."""

EACH: Final = 0.3
"""Seconds between two ATs: a module that finds its own rate may need several (Telit advises 200 ms)."""

WITHIN: Final = 1.5
"""Seconds for one rate: five ATs, or three and two pauses that prove the line clean."""


async def find_baudrate(link: Link, rates: Iterable[int] = RATES) -> int | None:
    """The first rate at which the module answers AT, with nothing unreadable before it; None if at none.

    The link stays at that rate, or at the last one tried. A new link only: noise of a wrong rate is still in
    its dialogue afterwards otherwise. Raises LinkLost.
    """
    for rate in rates:
        await link.wire.set_baudrate(rate)
        if await _answers_cleanly(link):
            return rate
    return None


async def _answers_cleanly(link: Link) -> bool:
    """At a wrong rate bytes of chance may make up an OK, but not one after noise and one without (§1.5)."""
    for _ in range(2):
        noise = link.counters.garbled
        if not await link.attention(WITHIN, each=EACH):
            return False
        if link.counters.garbled == noise:
            return True
    return False
