"""The dead-man's switch: called while the agent is ready, quiet about the URL, and of no consequence if it fails."""

from __future__ import annotations

import asyncio
import logging

import pytest
from aiohttp import web

from agent.alerts.dead_man import DeadMan
from agent.onlinesim.client import open_session


@pytest.fixture
async def monitor():
    """A monitoring service: `calls` has the paths with their queries; `status` is what it answers."""

    class Monitor:
        status = 200

    monitor = Monitor()
    monitor.calls = asyncio.Queue()

    async def call(request):
        await monitor.calls.put(request.raw_path)
        return web.Response(status=monitor.status, headers={"Location": "/elsewhere"})

    app = web.Application()
    app.router.add_get("/{path:.*}", call)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    monitor.url = f"http://127.0.0.1:{site._server.sockets[0].getsockname()[1]}"
    yield monitor
    await runner.cleanup()


@pytest.fixture
async def session():
    async with open_session() as session:
        yield session


async def running(dead_man):
    task = asyncio.ensure_future(dead_man.run())
    await asyncio.sleep(0)
    return task


async def ended(task):
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


async def test_it_is_called_as_written_and_only_while_ready(monitor, session):
    ready, asked = False, 0

    def is_ready():
        nonlocal asked
        asked += 1
        return ready

    dead_man = DeadMan(session, ready=is_ready, every=0.001)
    dead_man.set_url(f"{monitor.url}/api/push/abc?status=up&msg=OK%20%2B&ping=")
    task = await running(dead_man)
    await until(lambda: asked > 5)
    assert monitor.calls.empty()
    ready = True
    for _ in range(3):
        assert await monitor.calls.get() == "/api/push/abc?status=up&msg=OK%20%2B&ping="
    dead_man.set_url("")
    assert not dead_man.has_url
    await ended(task)
    assert dead_man.counts["sent"] >= 2
    assert dead_man.counts["failed"] == 0


async def until(condition):
    while not condition():
        await asyncio.sleep(0.001)


@pytest.mark.parametrize(("status", "said"), [(500, "answered 500"), (302, "answered 302")])
async def test_a_failure_is_logged_once_and_without_the_url(monitor, session, caplog, status, said):
    caplog.set_level(logging.INFO)
    monitor.status = status
    dead_man = DeadMan(session, ready=lambda: True, every=0.001)
    dead_man.set_url(f"{monitor.url}/secretpath")
    task = await running(dead_man)
    await until(lambda: dead_man.counts["failed"] >= 3)
    monitor.status = 200
    await until(lambda: dead_man.counts["sent"] >= 2)
    await ended(task)
    assert [record.message for record in caplog.records] == [
        f"alerts: heartbeat_url {monitor.url}/…: {said}",
        f"alerts: heartbeat_url {monitor.url}/… answers again",
    ]
    while not monitor.calls.empty():
        assert monitor.calls.get_nowait() == "/secretpath"  # no redirect is followed


@pytest.mark.parametrize("url", ["http://127.0.0.1:1/secretpath", "https://127.0.0.1:1/secretpath?a=b"])
async def test_a_service_that_is_away_ends_nothing(session, caplog, url):
    dead_man = DeadMan(session, ready=lambda: True, every=0.001)
    dead_man.set_url(url)
    task = await running(dead_man)
    await until(lambda: dead_man.counts["failed"] >= 3)
    assert not task.done()
    await ended(task)
    assert len(caplog.records) == 1
    assert "secretpath" not in caplog.text


async def test_without_a_url_nothing_is_asked(session):
    def ready():
        raise AssertionError

    task = await running(DeadMan(session, ready=ready, every=0))
    for _ in range(10):  # turns of the event loop, and of the switch
        await asyncio.sleep(0)
    assert not task.done()
    await ended(task)
