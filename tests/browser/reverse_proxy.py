"""A small reverse proxy: serves what is behind it below a path, which it takes away, as nginx and Caddy do."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator

import aiohttp
from aiohttp import web

PREFIX = "/simbank"
_OF_ONE_HOP = {"connection", "keep-alive", "transfer-encoding", "content-length", "date", "server"}


@contextlib.asynccontextmanager
async def proxy_of(target: str) -> AsyncIterator[str]:
    """Serve `target` below PREFIX and nothing beside; yield the address of the page."""
    timeout = aiohttp.ClientTimeout(total=None)
    async with aiohttp.ClientSession(
        cookie_jar=aiohttp.DummyCookieJar(), timeout=timeout, auto_decompress=False
    ) as session:

        async def passed_on(request: web.Request) -> web.StreamResponse:
            url = target.rstrip("/") + request.rel_url.raw_path_qs.removeprefix(PREFIX)
            headers = {
                name: value for name, value in request.headers.items() if name.lower() not in _OF_ONE_HOP
            }
            headers["X-Forwarded-For"] = request.remote or ""
            async with session.request(
                request.method,
                aiohttp.client.URL(url, encoded=True),
                headers=headers,
                data=await request.read() or None,
                allow_redirects=False,
            ) as answer:
                response = web.StreamResponse(status=answer.status)
                for name, value in answer.headers.items():
                    if name.lower() not in _OF_ONE_HOP:
                        response.headers.add(name, value)
                await response.prepare(request)
                async for chunk in answer.content.iter_any():  # events one by one
                    await response.write(chunk)
            return response

        app = web.Application()
        app.router.add_route("*", f"{PREFIX}/{{rest:.*}}", passed_on)
        runner = web.AppRunner(app, access_log=None, handler_cancellation=True, shutdown_timeout=0.1)
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        try:
            yield f"http://127.0.0.1:{runner.addresses[0][1]}{PREFIX}/"
        finally:
            await runner.cleanup()
