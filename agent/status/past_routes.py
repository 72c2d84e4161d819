"""What was, over HTTP: one question at a time is put to the store, in a thread of its own."""

from __future__ import annotations

import asyncio
import json
import logging
import math
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any, Final

from aiohttp import web

from agent.status.past_json import BadQuestion, Past, span_of
from agent.store.history import Minute, Span
from agent.store.lives import DAY
from agent.store.past_queries import NoPast
from drivers.offload import offload

_log = logging.getLogger(__name__)

ANSWER_WITHIN: Final = 8.0
"""Seconds, the wait for its turn included; a connection has ten for a whole request."""
FLUSH_WITHIN: Final = 1.0
"""Seconds for what has just happened to be on the disk."""

STEPS_OLD: Final = 10
"""An answer about minutes may be a tenth of a step old: a month of them takes a tenth of a second to read."""

Ask = Callable[[Mapping[str, str], str], dict[str, Any]]


class PastRoutes:
    """`/api/v1/minutes`, `history`, `uptime` and `reports`.

    `flush` writes what is queued, and blocks; `recent` returns the minutes of the last day, oldest first.
    """

    def __init__(
        self, past: Past, flush: Callable[[float], object], recent: Callable[[], Sequence[Minute]]
    ) -> None:
        self._past = past
        self._flush = flush
        self._recent = recent
        self._turn = asyncio.Lock()
        self._told_minutes: dict[Span, tuple[float, str]] = {}
        """What was answered for each span, and when."""

    def routes(self) -> list[web.RouteDef]:
        """Return the routes."""
        return [
            web.get("/api/v1/minutes", self._minutes),
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

    async def _minutes(self, request: web.Request) -> web.Response:
        async def tell() -> str:
            span = span_of(request.query)
            now, recent = asyncio.get_running_loop().time(), self._recent()
            at, body = self._told_minutes.get(span, (-math.inf, ""))
            if now - at >= span.step_s / STEPS_OLD:
                body = (
                    _dumps(self._past.day(span, recent))
                    if span.length_s <= DAY
                    else await self._read(lambda: self._past.minutes(span, recent))
                )
                self._told_minutes[span] = (now, body)
            return body

        return await self._told(tell)

    async def _answer(self, request: web.Request, ask: Ask) -> web.Response:
        query = dict(request.query)
        lang = "ru" if query.get("lang") == "ru" else "en"
        return await self._told(lambda: self._read(lambda: ask(query, lang)))

    async def _read(self, ask: Callable[[], dict[str, Any]]) -> str:
        def read() -> str:
            self._flush(FLUSH_WITHIN)
            return _dumps(ask())

        return await offload(read, name="history", timeout=ANSWER_WITHIN)

    async def _told(self, tell: Callable[[], Awaitable[str]]) -> web.Response:
        try:
            async with asyncio.timeout(ANSWER_WITHIN), self._turn:
                body = await tell()
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


def _dumps(body: dict[str, Any]) -> str:
    return json.dumps(body, ensure_ascii=False, separators=(",", ":"))
