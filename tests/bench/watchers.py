"""What watchers of the page get, and what they cost."""

from __future__ import annotations

import asyncio
import statistics
from dataclasses import dataclass
from typing import Final

import aiohttp

from tests.bench.farm import farm
from tests.bench.figures import Figure, median
from tests.bench.processes import Agent, agent
from tests.bench.steady import align, late

MANY: Final = 64
SECONDS: Final = 20.0
SETTLED: Final = 3.0
"""Seconds after which a watcher has what comes once."""


@dataclass(slots=True)
class Seen:
    """What one watcher got in so many seconds, after its first ones."""

    let_in: bool = False
    events: int = 0
    octets: int = 0


async def watch(session: aiohttp.ClientSession, page: int) -> Seen:
    """Watch, and count."""
    seen, counting = Seen(), False

    async def count() -> None:
        async with session.get(f"http://127.0.0.1:{page}/api/v1/events") as stream:
            seen.let_in = stream.status == 200
            async for line in stream.content:
                if counting:
                    seen.octets += len(line)
                    seen.events += line.startswith(b"data:")

    counter = asyncio.create_task(count())
    await asyncio.sleep(SETTLED)
    counting = True
    await asyncio.wait({counter}, timeout=SECONDS)
    counter.cancel()
    await asyncio.gather(counter, return_exceptions=True)
    return seen


async def watched_by(count: int, running: Agent) -> list[Seen]:
    """Let so many watch at once."""
    unlimited = aiohttp.TCPConnector(limit=0)
    async with aiohttp.ClientSession(connector=unlimited, read_bufsize=1 << 22) as session:
        return list(await asyncio.gather(*(watch(session, running.page) for _ in range(count))))


async def measure(*, quick: bool) -> list[Figure]:
    """One watcher alone, then many, of 512 modules whose phases are spread."""
    modules = 64 if quick else 512
    async with farm(modules) as bank, agent(bank) as running:
        await align(bank, 10.0, spread=True)
        (alone,) = await watched_by(1, running)
        await running.turns()
        many = await watched_by(MANY, running)
        turns = await running.turns()
    least = min(one.events for one in many) / max(1, alone.events)
    rates = [one.octets / SECONDS / 1000 for one in many if one.let_in]
    alike = f"one alone {alone.events / SECONDS:.1f} a second"
    return [
        Figure(f"watchers of {modules} let in, of {MANY}", sum(one.let_in for one in many), MANY, least=True),
        Figure("events of each / of one alone", least, 0.9, "×", note=alike, least=True),
        median("octets for a watcher in steady state", rates or [0.0], 2.0, "kB/s"),
        Figure("octets for one alone", alone.octets / SECONDS / 1000, 2.0, "kB/s"),
        *late(f"{modules} tiles with {MANY} watchers", [turns], 20.0),
        Figure("events of a watcher", statistics.median(one.events for one in many) / SECONDS, None, "/s"),
    ]
