"""The listening sockets of the status server: few connections at a time, and never the last descriptors."""

from __future__ import annotations

import asyncio
import contextlib
import select
import socket
from collections import Counter
from typing import Final

from aiohttp import web

from agent.status.connection import Connection
from agent.status.connections import Connections
from drivers.wire import descriptor_limit

BACKLOG: Final = 4096
"""Connections that wait in the kernel, as far as it allows: where they do not fit in, it drops newcomers."""
AT_ONCE: Final = 32
"""Connections let in before the others of the process have their turn."""
LOOKED_AT: Final = 512
"""Connections looked at in that time while more wait; most are closed at once, which costs next to nothing."""
CROWDED: Final = 2
"""So often in a row: then who means to ask has had the time to, and the silent must go."""
LONGEST_HEAD: Final = 16384
"""Bytes; a request is whole when the empty line behind its head is among them."""
PAUSE_S: Final = 0.01
"""After so many at once: half of the time is left to the bank."""
FULL_PAUSE_S: Final = 1.0
"""After the system refused a connection for want of descriptors or memory."""
KEPT: Final = 32
"""Descriptors below the limit that no visitor gets: reporter, store and ports need some at any time."""


class Listener:
    """Accepts connections for one server, once open."""

    def __init__(self, server: web.Server, connections: Connections) -> None:
        self._server = server
        self._connections = connections
        self._loop = asyncio.get_running_loop()
        self._sockets: list[socket.socket] = []
        self._full: Counter[socket.socket] = Counter()
        """How often in a row more waited than are let in at once."""
        self._pauses: dict[socket.socket, asyncio.TimerHandle] = {}
        self._begun: set[asyncio.Task[None]] = set()

    async def open(self, host: str, port: int) -> int:
        """Listen on every address of `host`; return the port. Raises OSError, gaierror."""
        # asyncio binds, with its words for what goes wrong, but would accept without a bound.
        bound = await self._loop.create_server(asyncio.Protocol, host, port, start_serving=False)
        try:
            self._sockets = [one.dup() for one in bound.sockets]
        finally:
            bound.close()
        for one in self._sockets:
            one.setblocking(False)
            one.listen(BACKLOG)
            self._loop.add_reader(one, self._accept, one)
        return int(self._sockets[0].getsockname()[1])

    def close(self) -> None:
        """Accept no more."""
        for one in self._sockets:
            self._loop.remove_reader(one)
            one.close()
        for pause in self._pauses.values():
            pause.cancel()
        self._sockets.clear()
        self._full.clear()
        self._pauses.clear()

    def _accept(self, listening: socket.socket) -> None:
        let_in = 0
        for _ in range(LOOKED_AT):
            if not self._connections.may_come():
                self._pause(listening, PAUSE_S)  # in the kernel's queue they keep their order
                return
            try:
                accepted, address = listening.accept()
            except (BlockingIOError, InterruptedError, ConnectionAbortedError):
                self._full[listening] = 0
                return
            except OSError:  # EMFILE, ENFILE, ENOBUFS, ENOMEM: somebody must leave first
                self._connections.end_one()
                self._pause(listening, FULL_PAUSE_S)
                return
            accepted.setblocking(False)
            if self._full[listening] >= CROWDED and not _has_asked(accepted):
                self._refuse(accepted)
                continue
            self._admit(accepted, str(address[0]))
            let_in += 1
            if let_in == AT_ONCE:
                break
        self._full[listening] += 1
        self._pause(listening, PAUSE_S)

    def _refuse(self, accepted: socket.socket) -> None:
        self._connections.turned_away()
        accepted.close()

    def _pause(self, listening: socket.socket, seconds: float) -> None:
        self._loop.remove_reader(listening)
        self._pauses[listening] = self._loop.call_later(
            seconds, self._loop.add_reader, listening, self._accept, listening
        )

    def _admit(self, accepted: socket.socket, peer: str) -> None:
        # A new descriptor has the lowest free number: a high one says that the table is nearly full.
        limit = descriptor_limit()
        if limit is not None and accepted.fileno() >= limit - KEPT:
            self._connections.end_one()
            self._refuse(accepted)
            return
        connection = self._connections.open(self._server, peer, str(accepted.getsockname()[0]))
        if connection is None:
            accepted.close()
            return
        task = self._loop.create_task(self._begin(connection, accepted))
        self._begun.add(task)
        task.add_done_callback(self._begun.discard)

    async def _begin(self, connection: Connection, accepted: socket.socket) -> None:
        with contextlib.suppress(OSError):  # the other end has left already
            await self._loop.connect_accepted_socket(lambda: connection, accepted)
        if connection.transport is None:
            self._connections.forget(connection)
            accepted.close()


def _has_asked(accepted: socket.socket) -> bool:
    """Whether a whole request is there already, and its sender still is, too."""
    left = select.poll()
    left.register(accepted, select.POLLRDHUP)
    if left.poll(0):
        return False
    try:
        return b"\r\n\r\n" in accepted.recv(LONGEST_HEAD, socket.MSG_PEEK)
    except OSError:
        return False
