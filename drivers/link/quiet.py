"""Inter-character idle timer: when a line is quiet, nothing of what came last is still on its way."""

from __future__ import annotations

import asyncio
from collections.abc import Callable


class QuietTimer:
    """Detects `seconds` without a byte; calls `on_quiet`, then resumes the waiter, of whom there may be one."""

    def __init__(self, seconds: float, on_quiet: Callable[[], None]) -> None:
        self._seconds = seconds
        self._on_quiet = on_quiet
        self._loop = asyncio.get_running_loop()
        self._timer: asyncio.TimerHandle | None = None
        self._quiet = asyncio.Event()

    def reset(self) -> None:
        """Bytes came: start the interval again."""
        self._stop()
        self._quiet.clear()
        self._timer = self._loop.call_later(self._seconds, self._expired)

    async def wait(self, end: float) -> bool:
        """Wait for silence; False if the line is still busy at `end` (loop time). True at once if no timer runs."""
        if self._timer is None:
            return True
        try:
            async with asyncio.timeout_at(end):
                await self._quiet.wait()
        except TimeoutError:
            return False
        return True

    def cancel(self) -> None:
        """No byte comes any more: stop the timer without `on_quiet`, and resume the waiter."""
        self._stop()
        self._quiet.set()

    def _expired(self) -> None:
        self._timer = None
        self._on_quiet()
        self._quiet.set()

    def _stop(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
