"""First looks of a whole bank, one after the other in one process: `python -m tests.bench.bank_looks`.

Each line on stdin is a glob of ports and how many modules they are; the answer is a line of JSON: how long it took from
the start of the bank, its ports unopened, to the last module's first complete observation, and the turns of the loop.
"""

from __future__ import annotations

import asyncio
import json
import sys
import time

from agent.app.event_loop import new_event_loop
from agent.app.process_limits import boottime, spare_the_collector
from agent.bank.at_log import AtLog
from agent.bank.bank import Bank, PollIntervals
from agent.bank.connection import Connection, connect
from agent.bank.inventory import Inventory
from agent.bank.survey import Uncounted
from agent.config import PortRule
from agent.decision.verdict import Policy
from agent.numbers.lookup import Lookup
from agent.numbers.resolve import NumberBook
from agent.store.store import Store
from drivers.wire import raise_descriptor_limit
from tests.bench.turns import Turns, watch_turns


class Looks:
    """A real bank that looks at its modules once."""

    def __init__(self, ports: str, modules: int) -> None:
        self._missing = modules
        self._all = asyncio.Event()
        self._last = 0.0
        store = Store(None)
        self._bank = Bank(
            roster=Inventory.of((PortRule(path=ports),), {}, None, store=store).places,
            connect=self._connect,
            lookup=Lookup(NumberBook({}, ()), store).find,
            policy=Policy(cap=modules, settle=0.0, lease=1200.0),
            intervals=PollIntervals(poll=600.0, settling=600.0),
            clock=boottime,
            on_decision=lambda _: None,
        )

    async def _connect(self, place, address, news) -> Connection:
        log = AtLog(clock=boottime, wall=time.time, personal=True)
        connection = await connect(
            place, address, news, at_log=log, counts=Uncounted(), clock=boottime, answer_timeout=5.0
        )
        poll = connection.poll

        async def noted(publish):
            seen = await poll(publish)
            if seen.complete:
                self._last = time.monotonic()
                self._missing -= 1
                if self._missing == 0:
                    self._all.set()
            return seen

        connection.poll = noted  # type: ignore[method-assign]  # to look on
        return connection

    async def told(self, turns: Turns) -> dict[str, float]:
        """Look at all; return how long it took, its CPU, and the turns of the loop until then."""
        turns.taken()
        cpu, began = time.process_time(), time.monotonic()
        running = asyncio.create_task(self._bank.run())
        try:
            async with asyncio.timeout(60.0):
                await self._all.wait()
            return {"took": self._last - began, "cpu": time.process_time() - cpu, **turns.taken()}
        finally:
            running.cancel()
            await asyncio.gather(running, return_exceptions=True)


async def looks(turns: Turns) -> None:
    """Answer each line of stdin."""
    raise_descriptor_limit()
    spare_the_collector()
    while line := await asyncio.to_thread(sys.stdin.readline):
        ports, modules = line.split()
        print(json.dumps(await Looks(ports, int(modules)).told(turns)), flush=True)


if __name__ == "__main__":
    with asyncio.Runner(loop_factory=new_event_loop) as runner:
        runner.run(looks(watch_turns()))
