"""Attacks on the account and on time: a second agent, a hanging request, a process that stands still, dead lookups."""

from __future__ import annotations

import asyncio
import itertools
import json
import os
import signal
import time
from typing import TYPE_CHECKING, Any

from attack import Attack, Figure
from listening_market import KEY
from real_processes import AgentProcess, boottime, free_port
from target import GIVE_UP, MODULES, READY_WITHIN, TIMING

from agent.sandbox.server import Fault

if TYPE_CHECKING:
    from collections.abc import Callable

    from listening_market import Arrival
    from target import Target

HEARTBEAT = 4.0
WATCHED = 15.0
"""Seconds for which an agent that must say nothing is listened to."""
HUNG_LOOKUPS = 4
SHIM = """
import itertools, socket, time
asking, calls = socket.getaddrinfo, itertools.count()
def getaddrinfo(host, *rest, **more):
    if host == "localhost" and next(calls) < {hung}:
        time.sleep(3600)  # a lookup that hangs
    return asking(host, *rest, **more)
socket.getaddrinfo = getaddrinfo
"""


def _second(target: Target, **onlinesim: Any) -> AgentProcess:
    """Return an agent on the same ports with a store and a page of its own."""
    text = json.loads(target.agent.config_path.read_text())
    text["onlinesim"] |= onlinesim
    text["store"] = str(target.folder / "second.db")
    text["status"]["listen"] = f"127.0.0.1:{free_port()}"
    return AgentProcess(target.folder, text, name="second")


async def _until(true: Callable[[], Any], within: float = GIVE_UP) -> float:
    """Return how long it took until it was true, at most `within`."""
    began = time.monotonic()
    while not true() and time.monotonic() - began < within:
        await asyncio.sleep(0.01)
    return min(time.monotonic() - began, within)


def _lost(target: Target, since: int) -> int:
    """Return how many lists since then lacked a number of the whole bank."""
    return sum(len(one.numbers) < MODULES for one in itertools.islice(target.market.arrivals, since, None))


async def second_agent(target: Target) -> list[Figure]:
    """The same server and key: it ends with 75, and the list of the first stays."""
    since, second = len(target.market.arrivals), _second(target)
    await second.start()
    code = await second.ended()
    return [
        Figure("ends otherwise than with 75", code != 75, 0, "times"),
        Figure("lists that lost a number", _lost(target, since), 0, "lists"),
        await target.removals(2),
    ]


async def ports_held(target: Target) -> list[Figure]:
    """Another account, all of whose ports the first agent holds: it has asked nobody, and says nothing."""
    since, second = len(target.market.arrivals), _second(target, api_key="the-key-of-another-account")
    await second.start()
    try:
        told = await _until(lambda: "Nothing is reported" in second.log, READY_WITHIN)
        await asyncio.sleep(WATCHED)
        foreign = [one for one in target.market.arrivals if one.authorization != f"Bearer {KEY}"]
        said = second.log.count("Nothing is reported")
    finally:
        await second.stop()
    return [
        Figure("said after", told, READY_WITHIN - 1.0),
        Figure("said too often", abs(said - 1), 0, "times"),
        Figure("lists of the second", len(foreign), 0, "lists"),
        Figure("lists that lost a number", _lost(target, since), 0, "lists"),
    ]


async def hanging_request(target: Target) -> list[Figure]:
    """A heartbeat hangs, and a SIM leaves: the removal is there 3 s after the heartbeat began, and 17 s later again."""
    number = dict(target.market.arrivals[-1].claims)["Port5"]
    count = target.market.count
    target.market.faults.append(Fault.slow(60.0))
    await _until(lambda: target.market.count > count, 3 * HEARTBEAT)
    hung = target.market.arrivals[-1]
    await target.simulator.do("pull Port5")

    def removed() -> list[Arrival]:
        return [one for one in target.market.arrivals if one.at > hung.at and number not in one.numbers]

    await _until(removed)
    first = removed()[0].at - hung.at if removed() else GIVE_UP
    await _until(lambda: any(one.at - hung.at >= 19.5 for one in removed()), 25.0)
    again = min((abs(one.at - hung.at - 20.0) for one in removed()), default=GIVE_UP)
    late = sum(number in one.numbers for one in target.market.arrivals if one.at > hung.at)
    return [
        Figure("removal behind a request that hangs", first, 3.5),
        Figure("the list again, off 20 s by", again, HEARTBEAT / 2),
        Figure("lists with the number since", late, 0, "lists"),
    ]


async def stands_still(target: Target) -> list[Figure]:
    """SIGSTOP for two leases, and a SIM leaves without a word: no old list on waking, and nobody else is lost."""
    claims = dict(target.market.arrivals[-1].claims)
    number, others = claims["Port7"], set(claims.values()) - {claims["Port7"]}
    target.agent.signal(signal.SIGSTOP)
    await target.simulator.do("pull Port7 quiet")
    await asyncio.sleep(2 * TIMING.lease)
    woken = boottime()
    target.agent.signal(signal.SIGCONT)

    def since() -> list[Arrival]:
        return [one for one in target.market.arrivals if one.at > woken]

    took = await _until(since)
    await asyncio.sleep(3 * TIMING.lease)
    stale = sum(number in one.numbers for one in since())
    lost = max((len(others - one.numbers) for one in since()), default=MODULES)
    return [
        Figure("first list after waking", took, TIMING.answer_timeout + 1.0),
        Figure("lists with a SIM that left", stale, 0, "lists"),
        Figure("others that were lost", lost, 0, "numbers"),
    ]


async def dead_resolver(target: Target) -> list[Figure]:
    """Four lookups that never return, then a resolver that is well: far less than a window is lost."""
    await target.agent.stop()
    shim = target.folder / "shim"
    shim.mkdir()
    (shim / "sitecustomize.py").write_text(SHIM.format(hung=HUNG_LOOKUPS))
    path = os.pathsep.join(filter(None, (str(shim), os.environ.get("PYTHONPATH", ""))))
    second = _second(target, server=target.market.url.replace("127.0.0.1", "localhost"))
    count = target.market.count
    await second.start(PYTHONPATH=path)
    try:
        await _until(lambda: "cannot be looked up" in second.log, READY_WITHIN)
        took = await _until(lambda: target.market.count > count, 200.0)
    finally:
        await second.stop()
    return [Figure("reports again after", took, 100.0)]


QUICK = {"onlinesim": {"heartbeat": HEARTBEAT}}
ATTACKS = (
    Attack(name="second_agent", waits=True, run=second_agent, settings=QUICK),
    Attack(name="ports_held", waits=True, run=ports_held, settings=QUICK),
    Attack(name="hanging_request", waits=True, run=hanging_request, settings=QUICK),
    Attack(name="stands_still", waits=True, run=stands_still),
    Attack(name="dead_resolver", waits=True, run=dead_resolver),
)
