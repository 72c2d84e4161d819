"""One connection to the status server: a deadline for each state, and not one byte of the peer's in the log."""

from __future__ import annotations

import asyncio
import contextlib
import enum
import logging
from collections.abc import Iterator
from typing import Any, Final, Protocol

from aiohttp import web
from aiohttp.http import HttpProcessingError

from agent.bank.rate_limit import TokenBucket
from agent.status.request_rate import RequestRate

LIMIT_S: Final = 10.0
"""Seconds for a whole request, for writing an answer, and for which a connection on which nothing happens is kept."""
LINGER_S: Final = 2.0
"""How long the body of a request is read that nobody asked for, so that the answer to it arrives."""
REQUESTS_AT_ONCE: Final = 60
REQUEST_EVERY_S: Final = 1.0
"""On one connection without the token: a page and its files at once; a loop of requests is slowed to this."""

_SILENT: Final = logging.getLogger(f"{__name__}.aiohttp")
"""aiohttp would log what strangers send."""
_SILENT.disabled = True
PEERS_FAULT: Final = (HttpProcessingError, web.RequestPayloadError, web.PayloadAccessError, ConnectionError)
"""Errors that a request causes, whatever the server does."""


class State(enum.Enum):
    """What a connection is doing."""

    WAITING = enum.auto()
    """For a whole request."""
    PACED = enum.auto()
    """A request is whole, and waits for its turn."""
    ANSWERING = enum.auto()
    STREAMING = enum.auto()
    """Events or a trace; `Streams` bounds their number, and the time that sending takes."""


class Owner(Protocol):
    """All connections of a server, as one of them sees them."""

    def now(self) -> float:
        """Return seconds."""

    def __contains__(self, connection: Connection) -> bool: ...

    def waits(self, connection: Connection) -> None:
        """Note that it waits for the next request."""

    def forget(self, connection: Connection) -> None:
        """Note that it has ended."""

    def failed(self, why: BaseException | None) -> None:
        """Note that a request failed."""


class Connection(web.RequestHandler):
    """One connection: aiohttp's protocol with a deadline for each state. Made by `Connections.open` alone."""

    __slots__ = (
        "_allowance",
        "_owner",
        "asked",
        "deadline",
        "foreign",
        "half",
        "peer",
        "proven",
        "since",
        "state",
    )

    def __init__(self, owner: Owner, server: web.Server, *, peer: str, foreign: bool) -> None:
        super().__init__(
            server,
            loop=asyncio.get_running_loop(),
            logger=_SILENT,
            access_log=None,  # type: ignore[arg-type]  # as AppRunner passes it on
            lingering_time=LINGER_S,
        )
        self._owner = owner
        self.peer = peer
        self.foreign = foreign
        self.proven = False
        """Whether a request on it had the token."""
        self.asked = 0
        """How many requests there were on it."""
        self._allowance = TokenBucket(REQUESTS_AT_ONCE, REQUEST_EVERY_S)
        self._enter(State.WAITING)

    def _enter(self, state: State) -> None:
        self.state = state
        self.since = self._owner.now()
        self.deadline = float("inf") if state is State.STREAMING else self.since + LIMIT_S
        self.half = False

    async def begin(self, rate: RequestRate) -> None:
        """Note that a request is whole, and wait for its turn, which whoever has the token need not."""
        self.asked += 1
        if not self.proven:
            self._enter(State.PACED)
            now = self._owner.now()
            if (pause := self._allowance.take(now) - now) > 0:
                await asyncio.sleep(pause)
            await rate.turn(self.asked)
        self._enter(State.ANSWERING)

    @contextlib.contextmanager
    def receiving(self) -> Iterator[None]:
        """Await the body of a request: until it is whole the connection is one that waits, and may make room."""
        self._enter(State.WAITING)
        self.half = True
        yield
        self._enter(State.ANSWERING)

    def streams(self) -> None:
        """Note that the answer has no end."""
        self._enter(State.STREAMING)

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Begin, unless it had to make room before it began."""
        super().connection_made(transport)
        if self not in self._owner:
            self.end()

    def data_received(self, data: bytes) -> None:
        """Give a request its time from its first byte on, however slowly the others come."""
        if self.state is State.WAITING and not self.half:
            self.half = True
            self.deadline = self._owner.now() + LIMIT_S
        super().data_received(data)

    async def finish_response(self, *arguments: Any, **more: Any) -> tuple[web.StreamResponse, bool]:
        """Write the answer, and wait for the next request."""
        try:
            return await super().finish_response(*arguments, **more)
        finally:
            self._enter(State.WAITING)
            self._owner.waits(self)

    def handle_error(
        self,
        request: web.BaseRequest,
        status: int = 500,
        exc: BaseException | None = None,
        message: str | None = None,
    ) -> web.StreamResponse:
        """Count the fault instead of logging what they sent."""
        self._owner.failed(exc)
        return super().handle_error(request, status, exc, message)

    def log_exception(self, *_: Any, exc_info: BaseException | None = None, **__: Any) -> None:
        """Count what is not the peer's fault; `handle_error` has counted the rest."""
        if not isinstance(exc_info, PEERS_FAULT):
            self._owner.failed(exc_info)

    def connection_lost(self, exc: BaseException | None) -> None:
        """Give the place back."""
        self._owner.forget(self)
        super().connection_lost(exc)

    @property
    def unread(self) -> bool:
        """Whether the other end does not take what was sent."""
        transport = self.transport
        return isinstance(transport, asyncio.WriteTransport) and transport.get_write_buffer_size() > 0

    def end(self) -> None:
        """Cut it, and give its place back at once."""
        self._owner.forget(self)
        if isinstance(self.transport, asyncio.WriteTransport):
            self.transport.abort()


def connection_of(request: web.Request) -> Connection:
    """Return the connection that it came on; `Listener` makes no others."""
    connection = request.protocol
    if not isinstance(connection, Connection):
        raise TypeError(f"{connection} is not from our listener")
    return connection
