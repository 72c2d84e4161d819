"""A fleet whose engine is one of three servers, which three Sentinels watch.

All reach the master through one proxy, so that a host may be left alone with a master that nobody else reaches.
"""

from __future__ import annotations

import contextlib
from itertools import pairwise
from pathlib import Path
from typing import Any

from engine_watch import EngineWatch
from fleet_agents import FleetAgent
from fleet_world import FleetWorld
from redis_server import RedisServer, Sentinel
from tcp_proxy import TcpProxy

GROUP = "bank"


class SentinelWorld(FleetWorld):
    """`redis` is the first master; `servers` are all three."""

    def __init__(self, folder: Path, **kind: Any) -> None:
        super().__init__(folder, **kind)
        self.gate = TcpProxy(self.redis.port)
        self.servers = [self.redis]
        self.sentinels: list[Sentinel] = []
        self.watches: dict[int, EngineWatch] = {self.redis.port: self.watch}
        self.judge.one_engine = False

    async def start_engine(self, ends: contextlib.AsyncExitStack) -> None:
        """Start the servers and their Sentinels."""
        await ends.enter_async_context(self.redis)
        await ends.enter_async_context(self.gate)
        # A server says under which address it is to be reached.
        await self._announce(self.redis, self.gate.port)
        self.follow(self.watch, ends)
        for number in (1, 2):
            replica = RedisServer(
                self.folder, "--replicaof", f"127.0.0.1 {self.gate.port}", name=f"replica-{number}"
            )
            await ends.enter_async_context(replica)
            self.servers.append(replica)
            watch = self.watches[replica.port] = EngineWatch(replica.port)
            self.follow(watch, ends)
        for server in self.servers[1:]:
            await self._linked(server)
        for number in (1, 2, 3):
            sentinel = Sentinel(self.folder, self.gate.port, name=f"sentinel-{number}")
            await ends.enter_async_context(sentinel)
            self.sentinels.append(sentinel)
        await self._sentinels_know_each_other()

    def agent(self, host: str, url: str, *, store: str = "", name: str = "", **fleet: Any) -> FleetAgent:
        """Make the agent of a host, which needs one replica's confirmation."""
        return super().agent(host, url, store=store, name=name, **{"acks": 1, **fleet})

    def engine_url(self, host: str) -> str:
        """Return the Sentinels."""
        del host
        return f"redis+sentinel://{','.join(f'127.0.0.1:{one.port}' for one in self.sentinels)}/{GROUP}"

    async def new_master(self, within: float = 30.0) -> RedisServer:
        """Wait until one of the replicas is the master, and judge by what it takes from then on."""
        found: list[RedisServer] = []

        async def look() -> None:
            roles = {server: await server.ask("ROLE") for server in self.servers[1:]}
            found.extend(server for server, role in roles.items() if role.startswith("master"))

        await self.until_async(look, lambda: bool(found), "a new master", within)
        self.watch = self.judge.watch = self.watches[found[0].port]
        return found[0]

    async def _linked(self, server: RedisServer) -> None:
        async def look() -> None:
            lines.append("master_link_status:up" in await server.ask("INFO", "replication"))

        lines: list[bool] = [False]
        await self.until_async(look, lambda: lines[-1], "a linked replica", 20.0)

    async def _sentinels_know_each_other(self) -> None:
        async def look() -> None:
            told = [await one.ask("SENTINEL", "MASTER", GROUP) for one in self.sentinels]
            wanted = [f"num-{others} 2 " for others in ("other-sentinels", "slaves")]
            known.append(all(words in text for text in told for words in wanted))

        known: list[bool] = [False]
        await self.until_async(look, lambda: known[-1], "Sentinels that know each other", 30.0)

    async def _announce(self, server: RedisServer, port: int) -> None:
        await server.ask("CONFIG", "SET", "replica-announce-ip", "127.0.0.1")
        await server.ask("CONFIG", "SET", "replica-announce-port", str(port))


async def master_killed(world: SentinelWorld) -> None:
    """The master gets kill -9: a replica takes its place, and the list goes on."""
    world.doing = "the master is killed"
    await world.redis.kill()
    world.gate.set(refuses=True)
    await world.new_master()
    await world.whole()


async def minority(world: SentinelWorld) -> None:
    """The leader and the master are cut off from all others: never two speakers."""
    world.doing = "the leader is alone with the old master"
    leader = await world.leader()
    since = len(world.market.lists)
    world.gate.set(only=leader.host.encode())
    await world.new_master()
    await world.until(
        lambda: any(given.host != leader.host for given in world.market.lists[since:]),
        "another speaker",
        90.0,
    )
    senders = [given.host for given in world.market.lists[since:]]
    first_other = next(index for index, host in enumerate(senders) if host != leader.host)
    assert leader.host not in senders[first_other:], senders
    world.doing = "the partition is over"
    world.gate.set()
    await world.whole()
    senders = [given.host for given in world.market.lists[since:]][first_other:]
    switches = sum(one != other for one, other in pairwise(senders))
    assert switches == 0, senders
