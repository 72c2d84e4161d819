"""The account at the other end: takes every report, and notes when it came."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Callable
from typing import Self

from aiohttp import web


class Account:
    """A server; use as a context manager. Times are those of `time.monotonic`."""

    def __init__(self) -> None:
        self.numbers: frozenset[str] = frozenset()
        """What the last report said."""
        self.reported_at = 0.0
        self.url = ""
        self._news = asyncio.Condition()

    async def __aenter__(self) -> Self:
        app = web.Application(client_max_size=1 << 24)
        app.router.add_post("/api/resellers/{request}", self._take)
        self._runner = web.AppRunner(app, access_log=None)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", 0)
        await site.start()
        self.url = "http://{}:{}".format(*self._runner.addresses[0])
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._runner.cleanup()

    async def until(self, true: Callable[[frozenset[str]], bool], within: float) -> float:
        """Wait for a report whose numbers fulfil the condition; returns when it came."""
        async with asyncio.timeout(within), self._news:
            await self._news.wait_for(lambda: self.reported_at > 0 and true(self.numbers))
            return self.reported_at

    async def _take(self, request: web.Request) -> web.Response:
        at = time.monotonic()
        told = json.loads(await request.read())
        async with self._news:
            self.reported_at, self.numbers = at, frozenset(one["number"] for one in told["numbers"])
            self._news.notify_all()
        return web.json_response({"response": 1})
