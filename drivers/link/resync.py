"""How a dialogue that may be out of step is brought back, and how long that takes.

Responsible for saying AT again and again, with pauses in which what was late can come, until nothing can be late
any more or the time or the tries are over. Must not know why the dialogue may be out of step, what is to be asked
next, nor how bytes travel.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from drivers.at.conversation import Conversation, State
from drivers.link.trace import Counters

QUIET = 0.2
"""Seconds without a byte after which nothing more is on its way: ten latency timers of a USB bridge."""

WAIT = 1.0
"""Seconds for a module to answer a bare AT; a busy one takes longer, and is asked again."""

TRIES = 6
"""Bare ATs before a question is given up unasked."""


class Resync:
    """Brings one conversation in step; lives as long as that."""

    def __init__(
        self, conversation: Conversation, counters: Counters, *, write: Callable[[bytes], None]
    ) -> None:
        self._conversation = conversation
        self._counters = counters
        self._write = write
        self._loop = asyncio.get_running_loop()
        self._stir: asyncio.Future[bool] | None = None

    async def reach(self, end: float, each: float) -> bool:
        """Say AT every `each` seconds until the dialogue is in step; False where it is not by `end`.

        Raises what `write` raises, and what `fail` is given.
        """
        self._counters.resyncs += 1
        for _ in range(TRIES):
            now = self._loop.time()
            if now >= end:
                break
            self._write(self._conversation.resync())
            if await self._listen(now + each, end):
                return True
        return False

    def heard(self) -> None:
        """Bytes came, and the conversation has received them."""
        if self._stir is not None and not self._stir.done():
            self._stir.set_result(True)

    def fail(self, error: Exception) -> None:
        """No byte comes any more."""
        if self._stir is not None and not self._stir.done():
            self._stir.set_exception(error)

    async def _listen(self, first: float, end: float) -> bool:
        """Whether the dialogue comes in step: by `first` something stirs, and by `end` the line is quiet."""
        pause = first
        while self._conversation.state is State.RESYNCING:
            if await self._stirs(min(pause, end)):
                pause = self._loop.time() + QUIET
                continue
            if pause < end:
                self._conversation.settled()
            break
        return self._conversation.state is State.IDLE

    async def _stirs(self, end: float) -> bool:
        """Whether bytes come before the time is over."""
        stir: asyncio.Future[bool] = self._loop.create_future()
        self._stir = stir
        time_is_up = self._loop.call_at(end, _still_quiet, stir)
        try:
            return await stir
        finally:
            time_is_up.cancel()
            self._stir = None


def _still_quiet(stir: asyncio.Future[bool]) -> None:
    if not stir.done():
        stir.set_result(False)
