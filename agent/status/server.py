"""The agent over HTTP, read-only: the page, the API behind it, health and metrics (docs/design.md §9)."""

from __future__ import annotations

import asyncio
import contextlib
import errno
import json
from collections.abc import Callable, Hashable
from typing import Self, TypeVar

from aiohttp import web
from aiohttp_sse import EventSourceResponse

from agent.formats.hosts import is_loopback
from agent.status.bodies import Bodies
from agent.status.connection import connection_of
from agent.status.connections import MOST, Connections
from agent.status.encode import Json, details_json, status_json, trace_json
from agent.status.events import SnapshotFeed, update
from agent.status.gate import LARGEST_BODY, Gate
from agent.status.health import health, readiness
from agent.status.listener import Listener
from agent.status.page_files import PageFiles
from agent.status.past_routes import PastRoutes
from agent.status.response_headers import add_headers
from agent.status.snapshot import ModuleDetails, Snapshot
from agent.status.streams import Streams
from agent.status.view import StatusView

SEND_S = 10.0
"""Seconds after which a reader whose buffers stay full is dropped."""
RETRY_MS = 1500
"""When a browser reconnects after it lost the agent."""
NDJSON = "application/x-ndjson"

T = TypeVar("T")
Clock = Callable[[], float]


class StatusServer:
    """Serves one view. `listen` is `host:port`; port 0 takes a free one, see `url`.

    Without a token the address must be loopback: ValueError otherwise.
    """

    def __init__(
        self,
        view: StatusView,
        metrics: Callable[[], bytes],
        *,
        listen: str,
        token: str | None,
        clock: Clock,
        past: PastRoutes,
        connections: int = MOST,
    ) -> None:
        """`connections`: the most at a time; `past` answers what was."""
        host, _, port = listen.rpartition(":")
        self._host, self._port = host.strip("[]"), int(port)
        if not token and not is_loopback(self._host):
            raise ValueError(
                f"status.listen {listen} can be reached from other machines and needs status.token"
            )
        self._view = view
        self._metrics = metrics
        self._clock = clock
        self._past = past
        self._feed = SnapshotFeed(view.looked_at)
        self._bodies = Bodies()
        self._connections = Connections(connections)
        words = {"/healthz": self._health_word, "/readyz": self._ready_word}
        self._gate = Gate(token, words, self._connections, clock)
        self._streams = Streams(self._connections)
        self._runner: web.AppRunner | None = None
        self._listener: Listener | None = None
        self._files = PageFiles(has_logout=bool(token))

    def changed(self) -> None:
        """Note that something that people see has changed; readers of events get it within a fifth of a second."""
        self._feed.changed()

    @property
    def url(self) -> str:
        """The address of the page, once started."""
        host = f"[{self._host}]" if ":" in self._host else self._host
        return f"http://{host}:{self._port}/"

    async def start(self) -> None:
        """Listen. Raises OSError with its errno; gaierror for a host name that cannot be resolved."""
        app = web.Application(middlewares=[self._gate.let_in], client_max_size=LARGEST_BODY)
        app.add_routes(self._routes())
        app.on_response_prepare.append(add_headers)
        app.on_shutdown.append(self._end_streams)
        # A reader who leaves must end its stream at once, not at the next event.
        self._runner = web.AppRunner(app, access_log=None, handler_cancellation=True, shutdown_timeout=1.0)
        await self._runner.setup()
        if self._runner.server is None:
            raise RuntimeError("aiohttp has no server after its setup")
        self._listener = Listener(self._runner.server, self._connections)
        try:
            self._port = await self._listener.open(self._host, self._port)
        except OSError as why:
            await self.stop()
            if why.errno is None:  # Python 3.13 leaves it out where none of the addresses is this machine's
                raise OSError(errno.EADDRNOTAVAIL, str(why)) from why
            raise

    async def stop(self) -> None:
        """Stop listening and end every stream."""
        if self._listener is not None:
            self._listener.close()
            self._listener = None
        self._connections.close()
        if self._runner is not None:
            await self._runner.cleanup()
            self._runner = None

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.stop()

    def _routes(self) -> list[web.RouteDef]:
        return [
            web.get("/", self._page),
            web.get("/static/{name}", self._static),
            web.get("/api/v1/status", self._status),
            web.get("/api/v1/events", self._events, allow_head=False),
            *self._past.routes(),
            web.get("/api/v1/modules/{name}", self._module),
            web.get("/api/v1/payload", self._payload),
            web.get("/api/v1/trace", self._trace, allow_head=False),
            web.get("/api/v1/trace/{port:.+}", self._trace, allow_head=False),
            web.get("/metrics", self._prometheus),
            web.get("/healthz", self._healthz),
            web.get("/readyz", self._readyz),
        ]

    async def _page(self, _request: web.Request) -> web.Response:
        return self._files.response("index.html")

    async def _static(self, request: web.Request) -> web.Response:
        return self._files.response(request.match_info["name"])

    async def _body(self, key: Hashable, make: Callable[[Snapshot], T]) -> T:
        return self._bodies.of(*await self._feed.current(), key, make)

    async def _status(self, request: web.Request) -> web.Response:
        lang = _lang(request)
        body = await self._body(
            ("status", lang), lambda snapshot: _dumps(status_json(snapshot, self._clock(), lang))
        )
        return _json(body)

    async def _module(self, request: web.Request) -> web.Response:
        name, lang = request.match_info["name"], _lang(request)
        version, snapshot = await self._feed.current()
        row = next((row for row in snapshot.modules if row.name == name), None)
        if row is None:
            raise web.HTTPNotFound(text=f"No such module: {name}\n")

        def made(_snapshot: Snapshot) -> str:
            details = self._view.details(name) or ModuleDetails()
            return _dumps(details_json(row, details, self._clock(), lang))

        return _json(self._bodies.of(version, snapshot, ("module", name, lang), made))

    async def _payload(self, _request: web.Request) -> web.Response:
        body = await self._body("payload", lambda _snapshot: self._view.payload())
        return web.Response(body=body, content_type="application/json", charset="utf-8")

    async def _prometheus(self, _request: web.Request) -> web.Response:
        body = await self._body("metrics", lambda _snapshot: self._metrics())
        # The version of the text format belongs to the type, and aiohttp's content_type takes no parameters.
        return web.Response(body=body, headers={"Content-Type": "text/plain; version=0.0.4; charset=utf-8"})

    async def _healthz(self, _request: web.Request) -> web.Response:
        ok, body = health(self._view.progress(), self._clock())
        return _json(_dumps(body), status=200 if ok else 503)

    async def _health_word(self) -> web.Response:
        ok, _ = health(self._view.progress(), self._clock())
        return web.Response(text="ok\n" if ok else "stuck\n", status=200 if ok else 503)

    async def _readyz(self, _request: web.Request) -> web.Response:
        ready, body = readiness((await self._feed.current())[1], self._clock())
        return _json(_dumps(body), status=200 if ready else 503)

    async def _ready_word(self) -> web.Response:
        ready, _ = readiness((await self._feed.current())[1], self._clock())
        return web.Response(text="ready\n" if ready else "not ready\n", status=200 if ready else 503)

    async def _events(self, request: web.Request) -> web.StreamResponse:
        response = EventSourceResponse()
        async with self._streams.one(request, response, connection_of(request)):
            await self._follow(response, _lang(request))
        return response

    async def _follow(self, response: EventSourceResponse, lang: str) -> None:
        version, newest = await self._feed.latest()  # at once: others wait for the place
        seen, sent = 0, None
        await response.write(f"retry: {RETRY_MS}\n\n".encode())
        while True:
            async with asyncio.timeout(SEND_S):
                await response.write(self._event(seen, sent, version, newest, lang))
            seen, sent = version, newest
            version, newest = await self._feed.after(version)

    def _event(self, seen: int, sent: Snapshot | None, version: int, newest: Snapshot, lang: str) -> bytes:
        """Make the event that brings all readers from version `seen` to the newest."""

        def made(snapshot: Snapshot) -> bytes:
            event, body = update(sent, snapshot, self._clock(), lang)
            return f"event: {event}\ndata: {_dumps(body)}\n\n".encode()

        return self._bodies.of(version, newest, ("event", seen, lang), made)

    async def _trace(self, request: web.Request) -> web.StreamResponse:
        ports = (
            [request.match_info["port"]] if "port" in request.match_info else request.query.getall("port", [])
        )
        lines = self._view.trace(ports)
        if lines is None:
            raise web.HTTPNotFound(text="No such port or module.\n")
        response = web.StreamResponse(headers={"Content-Type": NDJSON})
        async with contextlib.aclosing(lines), self._streams.one(request, response, connection_of(request)):
            async for line in lines:
                async with asyncio.timeout(SEND_S):
                    await response.write((_dumps(trace_json(line)) + "\n").encode())
        return response

    async def _end_streams(self, _app: web.Application) -> None:
        self._streams.end_all()


def _lang(request: web.Request) -> str:
    return "ru" if request.query.get("lang") == "ru" else "en"


def _dumps(body: Json) -> str:
    return json.dumps(body, ensure_ascii=False, separators=(",", ":"))


def _json(text: str, *, status: int = 200) -> web.Response:
    return web.Response(text=text, status=status, content_type="application/json")
