"""A wire to a raw TCP port of a serial server (socket://host:port): ser2net, a terminal server, a simulator.

The baud rate is the server's. pyserial's own handler for this address is not used: closing it sleeps.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import socket
from collections.abc import Sequence
from typing import Any, cast
from urllib.parse import urlsplit

from drivers.errors import PortProblem, PortUnavailable
from drivers.offload import offload
from drivers.wire.wire import Wire

# A server that lost its power says nothing: an idle line is probed after 10 s, then every 5 s, and given up
# after 3 probes; bytes that nobody acknowledges end it after 15 s. Together below a default lease.
_DEAD_PEER = (
    (socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1),
    (socket.IPPROTO_TCP, socket.TCP_KEEPIDLE, 10),
    (socket.IPPROTO_TCP, socket.TCP_KEEPINTVL, 5),
    (socket.IPPROTO_TCP, socket.TCP_KEEPCNT, 3),
    (socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, 15_000),
    (socket.IPPROTO_TCP, socket.TCP_NODELAY, 1),
)


async def open_tcp(address: str, *, baudrate: int, timeout: float) -> Wire:  # noqa: ASYNC109  bounds the resolver's thread too
    """Connect to `address`. Raises PortUnavailable, and TimeoutError after `timeout` seconds."""
    host, port = host_and_port(address)
    async with asyncio.timeout(timeout):
        try:
            resolved = await offload(
                lambda: socket.getaddrinfo(host, port, type=socket.SOCK_STREAM),
                name=f"resolve {host}",
                timeout=timeout,
            )
        except (OSError, UnicodeError) as error:  # UnicodeError: not a possible DNS name
            reason = error.strerror if isinstance(error, OSError) else str(error)
            raise PortUnavailable(PortProblem.BROKEN, f"{address}: {reason}") from error
        connected = await _connect(address, resolved)
        wire = TcpWire(address, baudrate)
        loop = asyncio.get_running_loop()
        try:
            await loop.create_connection(lambda: wire, sock=connected)
        except OSError as error:
            connected.close()
            raise PortUnavailable(PortProblem.GONE, f"{address}: {_reason(error)}") from error
        except BaseException:
            connected.close()
            raise
        return wire


def host_and_port(address: str) -> tuple[str, int]:
    """The two parts of scheme://host:port. Raises PortUnavailable if one is missing or invalid."""
    with contextlib.suppress(ValueError):  # UnicodeError, for what is not a possible DNS name, is one
        parts = urlsplit(address)
        if parts.hostname and parts.port is not None and parts.hostname.encode("idna"):
            return parts.hostname, parts.port
    scheme = address.partition("://")[0]
    raise PortUnavailable(PortProblem.BROKEN, f"{address} is not {scheme}://host:port")


async def _connect(address: str, resolved: Sequence[tuple[Any, ...]]) -> socket.socket:
    """A connection to the first of the resolved addresses that accepts one."""
    failure: OSError | None = None
    for family, kind, protocol, _, target in resolved:
        try:
            attempt = socket.socket(family, kind, protocol)
        except OSError as error:  # no IPv6 here, say
            failure = error
            continue
        try:
            attempt.setblocking(False)
            for level, option, value in _DEAD_PEER:
                attempt.setsockopt(level, option, value)
            await asyncio.get_running_loop().sock_connect(attempt, target)
        except OSError as error:
            attempt.close()
            failure = error
        except BaseException:
            attempt.close()
            raise
        else:
            return attempt
    reason = "no address" if failure is None else _reason(failure)
    raise PortUnavailable(PortProblem.GONE, f"{address}: {reason}") from failure


def _reason(failure: OSError) -> str:
    """The kernel's text: asyncio's own only says that a call failed."""
    return os.strerror(failure.errno) if failure.errno else str(failure)


class TcpWire(Wire, asyncio.Protocol):
    """A wire that is a TCP connection, and its asyncio protocol."""

    _transport: asyncio.Transport

    @property
    def unsent(self) -> int:
        """Bytes that the transport still has."""
        return self._transport.get_write_buffer_size()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Called before the wire is returned to anybody."""
        self._transport = cast("asyncio.Transport", transport)

    def data_received(self, data: bytes) -> None:
        """Bytes from the server."""
        self._arrived(data)

    def connection_lost(self, exc: Exception | None) -> None:
        """The connection ended; its socket is closed as soon as this returns."""
        reason = "the server closed the connection" if exc is None else str(exc)
        self._loop.call_soon(self._released, reason)

    def _hold(self) -> None:
        self._transport.pause_reading()

    def _go_on(self) -> None:
        self._transport.resume_reading()

    def _send(self, data: bytes) -> None:
        self._transport.write(data)

    async def _change_baudrate(self, baudrate: int) -> None:
        """No effect: the rate is the server's own."""

    def _start_closing(self) -> None:
        self._transport.abort()
