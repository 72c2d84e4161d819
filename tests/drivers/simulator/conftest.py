"""Clients of simulated modules that share no code with the drivers: bytes out, bytes in."""

from __future__ import annotations

import asyncio
import contextlib
import os
import re

import pytest

from drivers.simulator import SimulatedModule
from drivers.simulator.wirelog import ENVIRONMENT

VERDICT = re.compile(
    rb"(^|\n)(OK|ERROR|\+CM[ES] ERROR:[^\r\n]*|NO CARRIER|CONNECT|COMMAND NOT SUPPORT)\r?\n?$"
)


def pytest_configure(config):
    config.addinivalue_line("markers", "gammu_all: gammu against every personality, 4 s each; only with -m")


def pytest_collection_modifyitems(config, items):
    if "gammu_all" in config.option.markexpr:
        return
    chosen = [item for item in items if item.get_closest_marker("gammu_all") is None]
    config.hook.pytest_deselected(items=[item for item in items if item not in chosen])
    items[:] = chosen


@pytest.fixture(autouse=True)
def not_the_agents_traffic(monkeypatch):
    """What these clients send is not held against the allow-list of the agent."""
    monkeypatch.delenv(ENVIRONMENT, raising=False)


class Client:
    """A program that has a port open."""

    def __init__(self, path):
        self.fd = os.open(path, os.O_RDWR | os.O_NOCTTY | os.O_NONBLOCK)
        self.got = b""
        self._news = asyncio.Event()
        asyncio.get_running_loop().add_reader(self.fd, self._read)
        self.hung_up = False

    def _read(self):
        try:
            data = os.read(self.fd, 65536)
        except OSError:
            data = b""
        if not data:
            self.hung_up = True
            asyncio.get_running_loop().remove_reader(self.fd)
        self.got += data
        self._news.set()

    def write(self, data):
        """Send bytes as they are."""
        os.write(self.fd, data)

    async def until(self, condition, within=5.0):
        """Wait until `condition(what has come)`; return what has come and forget it."""
        async with asyncio.timeout(within):
            while not condition(self.got):
                self._news.clear()
                await self._news.wait()
        got, self.got = self.got, b""
        return got

    async def raw(self, line, within=5.0):
        """Send a line, return the bytes of its answer up to the final result."""
        self.write(line.encode() + b"\r")
        return await self.until(VERDICT.search, within)

    async def ask(self, line, within=5.0):
        """Send a line, return the lines of its answer, without echo."""
        got = (await self.raw(line, within)).decode("latin-1")
        return [part for part in re.split(r"[\r\n]+", got) if part and part != line]

    async def hears(self, text, within=5.0):
        """Wait for a text; return all that has come until then."""
        return await self.until(lambda got: text.encode() in got, within)

    async def hears_nothing(self, seconds=0.05):
        """Nothing comes for so long."""
        await asyncio.sleep(seconds)
        assert self.got == b""

    def close(self):
        """Leave the port."""
        if self.fd >= 0:
            asyncio.get_running_loop().remove_reader(self.fd)
            os.close(self.fd)
            self.fd = -1


@pytest.fixture
async def stack():
    async with contextlib.AsyncExitStack() as stack:
        yield stack


@pytest.fixture
def modules(stack):
    """What starts modules: takes what a SimulatedModule takes."""

    async def start(personality="SIM800", **options):
        return await stack.enter_async_context(SimulatedModule(personality, **options))

    return start


@pytest.fixture
def opened(stack):
    """Open a port: `opened(path)`."""

    def open_port(path):
        client = Client(path)
        stack.callback(client.close)
        return client

    return open_port


@pytest.fixture
def talk(modules, opened):
    """What starts a module and opens it with echo off: takes the same, gives the two of them."""

    async def start(personality="SIM800", **options):
        module = await modules(personality, **options)
        client = opened(module.path)
        await client.ask("ATE0")
        return module, client

    return start
