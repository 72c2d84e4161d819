"""What may happen to a fleet, one story each: done to a world, which judges every list meanwhile.

Times are in leases, so that a story is the same with a scaled lease and with a real one.
"""

from __future__ import annotations

import asyncio
import contextlib
import signal
from collections.abc import AsyncIterator, Awaitable, Callable

from fleet_agents import FleetAgent
from fleet_world import FleetWorld
from real_processes import boottime

Story = Callable[[FleetWorld], Awaitable[None]]
CHANGE_EVERY = 0.7
EXPIRE_ALL = """
local gone = 0
for _, key in ipairs(redis.call("KEYS", "*")) do
    if redis.call("PTTL", key) >= 0 then gone = gone + redis.call("DEL", key) end
end
return gone
"""
"""What a leap of its wall clock does to a Redis, which cannot be run under libfaketime."""
CUTS = {
    "cut": {"refuses": True},
    "frozen both ways": {"frozen_up": True, "frozen_down": True},
    "frozen to the engine": {"frozen_up": True},
    "frozen from the engine": {"frozen_down": True},
}


@contextlib.asynccontextmanager
async def changes(world: FleetWorld) -> AsyncIterator[None]:
    """Swap a SIM of one host after another meanwhile."""

    async def swap() -> None:
        turn = 0
        while True:
            await world.swap(world.hosts[turn % len(world.hosts)])
            turn += 1
            await asyncio.sleep(CHANGE_EVERY)

    task = asyncio.ensure_future(swap())
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def kills(world: FleetWorld) -> None:
    """A member, the leader, and both at once get kill -9; each comes back."""
    for what in ("member", "leader", "both"):
        world.doing = f"kill -9 of {what}"
        leader, member = await world.leader(), await world.member()
        victims = {"member": [member], "leader": [leader], "both": [leader, member]}[what]
        await asyncio.gather(*(victim.kill() for victim in victims))
        await world.whole(without=tuple(victim.host for victim in victims))
        for victim in victims:
            victim.start()
        await world.whole()


async def quick_restart(world: FleetWorld) -> None:
    """A member that gets kill -9 and is back within its lease is dropped at no time."""
    world.doing = "a member is killed and started again at once"
    member = await world.member()
    await member.kill()
    member.start()
    await world.whole()


async def sleeps(world: FleetWorld) -> None:
    """SIGSTOP of a member and of the leader for two leases, while SIMs are swapped."""
    for what in ("member", "leader"):
        world.doing = f"SIGSTOP of the {what} for two leases"
        agent = await (world.leader() if what == "leader" else world.member())
        async with changes(world):
            agent.signal(signal.SIGSTOP)
            await asyncio.sleep(2 * world.lease)
            if agent.runs:
                agent.signal(signal.SIGCONT)
            await asyncio.sleep(1.0)
        await _again(agent)
        await world.whole()


async def engine_restarts(world: FleetWorld) -> None:
    """The engine is killed and comes back empty, within the leader's deadline and after it."""
    for away in (0.15, 2.5):
        world.doing = f"the engine is away for {away:g} leases and comes back empty"
        before = boottime()
        await world.redis.kill()
        await asyncio.sleep(away * world.lease)
        await world.redis.start()
        await world.whole()
        if away < 0.5:
            world.no_gap(before, world.lease + 5.0)


async def engine_keeps(world: FleetWorld) -> None:
    """The engine is killed and comes back with all its data."""
    world.doing = "the engine is killed and comes back with its data"
    await world.redis.kill()
    await asyncio.sleep(0.5 * world.lease)
    await world.redis.start()
    await world.whole()


async def engine_troubles(world: FleetWorld) -> None:
    """FLUSHALL under load, scripts flushed, DEBUG SLEEP, a replica, no memory, another password."""
    world.doing = "FLUSHALL while SIMs are swapped"
    async with changes(world):
        for _ in range(3):
            await world.redis.ask("FLUSHALL")
            await asyncio.sleep(0.4 * world.lease)
    await world.whole()
    world.doing = "SCRIPT FLUSH"
    await world.redis.ask("SCRIPT", "FLUSH")
    await world.whole()
    for away in (0.5, 1.5):
        world.doing = f"DEBUG SLEEP for {away:g} leases"
        await world.redis.ask("DEBUG", "SLEEP", f"{away * world.lease:g}")
        await world.whole()
    world.doing = "the engine is a replica, and takes no writes"
    await world.redis.ask("REPLICAOF", "127.0.0.1", "1")
    await asyncio.sleep(2 * world.lease)
    await world.redis.ask("REPLICAOF", "NO", "ONE")
    await world.whole()
    world.doing = "the engine has no memory left"
    await world.redis.ask("CONFIG", "SET", "maxmemory", "1")
    await asyncio.sleep(2 * world.lease)
    await world.redis.ask("CONFIG", "SET", "maxmemory", "0")
    await world.whole()


async def engine_clock(world: FleetWorld) -> None:
    """The engine's clock leaps ahead while SIMs are swapped: all that had a time to live is gone at once."""
    world.doing = "the clock of the engine leaps a day ahead"
    before = boottime()
    async with changes(world):
        for _ in range(5):
            assert int((await world.redis.ask("EVAL", EXPIRE_ALL, "0")).removeprefix(":")) > 0
            await asyncio.sleep(0.4 * world.lease)
    await world.whole()
    world.no_gap(before, world.lease)


async def wrong_password(world: FleetWorld) -> None:
    """The engine wants a password that nobody has, for two leases."""
    world.doing = "the engine wants another password"
    await world.redis.ask("CONFIG", "SET", "requirepass", "another")
    for way in world.ways.values():
        way.set(refuses=True)  # who is connected stays so: all have to come again
        way.set()
    await asyncio.sleep(2 * world.lease)
    await world.redis.ask("CONFIG", "SET", "requirepass", "", password="another")
    await world.whole()


async def member_cuts(world: FleetWorld) -> None:
    """The way of a member to the engine, cut or frozen in each direction."""
    for name, trouble in CUTS.items():
        await _cut(world, await world.member(), f"the way of a member is {name}", trouble)


async def leader_cuts(world: FleetWorld) -> None:
    """The same of the leader."""
    for name, trouble in CUTS.items():
        await _cut(world, await world.leader(), f"the way of the leader is {name}", trouble)


async def _cut(world: FleetWorld, agent: FleetAgent, doing: str, trouble: dict[str, bool]) -> None:
    world.doing = doing
    way = world.ways[agent.host]
    way.set(**trouble)
    await world.whole(without=(agent.host,))
    way.set()
    await world.whole()


async def bad_ways(world: FleetWorld) -> None:
    """A slow way for all, and one on which three connections in ten are reset."""
    world.doing = "half a second to the engine and back"
    for way in world.ways.values():
        way.set(delay=min(0.25, world.lease / 24))
    async with changes(world):
        await asyncio.sleep(3 * world.lease)
    await world.whole()
    world.doing = "three connections in ten are reset"
    for way in world.ways.values():
        way.set(resets=0.3)
    async with changes(world):
        await asyncio.sleep(4 * world.lease)
    for way in world.ways.values():
        way.set()
    await world.whole()


async def onlinesim_lost(world: FleetWorld) -> None:
    """The leader alone cannot reach Onlinesim; then Onlinesim refuses the leader's address."""
    world.doing = "the leader cannot reach Onlinesim"
    leader = await world.leader()
    world.market.cut_off.add(leader.host)
    await _another_leader(world, leader, world.handover_within)
    await world.whole()
    world.market.cut_off.clear()
    world.doing = "Onlinesim refuses the address of the leader"
    leader = await world.leader()
    world.market.refused.add(leader.host)
    await _another_leader(world, leader, 3 * world.lease + 5)
    await world.whole()
    world.market.refused.clear()


async def stops(world: FleetWorld) -> None:
    """Orderly stops: a member, the leader, and an update of one after another."""
    world.doing = "a member is stopped in order"
    member = await world.member()
    assert await member.stop() == 0
    await world.whole(without=(member.host,))
    member.start()
    await world.whole()
    world.doing = "the leader is stopped in order"
    leader = await world.leader()
    before = boottime()
    assert await leader.stop() == 0
    await _another_leader(world, leader, world.lease / 2)
    await world.whole(without=(leader.host,))
    world.no_gap(before, world.lease + 5.0)
    leader.start()
    await world.whole()
    world.doing = "all are updated, one after another"
    for agent in [*world.agents.values()]:
        assert await agent.stop() == 0
        agent.start()
        await world.whole()


async def one_name(world: FleetWorld) -> None:
    """Another agent with the name of a host reports nothing and says so; the first one stays."""
    world.doing = "two hosts with one name"
    original = world.hosts[0]
    copy = world.agent(world.hosts[-1], world.url, store="copy", name=original)
    last = world.agents[world.hosts[-1]]
    await last.stop()
    copy.start()
    try:
        await world.whole(without=(last.host,))
        await asyncio.sleep(2 * world.lease)
        await world.whole(without=(last.host,))
        assert "another agent calls itself" in copy.log.lower(), copy.log
    finally:
        await copy.kill()
    last.start()
    await world.whole()


async def other_key(world: FleetWorld) -> None:
    """A host with another key takes no part, and says so."""
    world.doing = "a host with another key"
    host = world.hosts[-1]
    agent = world.agents[host]
    await agent.stop()
    right = agent.config["onlinesim"]
    agent.config["onlinesim"] = {**right, "api_key": "another-key"}
    agent.start()
    await asyncio.sleep(2 * world.lease + 3)
    await world.whole(without=(host,))
    assert (await world.status(host))["fleet"]["state"] == "refused"
    await agent.stop()
    agent.config["onlinesim"] = right
    agent.start()
    await world.whole()


async def doubts(world: FleetWorld) -> None:
    """One SIM in modules of two hosts is in neither's part; both hosts and both tiles name the other one."""
    world.doing = "two hosts show the same SIM"
    first, second = world.hosts[:2]
    mine, other = world.ports(first)[0], world.ports(second)[0]
    await world.whole()
    truth = world.truth_of(f"{second}/Port{other}")
    assert truth is not None
    world.judge.excused |= {truth, world.truth_of(f"{first}/Port{mine}") or truth}
    await world.order(f"same-sim {mine} {other}")

    async def look() -> None:
        statuses = {host: await world.status(host) for host in (first, second)}
        tiles = {
            host: {row["name"]: row["doubt"] for row in status["modules"] if row["doubt"]}
            for host, status in statuses.items()
        }
        named[0] = {
            host: {name: doubt["where"] for name, doubt in tile.items()} for host, tile in tiles.items()
        }

    named: list[dict[str, dict[str, str]]] = [{}]
    wanted = {
        first: {f"Port{mine}": f"{second}/Port{other}"},
        second: {f"Port{other}": f"{first}/Port{mine}"},
    }
    await world.until_async(look, lambda: named[0] == wanted, "a doubt on both pages", 60.0)
    world.judge.excused.clear()
    world.judge.doubtful.add(truth)
    await world.whole()
    await asyncio.sleep(3.0)  # a hundred rounds of nobody changing his mind
    await world.whole()
    world.doing = "the SIM is in one host again"
    world.judge.doubtful.clear()
    world.judge.excused.add(truth)
    await world.swap(first, mine)
    await world.whole()
    world.judge.excused.clear()


async def _another_leader(world: FleetWorld, leader: FleetAgent, within: float) -> None:
    await world.until(
        lambda: world.watch.leader(boottime()) not in {leader.host, None}, "another leader", within
    )


async def _again(agent: FleetAgent) -> None:
    """Start an agent that the kernel has ended, as systemd would."""
    if not agent.runs:
        agent.start()
