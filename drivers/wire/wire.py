"""What every open wire is: bytes out, bytes in, and one end.

Responsible for the promises that callers rely on, whatever carries the bytes: input is handed on as it comes,
output is bounded and never waited for, and `on_lost` is called exactly once and last.
Must not know how bytes travel, nor what they mean.
"""

from __future__ import annotations

import abc
import asyncio
from collections.abc import Callable

from drivers.errors import LinkLost

UNSENT_LIMIT = 16 * 1024
"""Bytes that may wait for a device that takes none: some hundred commands, or the longest body of a client."""

CLOSE_TIMEOUT = 2.0
"""Seconds that `close` waits for the kernel or the server; whatever hangs longer goes on without us."""


def _to_nobody(_: object) -> None:
    """Bytes before somebody listens are left over from before the port was opened."""


class Wire(abc.ABC):
    """One open wire, with one life.

    Set `on_data` (bytes) and `on_lost` (the reason, for people) as soon as it is open; a wire that ended
    before that says so in `lost`. `at_baudrate` is the rate it was last set to, in bit/s.
    """

    def __init__(self, address: str, baudrate: int) -> None:
        self.address = address
        self.at_baudrate = baudrate
        self.on_data: Callable[[bytes], None] = _to_nobody
        self.on_lost: Callable[[str], None] = _to_nobody
        self.lost: str | None = None
        """The reason, once the wire has ended."""
        self._loop = asyncio.get_running_loop()
        self._leaving = ""
        self._released = asyncio.Event()

    def write(self, data: bytes) -> None:
        """Send, without waiting. Raises LinkLost when the wire has ended or its device takes nothing."""
        if self.lost is not None or self._leaving:
            raise LinkLost(f"{self.address}: {self.lost or self._leaving}")
        if self.unsent + len(data) > UNSENT_LIMIT:
            self._leave("the device takes no data")
            raise LinkLost(f"{self.address}: {self._leaving}")
        self._send(data)

    async def set_baudrate(self, baudrate: int) -> None:
        """Change the rate to `baudrate` bit/s. Raises LinkLost if the device does not take it."""
        if self.lost is not None or self._leaving:
            raise LinkLost(f"{self.address}: {self.lost or self._leaving}")
        await self._change_baudrate(baudrate)
        self.at_baudrate = baudrate

    async def close(self) -> None:
        """End the wire and discard what is unsent. Returns when all is released or CLOSE_TIMEOUT is over."""
        self._leave("closed by us")
        try:
            async with asyncio.timeout(CLOSE_TIMEOUT):
                await self._released.wait()
        except TimeoutError:
            self._ended()

    # For the kinds of wire.

    @property
    @abc.abstractmethod
    def unsent(self) -> int:
        """Bytes that were written and have not left this process."""

    @abc.abstractmethod
    def _send(self, data: bytes) -> None:
        """Take bytes for sending, without waiting. Trouble is told through `_leave`."""

    @abc.abstractmethod
    async def _change_baudrate(self, baudrate: int) -> None:
        """Set the rate, or raise LinkLost. Nothing to do for a kind that has none."""

    @abc.abstractmethod
    def _let_go(self) -> None:
        """Start to end, without waiting; `_ended` follows when no byte can come any more, then `_release`."""

    def _arrived(self, data: bytes) -> None:
        if self.lost is None and not self._leaving:
            self.on_data(data)

    def _leave(self, reason: str) -> None:
        """End for `reason`, the first one given; later ones are consequences."""
        if self.lost is None and not self._leaving:
            self._leaving = reason
            self._let_go()

    def _ended(self, reason: str = "") -> None:
        """No byte comes any more: tell, once."""
        if self.lost is None:
            self.lost = self._leaving or reason or "hung up"
            self.on_lost(self.lost)

    def _release(self, reason: str = "") -> None:
        """Nothing of the system is ours any more."""
        self._ended(reason)
        self._released.set()
