"""Whose turn it is to speak on a port.

Responsible for one speaker at a time, in the order in which they came: our questions, and a guest's whole
transactions. Must not know what is said, nor how long a turn may last.
"""

from __future__ import annotations

import asyncio
from collections import deque
from types import TracebackType


class FairLock:
    """A fair lock that is handed from one to the next, so that nobody can slip in between.

    `async with turn:` for a whole transaction. Cancelling one who waits, even in the moment of the hand-over,
    costs the others nothing.
    """

    def __init__(self) -> None:
        self._taken = False
        self._queue: deque[asyncio.Future[None]] = deque()

    @property
    def taken(self) -> bool:
        """Whether somebody speaks."""
        return self._taken

    @property
    def waiting(self) -> int:
        """How many wait for their turn."""
        return sum(not one.done() for one in self._queue)

    def take_now(self) -> bool:
        """Take the turn if that needs no waiting."""
        if self._taken:
            return False
        self._taken = True
        return True

    async def take(self) -> None:
        """Wait for the turn; `give_back` ends it."""
        if self.take_now():
            return
        handed_over: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._queue.append(handed_over)
        try:
            await handed_over
        except asyncio.CancelledError:
            if handed_over.done() and not handed_over.cancelled():
                self.give_back()
            raise

    def give_back(self) -> None:
        """Hand the turn to whoever waits longest."""
        while self._queue:
            longest = self._queue.popleft()
            if not longest.done():
                longest.set_result(None)
                return
        self._taken = False

    async def __aenter__(self) -> None:
        await self.take()

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.give_back()
