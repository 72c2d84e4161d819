"""A stand-in for Onlinesim's server over HTTP, with faults on demand, for trying things out and for tests.

Nothing is sold here. It imports nothing of ours but `api_rules` and what that imports. Run by itself it prints its
URL as one JSON line and runs until its standard input ends:

    python -m agent.sandbox.server --modules 64 --port 8341
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import os
import sys
import time
from collections import deque
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web

from agent.sandbox.api_request import Request
from agent.sandbox.api_rules import AccountState, FakeOnlinesim, Received

BODY_LIMIT = 16 * 1024 * 1024
"""Twice a list of 64,000 numbers. The description names no limit."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """How one request goes wrong.

    After `delay` seconds `status`, `headers` and `content` are the answer; without a status it is that of the rules.
    With `reaches` the request counts although its own answer is not sent. `cut` ends the connection in the middle of
    the answer.
    """

    delay: float = 0.0
    status: int | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    content: bytes = b""
    reaches: bool = False
    cut: bool = False

    @classmethod
    def slow(cls, seconds: float) -> Fault:
        """The right answer, late."""
        return cls(delay=seconds)

    @classmethod
    def error(cls, status: int, content: Any = "", *, retry_after: str | None = None) -> Fault:
        """Another status, with a `response` text: 5xx, 429 with Retry-After, 401."""
        headers = {} if retry_after is None else {"Retry-After": retry_after}
        return cls(status=status, headers=headers, content=json.dumps({"response": content}).encode())

    @classmethod
    def raw(cls, content: bytes) -> Fault:
        """200 with this body."""
        return cls(status=200, content=content)

    @classmethod
    def huge(cls, size: int = 1_000_000) -> Fault:
        """200 with a very large body."""
        return cls(status=200, content=b"a" * size)

    @classmethod
    def redirect(cls, location: str) -> Fault:
        """307 to another URL."""
        return cls(status=307, headers={"Location": location})

    @classmethod
    def lost_answer(cls) -> Fault:
        """The request counts, but its answer is lost."""
        return cls(reaches=True, cut=True)

    @classmethod
    def cut_off(cls) -> Fault:
        """The connection ends and the request does not count."""
        return cls(cut=True)


@dataclass(frozen=True, slots=True)
class Seen:
    """One HTTP request, whether it counted or not."""

    at: float
    request: Request
    target: str
    """Path and query as they were on the wire."""
    headers: Mapping[str, str]

    @property
    def method(self) -> str:
        """The method's name, "" where the API has none of this verb and path."""
        return self.request.method


class Sandbox:
    """The server for a reseller with so many `modules`: it blocks the account when there are more numbers."""

    def __init__(
        self,
        *,
        modules: int = 64,
        key: str | None = None,
        clock: Callable[[], float] = time.monotonic,
        history: int = 1000,
    ) -> None:
        self.market = FakeOnlinesim(modules=modules, clock=clock, key=key, history=history)
        self.seen: deque[Seen] = deque(maxlen=history)
        self.faults: deque[Fault] = deque()
        """The faults of the next requests, one each."""
        self.standing_fault: Fault | None = None
        """The fault of every request for which `faults` has none."""
        self._clock = clock
        self._runner: web.AppRunner | None = None

    @property
    def accepted(self) -> list[Received]:
        """The accepted requests, oldest first."""
        return self.market.accepted

    def state(self) -> AccountState:
        """Return the state of the reseller's account."""
        return self.market.state()

    async def serve(self, host: str = "127.0.0.1", port: int = 0) -> str:
        """Listen, and return the URL to use as `server`. Port 0 takes a free one."""
        application = web.Application(client_max_size=BODY_LIMIT)
        application.router.add_route("*", "/{path:.*}", self._handle)
        runner = web.AppRunner(application, access_log=None, shutdown_timeout=0.1)
        await runner.setup()
        try:
            await web.TCPSite(runner, host, port).start()
        except OSError:
            await runner.cleanup()
            raise
        self._runner = runner
        bound = runner.addresses[0]
        return f"http://{f'[{host}]' if ':' in host else host}:{bound[1]}"

    async def close(self) -> None:
        """Stop listening; requests in progress end."""
        runner, self._runner = self._runner, None
        if runner is not None:
            await runner.cleanup()

    @contextlib.asynccontextmanager
    async def serving(self, host: str = "127.0.0.1", port: int = 0) -> AsyncIterator[str]:
        """Serve within `async with`; yields the URL."""
        url = await self.serve(host, port)
        try:
            yield url
        finally:
            await self.close()

    async def _handle(self, request: web.Request) -> web.StreamResponse:
        asked = Request(
            verb=request.method,
            path=request.path,
            query=tuple(request.query.items()),
            body=await request.read(),
            authorization=request.headers.get("Authorization"),
        )
        self.seen.append(Seen(self._clock(), asked, request.raw_path, dict(request.headers)))
        fault = self.faults.popleft() if self.faults else self.standing_fault
        if fault is None:
            return self._answer(request, asked)
        if fault.delay:
            await asyncio.sleep(fault.delay)
        answer = web.Response(status=fault.status or 200, headers=fault.headers, body=fault.content)
        if fault.reaches or (fault.status is None and not fault.cut):
            own = self._answer(request, asked)
            answer = own if fault.status is None else answer
        return await _cut(request, answer) if fault.cut else answer

    def _answer(self, request: web.Request, asked: Request) -> web.Response:
        if asked.body and request.content_type != "application/json":
            return web.json_response({"response": "Content-Type is not application/json"}, status=400)
        if not request.headers.get("User-Agent"):
            return web.json_response({"response": "User-Agent is missing"}, status=400)
        answer = self.market.answer(asked)
        if answer.html:
            return web.Response(text=answer.content, status=answer.status, content_type="text/html")
        return web.json_response(answer.content, status=answer.status)


async def _cut(request: web.Request, answer: web.Response) -> web.StreamResponse:
    """Send half of the answer and end the connection."""
    body = answer.body if isinstance(answer.body, bytes) else b""
    half = web.StreamResponse(status=answer.status, headers={"Content-Length": str(len(body) + 1)})
    await half.prepare(request)
    await half.write(body[: len(body) // 2])
    if request.transport is not None:
        request.transport.close()
    return half


async def run(sandbox: Sandbox, host: str, port: int) -> None:
    """Serve until standard input ends or the task is cancelled; print `{"event": "ready", "url": …}`."""
    async with sandbox.serving(host, port) as url:
        print(json.dumps({"event": "ready", "url": url}), flush=True)  # noqa: T201 - this is its output
        ended = asyncio.Event()

        def read() -> None:
            if not os.read(sys.stdin.fileno(), 4096):
                ended.set()

        with contextlib.suppress(PermissionError):  # a file or /dev/null: then only a signal ends it
            asyncio.get_running_loop().add_reader(sys.stdin, read)
        await ended.wait()


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the sandbox from the command line."""
    parser = argparse.ArgumentParser(prog="agent.sandbox.server", description="a stand-in for Onlinesim")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--modules", type=int, default=64)
    parser.add_argument("--key", help="refuse every other API key")
    parser.add_argument(
        "--refuse", action="append", default=[], metavar="NUMBER", help="NUMBER_FORMAT_ERROR for it"
    )
    options = parser.parse_args(arguments)
    with contextlib.suppress(KeyboardInterrupt):
        sandbox = Sandbox(modules=options.modules, key=options.key)
        sandbox.market.refuses.update(options.refuse)
        asyncio.run(run(sandbox, options.host, options.port))


if __name__ == "__main__":
    main()
