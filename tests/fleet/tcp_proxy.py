"""A small TCP proxy that can be cut, frozen or slowed at any moment, in either direction. Clients speak first.

Responsible for carrying bytes or not. Must not know what they mean.
"""

from __future__ import annotations

import asyncio
import contextlib
import random
import time
from dataclasses import dataclass
from typing import Self

CHUNK = 65536


@dataclass(slots=True)
class Trouble:
    """What is wrong with the way now."""

    refuses: bool = False
    """Connections are closed, and no new ones taken."""
    frozen_up: bool = False
    """What the client says is not passed on (nor lost: it goes on when the way is well again)."""
    frozen_down: bool = False
    """What the server says is not passed on."""
    delay: float = 0.0
    """Seconds for each direction."""
    resets: float = 0.0
    """Share of connections that are reset as soon as something was said on them."""
    only: bytes = b""
    """Only connections on which the client has said this at once are carried."""


class TcpProxy:
    """The way from one host to one server. Use as `async with TcpProxy(port) as proxy`."""

    def __init__(self, target: int, *, seed: str = "") -> None:
        self.target = target
        self.port = 0
        self.trouble = Trouble()
        self._chance = random.Random(seed)
        self._well = asyncio.Event()
        self._well.set()
        self._ways: dict[asyncio.Task[None], bytes] = {}
        """Each connection, and what its client said first."""
        self._server: asyncio.Server | None = None

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._carry, "127.0.0.1", 0)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(self, *_: object) -> None:
        assert self._server is not None
        self._server.close()
        for way in [*self._ways]:
            way.cancel()
        await asyncio.gather(*self._ways, return_exceptions=True)

    def set(self, **trouble: bool | float | bytes) -> None:
        """Have this trouble from now on and no other; without arguments: none."""
        self.trouble = Trouble(**trouble)
        self._well.set()  # who waits looks again
        for way, said in [*self._ways.items()]:
            if self.trouble.refuses or self.trouble.only not in said:
                way.cancel()

    async def _carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        way = asyncio.current_task()
        assert way is not None
        self._ways[way] = b""
        try:
            with contextlib.suppress(OSError, asyncio.CancelledError):
                await self._both_ways(reader, writer)
        finally:
            del self._ways[way]
            writer.transport.abort()

    async def _both_ways(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if self.trouble.refuses:
            return
        first = await reader.read(CHUNK)
        self._ways[asyncio.current_task()] = first  # type: ignore[index]  # it runs
        if not first or self.trouble.only not in first or self._chance.random() < self.trouble.resets:
            return
        there_reader, there_writer = await asyncio.open_connection("127.0.0.1", self.target)
        try:
            both = (
                self._one_way(reader, there_writer, first, up=True),
                self._one_way(there_reader, writer, b"", up=False),
            )
            tasks = [asyncio.ensure_future(one) for one in both]
            try:
                await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            finally:
                for task in tasks:
                    task.cancel()
                await asyncio.gather(*tasks, return_exceptions=True)
        finally:
            there_writer.transport.abort()

    async def _one_way(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, first: bytes, *, up: bool
    ) -> None:
        queue: asyncio.Queue[tuple[float, bytes]] = asyncio.Queue()
        queue.put_nowait((time.monotonic() + self.trouble.delay, first))
        passing = asyncio.ensure_future(self._pass_on(queue, writer, up=up))
        try:
            while data := await reader.read(CHUNK):
                queue.put_nowait((time.monotonic() + self.trouble.delay, data))
        finally:
            passing.cancel()
            await asyncio.gather(passing, return_exceptions=True)

    async def _pass_on(
        self, queue: asyncio.Queue[tuple[float, bytes]], writer: asyncio.StreamWriter, *, up: bool
    ) -> None:
        while True:
            due, data = await queue.get()
            while self.trouble.frozen_up if up else self.trouble.frozen_down:
                self._well.clear()
                await self._well.wait()
            await asyncio.sleep(due - time.monotonic())
            writer.write(data)
            await writer.drain()
