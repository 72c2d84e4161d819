"""A FIFO lock for one port: our questions, and whole transactions of the shared port's client."""

from __future__ import annotations

import asyncio
from collections import deque
from types import TracebackType


class FairLock:
    """A lock that is handed from one holder to the next waiter, so that nobody can slip in between.

    Cancelling a waiter, even at the moment of the hand-over, costs the others nothing.
    """

    def __init__(self) -> None:
        self._locked = False
        self._waiters: deque[asyncio.Future[None]] = deque()

    @property
    def locked(self) -> bool:
        """Whether somebody holds the lock."""
        return self._locked

    def acquire_nowait(self) -> bool:
        """Acquire the lock if that needs no waiting; False otherwise."""
        if self._locked:
            return False
        self._locked = True
        return True

    async def acquire(self) -> None:
        """Wait for the lock, in the order of the calls."""
        if self.acquire_nowait():
            return
        handed_over: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiters.append(handed_over)
        try:
            await handed_over
        except asyncio.CancelledError:
            if handed_over.done() and not handed_over.cancelled():
                self.release()
            raise

    def release(self) -> None:
        """Hand the lock to whoever has waited longest."""
        while self._waiters:
            longest = self._waiters.popleft()
            if not longest.done():
                longest.set_result(None)
                return
        self._locked = False

    async def __aenter__(self) -> None:
        await self.acquire()

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.release()
