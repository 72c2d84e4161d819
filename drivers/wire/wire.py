"""What every open wire promises, whatever carries the bytes.

Input is handed on as it comes, output is bounded and never waited for, `on_lost` is called exactly once and last.
"""

from __future__ import annotations

import abc
import asyncio
import time
from collections.abc import Callable

from drivers.errors import LinkLost
from drivers.wire.cpu_budget import CpuBudget

UNSENT_LIMIT = 16 * 1024
"""Bytes that may wait for a device that accepts none: some hundred commands, or a client's longest message text."""

CLOSE_TIMEOUT = 2.0
"""Seconds that `close` waits for the kernel or the server; whatever hangs longer goes on without us."""


def _ignore(_: object) -> None:
    """For bytes that arrive before somebody listens: they are left over from before the port was opened."""


class Wire(abc.ABC):
    """One open wire, with one life.

    Set `on_data` (bytes) and `on_lost` (the reason, for people) as soon as it is open; a wire that ended before that
    has `lost` set. `at_baudrate` is the rate that was set last, in bit/s.
    """

    def __init__(self, address: str, baudrate: int) -> None:
        self.address = address
        self.at_baudrate = baudrate
        self.on_data: Callable[[bytes], None] = _ignore
        self.on_lost: Callable[[str], None] = _ignore
        self.lost: str | None = None
        """The reason, once the wire has ended."""
        self._loop = asyncio.get_running_loop()
        self._budget = CpuBudget()
        self._end_reason = ""
        self._all_released = asyncio.Event()

    def write(self, data: bytes) -> None:
        """Send, without waiting. Raises LinkLost if the wire has ended or its device accepts nothing."""
        if self.lost is not None or self._end_reason:
            raise LinkLost(f"{self.address}: {self.lost or self._end_reason}")
        if self.unsent + len(data) > UNSENT_LIMIT:
            self._end("the device accepts no data")
            raise LinkLost(f"{self.address}: {self._end_reason}")
        self._send(data)

    async def set_baudrate(self, baudrate: int) -> None:
        """Change the rate to `baudrate` bit/s. Raises LinkLost if the device does not accept it."""
        if self.lost is not None or self._end_reason:
            raise LinkLost(f"{self.address}: {self.lost or self._end_reason}")
        await self._change_baudrate(baudrate)
        self.at_baudrate = baudrate

    async def close(self) -> None:
        """End the wire and discard what is unsent. Returns when all is released, or after CLOSE_TIMEOUT."""
        self._end("closed by us")
        try:
            async with asyncio.timeout(CLOSE_TIMEOUT):
                await self._all_released.wait()
        except TimeoutError:
            self._ended()

    @property
    def taken_by_others(self) -> int:
        """Bytes that came for us and that another program read; 0 where nobody counts."""
        return 0

    # For the kinds of wire.

    @property
    @abc.abstractmethod
    def unsent(self) -> int:
        """Bytes that were written and have not left this process."""

    @abc.abstractmethod
    def _send(self, data: bytes) -> None:
        """Accept bytes for sending, without waiting. Failures are reported through `_end`."""

    @abc.abstractmethod
    async def _change_baudrate(self, baudrate: int) -> None:
        """Set the rate, or raise LinkLost. Nothing to do for a kind that has none."""

    @abc.abstractmethod
    def _start_closing(self) -> None:
        """Start to close, without waiting; call `_ended` when no byte can come any more, then `_released`."""

    def _hold(self) -> None:  # noqa: B027  not every kind can
        """Read nothing for a moment; for a kind that can."""

    def _go_on(self) -> None:  # noqa: B027  not every kind can
        """Read again."""

    def _arrived(self, data: bytes, *, read_cost: float = 0.0) -> None:
        """Hand on what was read, for `read_cost` seconds of CPU, and read no more for a while if all that cost much."""
        if self.lost is not None or self._end_reason:
            return
        began = time.thread_time()
        self.on_data(data)
        pause = self._budget.pause_after(read_cost + time.thread_time() - began, self._loop.time())
        if pause and not self._end_reason:
            self._hold()
            self._loop.call_later(pause, self._go_on)

    def _end(self, reason: str) -> None:
        """End for `reason`; later reasons are consequences, and ignored."""
        if self.lost is None and not self._end_reason:
            self._end_reason = reason
            self._start_closing()

    def _ended(self, reason: str = "") -> None:
        """No byte comes any more: report it, once."""
        if self.lost is None:
            self.lost = self._end_reason or reason or "hung up"
            self.on_lost(self.lost)

    def _released(self, reason: str = "") -> None:
        """All descriptors and threads are released."""
        self._ended(reason)
        self._all_released.set()
