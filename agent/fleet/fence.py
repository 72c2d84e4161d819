"""What keeps a host from speaking after its time: Onlinesim checks nothing, and the last list wins.

Before each request: is there time enough (asked again once the connection stands)? Around it: a timer of the kernel
that ends this process, for a process that was stopped cannot ask. After it: whoever was late says so to the leader.
"""

from __future__ import annotations

import contextlib
import logging
from collections import Counter
from collections.abc import Callable
from typing import Final, Protocol

from agent.fleet.kernel_timer import KernelTimer
from agent.fleet.mark import RequestMark
from agent.fleet.state import Net
from agent.language import N_, _, current_language
from agent.language.system_words import system_words
from agent.onlinesim import failure_texts as texts
from agent.onlinesim.connector import MaySend
from agent.onlinesim.messages import Message
from agent.onlinesim.outcome import Failed, FailureKind, Outcome

_log = logging.getLogger(__name__)

_NEVER: Final = float("-inf")
TOO_LATE: Final = Failed(texts.TOO_LATE, FailureKind.FENCED)
ENDED_BY_TIMER: Final = N_(
    "the kernel ended the last run during a report: the agent was paused for longer than it may speak for the"
    " fleet, and no list of it was sent afterwards"
)


class Right(Protocol):
    """What the fleet says about this host's right to speak. `now` is CLOCK_BOOTTIME."""

    @property
    def deadline(self) -> float:
        """Until when it may speak."""
        ...

    def budget(self, now: float) -> float:
        """Return the seconds that a request may take, 0 for none."""
        ...


class Client(Protocol):
    """Sends a message, within so many seconds, and asks before it does."""

    async def send(
        self, message: Message, *, within: float | None = None, may_send: MaySend | None = None
    ) -> Outcome:
        """Send it. Never raises for what network or server do."""
        ...


class Fence:
    """The nets around every request of this process. `margin` in seconds; `on_late` is the confession."""

    def __init__(
        self,
        right: Right,
        *,
        margin: float,
        clock: Callable[[], float],
        mark: RequestMark,
        on_late: Callable[[], None],
    ) -> None:
        """Reads the mark of the last run from the disk."""
        self.caught: Counter[Net] = Counter()
        self.began_at = _NEVER
        """When the last request began."""
        self._right = right
        self._margin = margin
        self._clock = clock
        self._mark = mark
        self._on_late = on_late
        self._timer: KernelTimer | None = None
        if mark.found(clock()):
            self.caught[Net.TIMER] += 1
            _log.error("%s", _(ENDED_BY_TIMER))
        try:
            self._timer = KernelTimer()
        except OSError as why:
            _log.error(
                "no timer of the kernel (%s): a pause between check and request is not caught",
                system_words(why, current_language()),
            )

    async def send(self, client: Client, message: Message) -> Outcome:
        """Send a message while this host may speak. Never raises for what network or server do."""
        if self._right.budget(self._clock()) <= 0:
            return self._too_late()
        ends = self._right.deadline + self._margin / 2
        await self._mark.set(ends)
        try:
            return await self._send(client, message, ends)
        finally:
            await self._mark.clear()

    def confess(self) -> None:
        """Tell the leader that a request of ours may have come too late."""
        self.caught[Net.CONFESSION] += 1
        _log.warning(
            "a report of this host may have come after its time; the leader is asked for the list again"
        )
        self._on_late()

    def close(self) -> None:
        """Give the timer back."""
        if self._timer is not None:
            self._timer.close()

    async def _send(self, client: Client, message: Message, ends: float) -> Outcome:
        with self._armed(ends):
            now, deadline = self._clock(), self._right.deadline
            budget = self._right.budget(now)
            if budget <= 0:
                return self._too_late()
            self.began_at = now
            outcome = await client.send(message, within=budget, may_send=self._may_send)
        if isinstance(outcome, Failed) and outcome.kind is FailureKind.FENCED:
            self.caught[Net.CONNECTION] += 1
        elif self._clock() > max(deadline, self._right.deadline):
            self.confess()
        return outcome

    def _may_send(self) -> bool:
        return self._right.budget(self._clock()) > 0

    def _armed(self, at: float) -> contextlib.AbstractContextManager[None]:
        return contextlib.nullcontext() if self._timer is None else self._timer.armed(at)

    def _too_late(self) -> Failed:
        self.caught[Net.BUDGET] += 1
        return TOO_LATE


class FencedSender:
    """A client of Onlinesim behind a fence."""

    def __init__(self, client: Client, fence: Fence) -> None:
        self._client = client
        self._fence = fence

    async def send(self, message: Message) -> Outcome:
        """Send a message while this host may speak. Never raises for what network or server do."""
        return await self._fence.send(self._client, message)
