"""A wire to a serial port on the network whose rate we may set: rfc2217://host:port.

pyserial's RFC 2217 client blocks: it gets a thread that reads and one that writes.
"""

from __future__ import annotations

import contextlib
import functools
import queue
import threading
from collections.abc import Callable

from serial import rfc2217

from drivers.errors import LinkLost, PortProblem, PortUnavailable
from drivers.offload import offload
from drivers.wire.tcp import host_and_port
from drivers.wire.wire import Wire

CHUNK = 4096
"""Bytes handed to the loop at once."""

AHEAD = 16
"""Chunks that may wait for the loop; then the reader waits."""

UNREAD_LIMIT = 256 * 1024
"""Bytes that pyserial may have read ahead: a server that sends faster is disconnected."""

READ_TIMEOUT = 0.5
"""Seconds after which the reader checks whether the port is still open: pyserial wakes it only when lost."""

BAUDRATE_TIMEOUT = 4.0
"""Seconds: pyserial waits 3 for the server's answer."""


async def open_rfc2217(address: str, *, baudrate: int, timeout: float) -> Wire:  # noqa: ASYNC109  bounds the thread
    """Connect and negotiate. Raises PortUnavailable, and TimeoutError after `timeout` seconds."""
    host_and_port(address)

    def work() -> _Client:
        client = _Client(baudrate=baudrate, timeout=READ_TIMEOUT)
        try:
            client.port = address
            client.open()
        except (OSError, ValueError) as error:  # SerialException is an OSError
            nobody_there = isinstance(error.__context__, OSError)
            problem = PortProblem.GONE if nobody_there else PortProblem.BROKEN
            said = client.received_before_failing()
            raise PortUnavailable(problem, f"{address}: {error}", said=said) from error
        return client

    client = await offload(work, name=f"open {address}", timeout=timeout, dispose=_close_aside)
    return Rfc2217Wire(address, baudrate, client)


def _close_aside(client: _Client, then: Callable[[], None] = lambda: None) -> None:
    """Close in a thread of its own: pyserial joins its reader (7 s at most) and sleeps a little."""

    def work() -> None:
        client.close()
        then()

    threading.Thread(target=work, name=f"close {client.port}", daemon=True).start()


class Rfc2217Wire(Wire):
    """A wire that is an RFC 2217 session."""

    def __init__(self, address: str, baudrate: int, client: _Client) -> None:
        super().__init__(address, baudrate)
        self._client = client
        self._ahead = threading.Semaphore(AHEAD)
        self._outbox: queue.SimpleQueue[bytes] = queue.SimpleQueue()
        self._queued = 0  # bytes, counted by the loop
        self._sent = 0  # bytes, counted by the writer
        for work in (self._read, self._write):
            threading.Thread(target=work, name=f"{work.__name__} {address}", daemon=True).start()

    @property
    def unsent(self) -> int:
        """Bytes that the writer has not sent yet."""
        return self._queued - self._sent

    def _send(self, data: bytes) -> None:
        self._queued += len(data)
        self._outbox.put(data)

    async def _change_baudrate(self, baudrate: int) -> None:
        try:
            await offload(
                lambda: setattr(self._client, "baudrate", baudrate),
                name=f"baudrate {self.address}",
                timeout=BAUDRATE_TIMEOUT,
            )
        except (OSError, ValueError) as error:  # TimeoutError is an OSError
            self._end(f"does not accept {baudrate} bit/s: {str(error) or 'hangs'}")
            raise LinkLost(f"{self.address}: {self._end_reason}") from error

    def _start_closing(self) -> None:
        self._outbox.put(b"")
        self._loop.call_soon(self._ended)
        _close_aside(self._client, then=lambda: self._on_loop(self._released))

    # In threads of their own.

    def _read(self) -> None:
        try:
            while self._client.is_open:
                data = self._client.read(1)
                if not data:
                    continue
                waiting = self._client.in_waiting
                if waiting > UNREAD_LIMIT:
                    raise OverflowError("the server sends faster than it can be read")  # noqa: TRY301  all ends are reported in one place
                data += self._client.read(min(waiting, CHUNK - 1))
                self._ahead.acquire()
                self._on_loop(functools.partial(self._hand_on, data))
        except (OSError, TypeError, OverflowError) as error:  # TypeError: close just cleared pyserial's state
            reason = str(error)
        else:
            reason = "closed"
        self._on_loop(lambda: self._end(reason))

    def _hand_on(self, data: bytes) -> None:
        self._ahead.release()
        self._arrived(data)

    def _write(self) -> None:
        try:
            while data := self._outbox.get():
                self._client.write(data)
                self._sent += len(data)
        except (OSError, AttributeError) as error:  # AttributeError: as above, of a socket that is None
            reason = str(error)
            self._on_loop(lambda: self._end(reason))

    def _on_loop(self, callback: Callable[[], None]) -> None:
        with contextlib.suppress(RuntimeError):  # the loop may have ended before
            self._loop.call_soon_threadsafe(callback)


class _Client(rfc2217.Serial):
    """pyserial's client, leaving DTR and RTS as the server sets them."""

    def received_before_failing(self) -> bytes:
        """What the server sent beside its negotiation; empty where it was never reached."""
        buffer: queue.Queue[bytes | None] | None = getattr(self, "_read_buffer", None)
        received = b""
        while buffer is not None and not buffer.empty():
            received += buffer.get_nowait() or b""
        return received

    def _telnet_read_loop(self) -> None:
        """Pyserial's reader, which must not raise while the connection is being closed."""
        with contextlib.suppress(OSError, AttributeError):
            super()._telnet_read_loop()  # type: ignore[misc]  # the stubs leave it out

    def _internal_raw_write(self, data: bytes) -> None:
        """Pyserial's, for negotiation. To a server that has closed it fails, and what that said is still unread."""
        try:
            super()._internal_raw_write(data)  # type: ignore[misc]  # the stubs leave it out
        except OSError:
            reader: threading.Thread | None = getattr(self, "_thread", None)
            if threading.current_thread() is reader:
                return
            if reader is not None:
                reader.join(READ_TIMEOUT)
            raise

    def _update_dtr_state(self) -> None:
        """Not ours to change."""

    def _update_rts_state(self) -> None:
        """Not ours to change."""
