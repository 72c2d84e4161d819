"""Connections to Onlinesim, with a last question between the connection and the request."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from contextvars import ContextVar

from aiohttp import ClientRequest, ClientTimeout, TCPConnector
from aiohttp.connector import Connection
from aiohttp.tracing import Trace

MaySend = Callable[[], bool]

_MAY_SEND: ContextVar[MaySend | None] = ContextVar("may_send", default=None)


class NotInTime(Exception):
    """The connection stands, but the request may not be sent any more; nothing was."""


@contextlib.contextmanager
def asking(may_send: MaySend | None) -> Iterator[None]:
    """Ask this once the connection stands, for requests of this task within the block."""
    token = _MAY_SEND.set(may_send)
    try:
        yield
    finally:
        _MAY_SEND.reset(token)


class AskingConnector(TCPConnector):
    """Asks before each request. Not by aiohttp's `on_connection_create_end`: an error there leaks the connection."""

    async def connect(
        self,
        req: ClientRequest,
        traces: list[Trace],
        timeout: ClientTimeout,  # noqa: ASYNC109  as aiohttp has it
    ) -> Connection:
        """Return a connection. Raises NotInTime."""
        connection = await super().connect(req, traces, timeout)
        may_send = _MAY_SEND.get()
        if may_send is not None and not may_send():
            connection.close()
            raise NotInTime
        return connection
