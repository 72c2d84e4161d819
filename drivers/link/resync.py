"""Bringing a dialogue that may be out of step back: bare ATs, with pauses in which a late answer can arrive."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from drivers.at.conversation import Conversation, State

QUIET = 0.2
"""Seconds without a byte after which nothing more is on its way: ten latency timers of a USB bridge."""

WAIT = 1.0
"""Seconds for a module to answer a bare AT; a busy one takes longer, and is sent another."""

TRIES = 6
"""Bare ATs before a command is given up unsent."""


class Resync:
    """Brings one conversation into step; lives as long as that."""

    def __init__(self, conversation: Conversation, *, write: Callable[[bytes], None]) -> None:
        self._conversation = conversation
        self._write = write
        self._loop = asyncio.get_running_loop()
        self._activity: asyncio.Future[bool] | None = None
        self._failure: Exception | None = None

    async def run(self, end: float, every: float) -> bool:
        """Send AT every `every` seconds until the dialogue is in step; False if it is not by `end` (loop time).

        Raises what `write` raises, and what `fail` is given.
        """
        for _ in range(TRIES):
            if self._failure is not None:  # in the same turn of the loop as the last bytes
                raise self._failure
            now = self._loop.time()
            if now >= end:
                break
            self._write(self._conversation.resync())
            if await self._in_step(now + every, end):
                return True
        return False

    def notify(self) -> None:
        """Bytes came, and the conversation has received them."""
        if self._activity is not None and not self._activity.done():
            self._activity.set_result(True)

    def fail(self, error: Exception) -> None:
        """End a `run` that is under way, or comes yet, with `error`."""
        self._failure = error
        if self._activity is not None and not self._activity.done():
            self._activity.set_exception(error)

    async def _in_step(self, first: float, end: float) -> bool:
        """Whether the dialogue comes into step: the first bytes are due by `first`, a quiet line by `end`."""
        due = first
        while self._conversation.state is State.RESYNCING:
            if await self._bytes_before(min(due, end)):
                due = self._loop.time() + QUIET
                continue
            if due < end:
                self._conversation.settled()
            break
        return self._conversation.state is State.IDLE

    async def _bytes_before(self, end: float) -> bool:
        activity: asyncio.Future[bool] = self._loop.create_future()
        self._activity = activity
        timer = self._loop.call_at(end, _set_inactive, activity)
        try:
            return await activity
        finally:
            timer.cancel()
            self._activity = None


def _set_inactive(activity: asyncio.Future[bool]) -> None:
    if not activity.done():
        activity.set_result(False)
