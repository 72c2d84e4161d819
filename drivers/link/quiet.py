"""When a line is quiet again.

Responsible for the one moment after which nothing more is on its way of what came last, and for who waits for it.
Must not know what came, nor why somebody waits.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable


class QuietTimer:
    """Quiet of so many seconds; `then` is called each time, before whoever waits goes on. One may wait at a time."""

    def __init__(self, seconds: float, then: Callable[[], None]) -> None:
        self._seconds = seconds
        self._then = then
        self._loop = asyncio.get_running_loop()
        self._timer: asyncio.TimerHandle | None = None
        self._quiet = asyncio.Event()

    def heard(self) -> None:
        """Bytes came: begin to wait anew."""
        self._stop()
        self._quiet.clear()
        self._timer = self._loop.call_later(self._seconds, self._is_quiet)

    async def fell(self, end: float) -> bool:
        """Whether it is quiet by `end`; at once where nothing is waited for."""
        if self._timer is None:
            return True
        try:
            async with asyncio.timeout_at(end):
                await self._quiet.wait()
        except TimeoutError:
            return False
        return True

    def end(self) -> None:
        """No byte comes any more."""
        self._stop()
        self._quiet.set()

    def _is_quiet(self) -> None:
        self._timer = None
        self._then()
        self._quiet.set()

    def _stop(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
