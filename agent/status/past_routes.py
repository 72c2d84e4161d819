"""What was, over HTTP: one question at a time is put to the store, in a thread of its own."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Callable, Mapping
from typing import Any, Final

from aiohttp import web

from agent.status.past_json import BadQuestion, Past
from agent.store.past_queries import NoPast
from drivers.offload import offload

_log = logging.getLogger(__name__)

ANSWER_WITHIN: Final = 8.0
"""Seconds, the wait for its turn included; a connection has ten for a whole request."""
FLUSH_WITHIN: Final = 1.0
"""Seconds for what has just happened to be on the disk."""

Ask = Callable[[Mapping[str, str], str], dict[str, Any]]


class PastRoutes:
    """`/api/v1/history`, `/api/v1/uptime` and `/api/v1/reports`. `flush` writes what is queued; it blocks."""

    def __init__(self, past: Past, flush: Callable[[float], object]) -> None:
        self._past = past
        self._flush = flush
        self._turn = asyncio.Lock()

    def routes(self) -> list[web.RouteDef]:
        """Return the routes."""
        return [
            web.get("/api/v1/history", self._history),
            web.get("/api/v1/uptime", self._uptime),
            web.get("/api/v1/reports", self._reports),
        ]

    async def _history(self, request: web.Request) -> web.Response:
        return await self._answer(request, self._past.history)

    async def _uptime(self, request: web.Request) -> web.Response:
        return await self._answer(request, self._past.uptime)

    async def _reports(self, request: web.Request) -> web.Response:
        return await self._answer(request, self._past.reports)

    async def _answer(self, request: web.Request, ask: Ask) -> web.Response:
        query = dict(request.query)
        lang = "ru" if query.get("lang") == "ru" else "en"

        def read() -> str:
            self._flush(FLUSH_WITHIN)
            return json.dumps(ask(query, lang), ensure_ascii=False, separators=(",", ":"))

        try:
            async with asyncio.timeout(ANSWER_WITHIN), self._turn:
                body = await offload(read, name="history", timeout=ANSWER_WITHIN)
        except BadQuestion as why:
            return web.Response(status=400, text=f"{why}\n")
        except NoPast as why:
            _log.warning("history: %s", why)
            return web.Response(status=503, text=f"{why}\n")
        except TimeoutError:
            return web.Response(
                status=503,
                headers={"Retry-After": "10"},
                text="The disk is slow, or others ask: try again.\n",
            )
        return web.Response(text=body, content_type="application/json")
