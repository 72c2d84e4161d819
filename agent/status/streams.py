"""Answers without an end: how many there are, who makes room, and what happens to a reader that does not read."""

from __future__ import annotations

import asyncio
import contextlib
from collections import Counter
from collections.abc import AsyncIterator
from typing import Final

from aiohttp import web
from aiohttp_sse import EventSourceResponse

from agent.status.connection import Connection
from agent.status.connections import Connections

MOST: Final = 64
"""Most readers of events and traces at a time; each costs a socket and at most one message of memory."""


class Streams:
    """The streams of one server."""

    def __init__(self, connections: Connections) -> None:
        self._connections = connections
        self._open: dict[asyncio.Task[None], Connection] = {}
        """The oldest first."""
        self._ending = False

    def __len__(self) -> int:
        return len(self._open)

    @contextlib.asynccontextmanager
    async def one(
        self, request: web.Request, response: web.StreamResponse, connection: Connection
    ) -> AsyncIterator[None]:
        """Count one stream; a reader that left or does not read ends it quietly."""
        task = asyncio.current_task()
        if task is None:
            raise RuntimeError("a stream needs a task of its own")
        if len(self._open) >= MOST:
            self._end_one()
        connection.streams()
        self._open[task] = connection
        try:
            await response.prepare(request)
            yield
        except asyncio.CancelledError:
            if not self._ending:
                raise
            # The server stops: with an orderly end of the stream the browser's console shows no error.
            task.uncancel()
        except (TimeoutError, ConnectionError):
            if request.transport is not None:
                # An orderly close would wait for the very buffers that nobody reads.
                request.transport.abort()
        finally:
            self._open.pop(task, None)
            if isinstance(response, EventSourceResponse) and response.prepared:
                response.stop_streaming()

    def _end_one(self) -> None:
        """Let one make room: one that does not read, else the oldest of the busiest peer."""
        held = Counter(one.peer for one in self._open.values())
        task, connection = min(
            self._open.items(), key=lambda held_by: (not held_by[1].unread, -held[held_by[1].peer])
        )
        del self._open[task]
        connection.end()
        self._connections.turned_away()

    def end_all(self) -> None:
        """End every stream in order."""
        self._ending = True
        for task in tuple(self._open):
            task.cancel()
