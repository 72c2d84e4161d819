"""`make bench-fleet`: a thousand hosts and one Redis. Figures, and exit code 1 where one is over its bound.

    HOSTS=1000 CHANGES=7 python tests/fleet/bench_fleet.py

The leader is a whole agent with two simulated modules of its own; the other hosts are light ones in one process.
"""

from __future__ import annotations

import asyncio
import json
import os
import resource
import sys
import tempfile
import time
from itertools import pairwise
from pathlib import Path
from statistics import median
from typing import cast

import aiohttp
from aiohttp import web
from fleet_market import KEY
from fleet_world import BANK
from real_processes import AgentProcess, SimulatorProcess, environment, free_port
from redis_server import RedisServer

from agent.onlinesim.client import OnlinesimClient

NUMBERS = 64
LEASE = 30.0
REST = 30.0
"""Seconds over which CPU at rest is counted."""
MOST_MS, MOST_ENGINE, MOST_MB = 250.0, 0.05, 120.0
GAP_RATE = 250_000.0
"""Bytes a second that lists may take (docs/design.md §13)."""
TICK = os.sysconf("SC_CLK_TCK")


class Lists:
    """Onlinesim, of which only the arrival of lists matters. Times are those of `time.monotonic`."""

    def __init__(self) -> None:
        self.arrived: list[tuple[float, int, int]] = []
        """When, with how many numbers, and of how many bytes."""
        self._last = b""
        self._news = asyncio.Condition()

    async def take(self, request: web.Request) -> web.Response:
        """Note a list at the moment that all of it is here."""
        body = await request.read()
        if request.path.endswith("sendNumbersOnline"):
            async with self._news:
                self.arrived.append((time.monotonic(), body.count(b'"port_id"'), len(body)))
                self._last = body
                self._news.notify_all()
        return web.json_response({"response": 1})

    async def until(self, wanted: int, within: float, has: bytes = b"", lacks: bytes = b"") -> float:
        """Wait for a list with so many numbers, with one and without another, and return when it came."""

        def is_it() -> bool:
            if not self.arrived:
                return False
            return self.arrived[-1][1] == wanted and has in self._last and not (lacks and lacks in self._last)

        async with asyncio.timeout(within), self._news:
            await self._news.wait_for(is_it)
            return self.arrived[-1][0]


async def main() -> int:
    """Measure and print; return the exit code."""
    hosts, changes = int(os.environ.get("HOSTS", "1000")), int(os.environ.get("CHANGES", "7"))
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(hard, max(soft, 4 * hosts + 500)), hard))
    with tempfile.TemporaryDirectory(prefix="simbank-bench-") as place:
        folder = Path(place)
        lists = Lists()
        app = web.Application(client_max_size=1 << 26)
        app.router.add_post("/api/resellers/{request}", lists.take)
        runner = web.AppRunner(app, access_log=None)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        url = "http://{}:{}".format(*runner.addresses[0])
        options = ("--maxclients", str(4 * hosts + 100))
        arguments = ("--modules", "2", "--slots", "20", "--speed", "10")
        async with RedisServer(folder, *options) as redis, SimulatorProcess(folder, *arguments) as bank:
            leader = AgentProcess(folder, _config(folder, bank, url, redis.port))
            await leader.start()
            light = await _light_hosts(redis.port, hosts, sealed_account(url))
            try:
                return await _measure(lists, leader, redis, light, hosts, changes)
            finally:
                light.kill()
                await leader.kill()
                await runner.cleanup()


def sealed_account(url: str) -> str:
    """Return the hash of server and key that hosts compare."""
    client = OnlinesimClient(cast("aiohttp.ClientSession", None), url, KEY)
    return client.seal(client.account)


def _config(folder: Path, bank: SimulatorProcess, url: str, port: int) -> dict[str, object]:
    return {
        "onlinesim": {"server": url, "api_key": KEY},
        "bank": {"modules": 2, **BANK},
        "ports": [{"path": f"{bank.links}/Port{n}", "name": f"Port{n}"} for n in (1, 2)],
        "status": {"listen": f"127.0.0.1:{free_port()}"},
        "store": str(folder / "store.db"),
        "fleet": {"redis": f"redis://127.0.0.1:{port}", "host": "leader"},
    }


async def _light_hosts(port: int, hosts: int, key: str) -> asyncio.subprocess.Process:
    program = str(Path(__file__).parent / "light_hosts.py")
    light = await asyncio.create_subprocess_exec(
        sys.executable, program, str(port), str(hosts), str(NUMBERS), str(LEASE), key,
        stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE,
        env=environment(PYTHONPATH=os.environ.get("PYTHONPATH", str(Path.cwd()))),
    )  # fmt: skip
    await _answer(light)
    return light


async def _answer(light: asyncio.subprocess.Process) -> dict[str, float]:
    line = await light.stdout.readline()  # type: ignore[union-attr]
    if not line:
        raise AssertionError("the light hosts have ended")
    answer: dict[str, float] = json.loads(line)
    return answer


async def _do(light: asyncio.subprocess.Process, command: str) -> dict[str, float]:
    light.stdin.write(command.encode() + b"\n")  # type: ignore[union-attr]
    return await _answer(light)


async def _measure(
    lists: Lists,
    leader: AgentProcess,
    redis: RedisServer,
    light: asyncio.subprocess.Process,
    hosts: int,
    changes: int,
) -> int:
    whole = hosts * NUMBERS + 2
    began = time.monotonic()
    first = await lists.until(whole, 240.0)
    size = lists.arrived[-1][2]
    gap = _gap_after(size)
    print(f"{hosts} hosts, {whole} numbers, a list of {size / 1e6:.1f} MB, a gap of {gap:.0f} s")
    print(f"first whole list        {first - began:7.1f} s after all have joined")
    await asyncio.sleep(gap + 2)
    before = {name: _cpu(pid) for name, pid in _both(redis, leader)}
    await asyncio.sleep(REST)
    rest = {name: (_cpu(pid) - before[name]) / REST for name, pid in _both(redis, leader)}
    print(f"at rest                 engine {rest['engine']:.1%} of a core, leader {rest['leader']:.1%}")
    waits = []
    for turn in range(changes):
        changed = await _do(light, f"change {turn * 37 % hosts}")
        number = str(changed["number"]).encode()
        at = await lists.until(whole - 1, gap + 60, lacks=b'"' + number + b'"')
        waits.append((at - changed["at"]) * 1000)
        await asyncio.sleep(gap + 0.5)
        await _do(light, f"change {turn * 37 % hosts}")
        await lists.until(whole, gap + 60)
        await asyncio.sleep(gap + 0.5)
    print(f"change -> whole list    median {median(waits):.0f} ms, {min(waits):.0f} to {max(waits):.0f} ms")
    kept = await _burst(lists, light, whole - hosts, gap)
    memory = _memory(leader.pid)
    print(f"memory                  leader {memory:.0f} MB, engine {_memory(redis.pid):.0f} MB")
    good = {
        f"change -> list at most {MOST_MS:.0f} ms": median(waits) <= MOST_MS,
        f"engine at rest at most {MOST_ENGINE:.0%}": rest["engine"] <= MOST_ENGINE,
        f"leader at most {MOST_MB:.0f} MB": memory <= MOST_MB,
        "one list per gap": kept,
    }
    for what, is_so in good.items():
        print(f"{'good' if is_so else 'MISSED':8}{what}")
    return 0 if all(good.values()) else 1


def _gap_after(size: int) -> float:
    return max(1.0, size / GAP_RATE)


async def _burst(lists: Lists, light: asyncio.subprocess.Process, whole: int, gap: float) -> bool:
    """Have every host change at once; return whether the lists that this makes kept their distance."""
    since = len(lists.arrived)
    done = await _do(light, "all")
    at = await lists.until(whole, 4 * gap + 60)
    await asyncio.sleep(gap + 1)
    made = lists.arrived[since:]
    print(
        f"all change at once      {len(made)} lists, whole {at - done['at']:.1f} s after the first change;"
        f" telling took {done['took']:.1f} s"
    )
    return all(later - at >= 0.99 * _gap_after(size) for (at, _, size), (later, _, _) in pairwise(made))


def _both(redis: RedisServer, leader: AgentProcess) -> tuple[tuple[str, int], tuple[str, int]]:
    return ("engine", redis.pid), ("leader", leader.pid)


def _cpu(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICK


def _memory(pid: int) -> float:
    status = Path(f"/proc/{pid}/status").read_text()
    return int(status.partition("VmHWM:")[2].split()[0]) / 1024


if __name__ == "__main__":
    sys.exit(asyncio.run(main()))
