"""The event loop of the agent: however many modules answer at once, a turn of it takes only some of them.

Else timers (leases, reports, the watchdog) would wait for a thousand answers whenever a bank starts or is switched.
"""

from __future__ import annotations

import asyncio
import selectors
from typing import Any, Final

MOST_AT_ONCE: Final = 16
"""Events that one turn takes: with what follows from them, some 10 ms."""


class FewAtOnce(selectors.EpollSelector):
    """Hands over at most MOST_AT_ONCE events; the others next, before it asks the kernel again."""

    def __init__(self) -> None:
        super().__init__()
        self._left: list[tuple[selectors.SelectorKey, int]] = []

    def select(self, timeout: float | None = None) -> list[Any]:
        """Return what is ready, as `selectors.BaseSelector` has it."""
        registered = self.get_map()
        # A descriptor that was closed meanwhile may be another's by now; then it has another key.
        still = [(key, events) for key, events in self._left if registered.get(key.fd) is key]
        ready = still or super().select(timeout)
        self._left = ready[MOST_AT_ONCE:]
        return ready[:MOST_AT_ONCE]


def new_event_loop() -> asyncio.AbstractEventLoop:
    """Make a loop with this selector."""
    return asyncio.SelectorEventLoop(FewAtOnce())
