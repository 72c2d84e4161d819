"""How many requests of strangers are answered in a second: a loop of requests costs them time, and the bank none."""

from __future__ import annotations

import asyncio
import heapq
import itertools
from typing import Final

RATE: Final = 800.0
"""Requests a second: a third of a core, and more than a page, a scraper and commands ask."""
BURST: Final = 200.0
"""Requests that need not wait after a quiet while."""


class RequestRate:
    """Lets `burst` requests through at once and `rate` a second after that: first who has asked least."""

    def __init__(self, rate: float = RATE, burst: float = BURST) -> None:
        self._step = 1.0 / rate
        self._ahead = burst / rate
        self._next = 0.0
        self._waiting: list[tuple[int, int, asyncio.Future[None]]] = []
        self._order = itertools.count()
        self._timer: asyncio.TimerHandle | None = None

    async def turn(self, asked: int) -> None:
        """Wait for one's turn; `asked`: how many requests there were on this connection."""
        loop = asyncio.get_running_loop()
        if not self._waiting and self._next <= loop.time():
            self._take(loop.time())
            return
        mine: asyncio.Future[None] = loop.create_future()
        heapq.heappush(self._waiting, (asked, next(self._order), mine))
        self._arm(loop)
        await mine

    def _take(self, now: float) -> None:
        self._next = max(self._next, now - self._ahead) + self._step

    def _arm(self, loop: asyncio.AbstractEventLoop) -> None:
        if self._timer is None:
            self._timer = loop.call_at(self._next, self._let_in, loop)

    def _let_in(self, loop: asyncio.AbstractEventLoop) -> None:
        self._timer = None
        while self._waiting and self._next <= loop.time():
            _, _, one = heapq.heappop(self._waiting)
            if not one.done():  # else it left while it waited, and has used no turn
                one.set_result(None)
                self._take(loop.time())
        if self._waiting:
            self._arm(loop)
