"""A fleet on one machine: simulated banks, agents, the engine, the ways to it, Onlinesim, and the judge of all lists.

Responsible for bringing it up, for looking at the truth all the time, and for collecting violations. Must not know what
a scenario does to it.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from itertools import pairwise
from pathlib import Path
from typing import Any, Self

import aiohttp
from engine_watch import EngineWatch
from fleet_agents import FleetAgent
from fleet_judge import FleetJudge
from fleet_market import KEY, FleetMarket
from real_processes import SimulatorProcess, boottime
from redis_server import RedisServer
from reference_model import held_number
from starvation import starved_lately
from tcp_proxy import TcpProxy

LOOK_EVERY = 0.1
JUDGE_AFTER = 0.4
"""Seconds after a list in which what the engine took before it has been heard."""
SLACK = 0.3
PATIENCE, SLOW_START = 10.0, 60.0
"""Leases and seconds for a list to be whole again: that it is at all is judged, how soon only with real times."""
SLOTS_PER_MODULE = 100
BANK = {"settle": 0.4, "poll": 0.6, "answer_timeout": 3.0, "lease": 10.0, "registration_grace": 1.0}
TRUTH_WITHIN = 5.0
"""Seconds for poll, settle and the way to the leader."""
SCALED = {"REQUEST": 2.0, "LEAST_REQUEST": 0.3, "LONGEST": 6.0, "ABSTAIN": 12.0, "CLEAR_AFTER": 2.0}


def grown() -> float:
    """Return what a bound grows by on this machine now."""
    return SLACK + starved_lately(5.0, 3)  # a host, the leader, and ourselves


class FleetWorld:
    """Use as `async with FleetWorld(folder).running() as world`."""

    def __init__(
        self,
        folder: Path,
        *,
        hosts: int = 3,
        modules: int = 2,
        lease: float = 3.0,
        heartbeat: float = 1.0,
        times: Mapping[str, float] = SCALED,
        redis_options: tuple[str, ...] = (),
        keeps: bool = False,
        **onlinesim: Any,
    ) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.folder, self.lease, self.times = folder, lease, times
        self.hosts = tuple(f"bank-{number}" for number in range(1, hosts + 1))
        self.modules = modules
        self.violations: list[str] = []
        self.doing = "start"
        self.redis = RedisServer(folder, *redis_options, keeps=keeps)
        self.market = FleetMarket(modules=hosts * modules)
        count = hosts * modules
        self.simulator = SimulatorProcess(
            folder,
            *("--modules", str(count), "--slots", str(count * SLOTS_PER_MODULE), "--speed", "10"),
            *("--mix", "EC25,SIM7600"),
        )
        self.agents: dict[str, FleetAgent] = {}
        self.ways: dict[str, TcpProxy] = {}
        self.watch = EngineWatch(self.redis.port)
        self.judge = FleetJudge(
            watch=self.watch,
            lease=lease,
            modules={host: tuple(f"Port{n}" for n in self.ports(host)) for host in self.hosts},
            truth_within=TRUTH_WITHIN,
            grown=grown,
        )
        self.url, self.key = "", KEY
        self.seen_cards: dict[str, set[str]] = {}
        """ICCID, IMSI and IMEI of each module, of all times."""
        self.handover_within = 10.0
        """Seconds from the leader's loss of Onlinesim to its successor."""
        self._onlinesim = {"heartbeat": heartbeat, "api_key": KEY, **onlinesim}
        self._asking = asyncio.Lock()
        self._next_slot = count
        self._judged = 0
        self._truth: dict[str, str | None] = {}

    def ports(self, host: str) -> range:
        """Return the numbers of a host's modules."""
        first = self.hosts.index(host) * self.modules + 1
        return range(first, first + self.modules)

    @contextlib.asynccontextmanager
    async def running(self) -> AsyncIterator[Self]:
        """Bring everything up; a list with all hosts has arrived when the block begins."""
        async with contextlib.AsyncExitStack() as ends:
            await self.start_engine(ends)
            await ends.enter_async_context(self.simulator)
            self.url = await self.market.serve()
            ends.push_async_callback(self.market.close)
            for host in self.hosts:
                self.agents[host] = self.agent(host, self.url)
            ends.push_async_callback(self._end_agents)
            looking = asyncio.ensure_future(self._look())
            ends.callback(looking.cancel)
            for agent in self.agents.values():
                agent.start()
            await self.whole()
            yield self
            self.doing = "the end"
            await asyncio.sleep(JUDGE_AFTER + 2 * LOOK_EVERY)
            if looking.done():
                looking.result()
            self._judge_until(boottime())
            assert self._judged == len(self.market.lists) > 0

    async def start_engine(self, ends: contextlib.AsyncExitStack) -> None:
        """Start the engine and the way of each host to it."""
        await ends.enter_async_context(self.redis)
        for host in self.hosts:
            self.ways[host] = await ends.enter_async_context(TcpProxy(self.redis.port, seed=host))
        self.follow(self.watch, ends)

    def follow(self, watch: EngineWatch, ends: contextlib.AsyncExitStack) -> None:
        """Note what an engine takes until the end."""
        following = asyncio.ensure_future(watch.run())
        following.add_done_callback(self._no_longer_followed)
        ends.callback(following.cancel)

    def _no_longer_followed(self, following: asyncio.Future[None]) -> None:
        if not following.cancelled():
            self.violations.append(f"{self.doing}: the engine is not watched: {following.exception()!r}")

    def agent(self, host: str, url: str, *, store: str = "", name: str = "", **fleet: Any) -> FleetAgent:
        """Make the agent with the modules of a host, which is not started yet; `name`: another than the host's."""
        where = {"redis": self.engine_url(host), "host": name or host, "lease": "15s", **fleet}
        folder = self.folder / (store or host)
        folder.mkdir(exist_ok=True)
        config = {
            "onlinesim": {"server": url, **self._onlinesim},
            "bank": {"modules": self.modules, **BANK},
            "ports": [
                {"path": f"{self.simulator.links}/Port{n}", "name": f"Port{n}"} for n in self.ports(host)
            ],
            "store": str(folder / "store.db"),
            "log": {"personal": "full"},
            "fleet": where,
        }
        return FleetAgent(folder, config, lease=self.lease, times=self.times)

    def engine_url(self, host: str) -> str:
        """Return the engine as one host reaches it."""
        return f"redis://127.0.0.1:{self.ways[host].port}"

    async def whole(self, *, without: tuple[str, ...] = (), within: float | None = None) -> float:
        """Wait for a list with exactly the numbers of all hosts but some; return how long it took."""
        began = boottime()
        limit = within or PATIENCE * self.lease + SLOW_START
        while not self._is_whole(began, without):
            if boottime() - began > limit + 2 * grown():
                raise AssertionError(
                    f"{self.doing}: no whole list within {limit:.1f} s\n{await self._story(without)}"
                )
            await asyncio.sleep(LOOK_EVERY / 2)
        return boottime() - began

    async def _story(self, without: tuple[str, ...]) -> str:
        """Tell what a person needs who asks why the list is not whole."""
        last = self.market.lists[-1] if self.market.lists else None
        differ = self._wanted(without) ^ (last.claims if last else frozenset())
        told = [f"the last list is of {last and last.host}, {boottime() - last.at if last else 0:.1f} s ago"]
        told += [
            f"it differs from the truth in {sorted(differ)}",
            *self.violations,
            str(self.watch.records[-1:]),
        ]
        for host, agent in self.agents.items():
            told.append(f"--- {host}\n{agent.log[-1500:]}")
            with contextlib.suppress(aiohttp.ClientError, TimeoutError):
                status = await self.status(host)
                told.append(
                    str({name: status["fleet"][name] for name in ("state", "leading", "leader", "doubts")})
                )
                told += [
                    str((row["name"], row["number"], row["reason"], row["text"])) for row in status["modules"]
                ]
            told.append(str(self.watch.sets[host][-1:]))
        return "\n".join(told)

    def _is_whole(self, since: float, without: tuple[str, ...]) -> bool:
        last = self.market.lists[-1] if self.market.lists else None
        if last is None or last.at < since or not last.accepted:
            return False
        wanted = self._wanted(without)
        return bool(wanted or without) and last.claims == wanted

    def _wanted(self, without: tuple[str, ...]) -> frozenset[tuple[str, str]]:
        return frozenset(
            (port, number)
            for port, number in self._truth.items()
            if number is not None
            and port.partition("/")[0] not in without
            and number not in self.judge.doubtful
        )

    async def leader(self) -> FleetAgent:
        """Return the agent whom the engine's record names."""
        async with asyncio.timeout(PATIENCE * self.lease + SLOW_START):
            while True:
                name = self.watch.leader(boottime())
                if name is not None and self.agents[name].runs:
                    return self.agents[name]
                await asyncio.sleep(LOOK_EVERY / 2)

    async def member(self) -> FleetAgent:
        """Return an agent that does not lead."""
        leader = await self.leader()
        return next(agent for agent in self.agents.values() if agent is not leader)

    async def swap(self, host: str, module: int = 0) -> None:
        """Put another SIM into a module of a host; into one after the other where none is named."""
        module = module or self.ports(host)[self._next_slot % self.modules]
        self._next_slot += 1
        await self.order(f"swap {module} {self._next_slot}")

    async def order(self, line: str) -> None:
        """Have something done to the banks."""
        async with self._asking:
            await self.simulator.do(line)

    def truth_of(self, module: str) -> str | None:
        """Return the number that HOST/MODULE holds now."""
        return self._truth.get(module)

    async def status(self, host: str) -> dict[str, Any]:
        """Return the body of a host's /api/v1/status."""
        url = f"http://127.0.0.1:{self.agents[host].page}/api/v1/status"
        async with aiohttp.ClientSession() as session, session.get(url) as answer:
            body: dict[str, Any] = await answer.json()
            return body

    async def until(self, condition: Callable[[], bool], what: str, within: float) -> float:
        """Wait for a condition and return how long it took."""
        began = boottime()
        while not condition():
            if boottime() - began > within + 2 * grown():
                raise AssertionError(f"{self.doing}: not {what} within {within:.1f} s\n{self.violations}")
            await asyncio.sleep(LOOK_EVERY / 2)
        return boottime() - began

    def no_gap(self, since: float, most: float) -> None:
        """Hold the silence since then against a bound; with scaled times a busy machine alone may cost a lead."""
        gap = self.longest_gap(since)
        if not self.times and gap > most:
            self.violations.append(f"{self.doing}: no list for {gap:.1f} s, {most:.1f} s allowed")

    async def until_async(
        self, look: Callable[[], Awaitable[None]], condition: Callable[[], bool], what: str, within: float
    ) -> None:
        """Look until a condition holds."""
        began = boottime()
        while not condition():
            await look()
            if boottime() - began > within + 2 * grown():
                raise AssertionError(f"{self.doing}: not {what} within {within:.1f} s")
            await asyncio.sleep(LOOK_EVERY)

    def longest_gap(self, since: float) -> float:
        """Return the longest time between two accepted lists since then, that to now included."""
        times = [given.at for given in self.market.lists if given.accepted]
        before = max((at for at in times if at <= since), default=since)
        points = [before, *(at for at in times if at > since), boottime()]
        return max(later - earlier for earlier, later in pairwise(points))

    async def _look(self) -> None:
        while True:
            asked_at = boottime()
            async with self._asking:  # it answers one at a time
                truth = await self.simulator.truth()
            self._truth = {
                f"{host}/Port{n}": held_number(truth[f"Port{n}"])
                for host in self.hosts
                for n in self.ports(host)
            }
            self.judge.saw(self._truth, asked_at)
            for module, facts in truth.items():
                personal = (facts.get(name) for name in ("iccid", "imsi", "imei"))
                self.seen_cards.setdefault(module, set()).update(filter(None, personal))
            self._judge_until(boottime() - JUDGE_AFTER)
            await asyncio.sleep(LOOK_EVERY)

    def _judge_until(self, at: float) -> None:
        while self._judged < len(self.market.lists) and self.market.lists[self._judged].at <= at:
            given = self.market.lists[self._judged]
            self._judged += 1
            self.violations += [f"{self.doing}: {words}" for words in self.judge.judged(given)]

    async def _end_agents(self) -> None:
        await asyncio.gather(*(agent.kill() for agent in self.agents.values()))
