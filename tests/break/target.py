"""The agent under attack with a bank of 64, in processes of their own, and how it is measured meanwhile."""

from __future__ import annotations

import asyncio
import contextlib
import json
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

import aiohttp
from attack import Attack, Figure
from bounds import Bounds, Timing
from chaos_world import config
from listening_market import ListeningMarket
from real_processes import AgentProcess, SimulatorProcess, boottime, free_port

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

MODULES = 64
TIMING = Timing(poll=1.0, settle=0.5, answer_timeout=1.0, lease=4.0, registration_grace=2.0, heartbeat=240.0)
REPORT_GAP = 1.5
"""Seconds after a report in which the next may have to wait: no removal is measured then."""
READY_WITHIN = 60.0
GIVE_UP = 15.0
"""Seconds; a figure that is not known by then has this value."""


class Target:
    """One agent for one attack; use `async with Target(folder, attack).running() as target`."""

    def __init__(self, folder: Path, attack: Attack) -> None:
        self.folder = folder
        self.modules = MODULES
        self.market = ListeningMarket(modules=MODULES)
        slots = ("--modules", str(MODULES), "--slots", str(MODULES * 2), "--speed", "10")
        self.simulator = SimulatorProcess(folder, *slots, *attack.arguments)
        self.port = free_port()
        self._attack = attack
        self._next = 0

    @contextlib.asynccontextmanager
    async def running(self) -> AsyncIterator[Self]:
        """Bring everything up."""
        await self.market.open()
        try:
            async with self.simulator:
                self.agent = AgentProcess(self.folder, self._config())
                limit = self._attack.descriptors
                await self.agent.start(wrapper=("prlimit", f"--nofile={limit}:{limit}") if limit else ())
                try:
                    await self._whole_bank()
                    yield self
                finally:
                    await self.agent.stop()
        finally:
            await self.market.close()

    def _config(self) -> dict[str, Any]:
        text = config(
            self.folder,
            Bounds(TIMING),
            server=self.market.url,
            ports=self.simulator.links,
            modules=MODULES,
            status=self.port,
        )
        text["log"] = {"personal": "masked"}
        for section, keys in self._attack.settings.items():
            text[section] = {**text.get(section, {}), **keys}
        return text

    async def _whole_bank(self) -> None:
        async with asyncio.timeout(READY_WITHIN):
            while not self.market.arrivals or len(self.market.arrivals[-1].numbers) < MODULES:
                if self.agent.exit_code is not None:
                    raise EOFError(f"the agent ended: {self.agent.log}")
                await asyncio.sleep(0.05)

    @property
    def url(self) -> str:
        """Where its page is."""
        return f"http://127.0.0.1:{self.port}"

    async def removal(self, *, settled: bool = True) -> float:
        """Pull a SIM; return the seconds until an accepted report is without its number.

        What the agent waited for a CPU is not counted: other programs of this machine are not to blame.
        The SIM is put back; with `settled` it has joined again at the end.
        """
        module = f"Port{self._next % MODULES + 1}"
        self._next += 1
        number = dict(self.market.arrivals[-1].claims).get(module)
        if number is None:
            return GIVE_UP
        while boottime() - self.market.arrivals[-1].at < REPORT_GAP:
            await asyncio.sleep(0.05)
        waited, began = self._starved(), boottime()
        await self.simulator.do(f"pull {module}")
        gone = await self._until(lambda: number not in self.market.arrivals[-1].numbers)
        took = self.market.arrivals[-1].at - began if gone else GIVE_UP
        took = max(0.0, took - (self._starved() - waited))
        await self.simulator.do(f"insert {module}")
        if settled:
            await self._until(lambda: number in self.market.arrivals[-1].numbers)
        return took

    async def removals(self, count: int = 3) -> Figure:
        """Measure the slowest of some removals against the half second that is promised."""
        slowest = 0.0
        for _ in range(count):
            slowest = max(slowest, await self.removal())
            if slowest == GIVE_UP:
                break
        return Figure("slowest removal", slowest, 0.5)

    async def _until(self, true: Any) -> bool:
        end = time.monotonic() + GIVE_UP
        while not true():
            if time.monotonic() > end:
                return False
            await asyncio.sleep(0.005)
        return True

    def _starved(self) -> float:
        """Seconds that the agent's main thread has waited for a CPU."""
        return int(Path(f"/proc/{self.agent.pid}/schedstat").read_text().split()[1]) / 1e9

    def cpu(self) -> float:
        """Return the seconds of CPU that the agent has used."""
        fields = Path(f"/proc/{self.agent.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / 100.0

    async def answers_in(self, path: str, **headers: str) -> float:
        """Return how long a request takes until it is answered whole with 200; the newcomer tries again if need be."""
        began = time.monotonic()
        timeout = aiohttp.ClientTimeout(total=GIVE_UP)
        while time.monotonic() - began < GIVE_UP:
            with contextlib.suppress(aiohttp.ClientError, OSError, TimeoutError):
                async with (
                    aiohttp.ClientSession(headers=headers, timeout=timeout) as http,
                    http.get(self.url + path) as answer,
                ):
                    await answer.read()
                    if answer.status == 200:
                        return time.monotonic() - began
            await asyncio.sleep(0.1)
        return GIVE_UP

    async def status(self) -> dict[str, Any]:
        """Return what `/api/v1/status` says."""
        async with aiohttp.ClientSession() as http, http.get(self.url + "/api/v1/status") as answer:
            status: dict[str, Any] = await answer.json()
            return status

    async def page_opens_in(self, **headers: str) -> float:
        """Return how long it takes until the page, its scripts and its first event are there."""
        began = time.monotonic()
        for path in ("/", "/static/page.js", "/static/style.css"):
            await self.answers_in(path, **headers)
        timeout = aiohttp.ClientTimeout(total=GIVE_UP)
        while time.monotonic() - began < GIVE_UP:
            with contextlib.suppress(aiohttp.ClientError, OSError, TimeoutError, ValueError):
                async with (
                    aiohttp.ClientSession(headers=headers, timeout=timeout, read_bufsize=2**20) as http,
                    http.get(self.url + "/api/v1/events") as answer,
                ):
                    async for line in answer.content:
                        if line.startswith(b"data: ") and len(json.loads(line[6:])["modules"]) == MODULES:
                            return time.monotonic() - began
            await asyncio.sleep(0.1)
        return GIVE_UP

    async def asked_to_stop(self) -> float:
        """Return how long the agent takes to end after SIGTERM."""
        began = time.monotonic()
        await self.agent.stop()
        return time.monotonic() - began
