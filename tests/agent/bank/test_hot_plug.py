"""Unplugged and plugged in again, hundreds of times: the real bank, watchers, links and pseudo-terminals."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import os
import threading
import tracemalloc
from pathlib import Path

import pytest
from fake_modules import until

from agent.bank import connection, watcher
from agent.bank.at_log import AtLog
from agent.bank.bank import Bank, PollIntervals
from agent.bank.place import Place
from agent.decision.verdict import Policy, Reason
from agent.numbers.resolve import Number, Resolution, Source
from drivers.link import link, resync
from drivers.simulator import SimulatedBank
from drivers.simulator.wirelog import boottime

ROOT = Path(__file__).parents[3]
MODULES = 8
CYCLES = int(os.environ.get("SIMBANK_REPLUGS", "240"))
"""`make soak` has a thousand."""
WARM_UP = 120
"""Cycles until caches are full."""
GROWTH = 64 * 1024
"""Bytes that our code may come to hold in the remaining cycles."""


class Counts:
    """What is counted on the way; nobody asks."""

    def answered(self, took):
        pass

    def timed_out(self):
        pass

    def unsolicited(self):
        pass


class PluggedBank:
    """The agent's bank over a simulated one that can be unplugged, module by module."""

    def __init__(self, simulated):
        self.simulated = simulated
        self.dialogues = {
            module.name: AtLog(clock=boottime, wall=boottime, personal=False) for module in simulated.modules
        }
        self._stir = asyncio.Event()
        self.agents = Bank(
            roster=self._roster,
            connect=self._connect,
            lookup=lambda iccid, imsi, said: Resolution(
                number=Number(f"+4670{iccid[-9:]}", 46, Source.CONFIG, rent=False),
                rejected=None,
                disabled=False,
            ),
            policy=Policy(cap=MODULES, settle=0.0, lease=30.0),
            intervals=PollIntervals(poll=0.02, settling=0.005),
            clock=boottime,
            on_decision=lambda decision: self._stir.set(),
        )

    async def _roster(self):
        return [
            Place(
                key=module.name,
                name=module.name,
                order=order,
                ports=tuple(port.path for port in module.ports if port.terminal is not None),
            )
            for order, module in enumerate(self.simulated.modules)
        ]

    async def _connect(self, place, address, news):
        return await connection.connect(
            place,
            address,
            news,
            at_log=self.dialogues[place.name],
            counts=Counts(),
            clock=boottime,
            answer_timeout=0.5,
        )

    def reason(self, module):
        verdict = self.agents.decision.verdicts.get(module.name)
        return verdict.reason if verdict is not None else None

    async def until(self, module, *reasons):
        async with asyncio.timeout(60):
            while self.reason(module) not in reasons:
                self._stir.clear()
                await self._stir.wait()

    async def replug(self, module):
        """Unplug, be seen as gone, plug in under another path, be asked again and found good."""
        before = module.path
        module.unplug()
        self.agents.ports_changed()
        await self.until(module, Reason.UNPLUGGED)
        module.replug()
        assert module.path != before
        self.agents.ports_changed()
        await self.until(module, Reason.LIVE, Reason.SETTLING)
        await self.until(module, Reason.LIVE)


def held():
    """Descriptors, threads and tasks of this process."""
    gc.collect()
    return len(list(Path("/proc/self/fd").iterdir())), threading.active_count(), len(asyncio.all_tasks())


def ours():
    """Bytes that agent and drivers hold: what the interpreter and the tests before us cache does not count."""
    gc.collect()
    traces = tracemalloc.take_snapshot().filter_traces(
        [tracemalloc.Filter(True, f"{ROOT}/agent/*"), tracemalloc.Filter(True, f"{ROOT}/drivers/*")]
    )
    return sum(trace.size for trace in traces.traces)


def connections():
    """Everything that lives as long as one open port."""
    gc.collect()
    return sum(isinstance(thing, connection.Connection | link.Link) for thing in gc.get_objects())


@pytest.mark.timeout(600)
async def test_many_replugs_leave_no_descriptor_task_thread_or_memory(monkeypatch):
    monkeypatch.setattr(watcher, "RETRY_OPEN", 0.005)
    monkeypatch.setattr(resync, "QUIET", 0.01)
    monkeypatch.setattr(resync, "WAIT", 0.05)
    of_others = connections()  # a test that failed keeps what it had
    async with SimulatedBank(
        modules=MODULES, slots=MODULES, latency=0.0, mix=("SIM800", "EC25", "E1550", "Q2406"), speed=10_000
    ) as simulated:
        plugged = PluggedBank(simulated)
        at_work = asyncio.create_task(plugged.agents.run())
        await asyncio.gather(*(plugged.until(module, Reason.LIVE) for module in simulated.modules))
        quiet = held()

        async def cycles(count):
            async def of(module):
                for _ in range(count // MODULES):
                    await plugged.replug(module)

            await asyncio.gather(*map(of, simulated.modules))

        tracemalloc.start()
        await cycles(WARM_UP)
        begun = ours()
        await cycles(CYCLES - WARM_UP)
        grown = ours() - begun
        tracemalloc.stop()

        assert [module.truth()["plugged"] for module in simulated.modules] == [True] * MODULES
        assert connections() - of_others == 2 * MODULES
        # A look at the ports has a descriptor and a thread for a moment; what leaks stays for ever.
        await until(lambda: all(now <= then for now, then in zip(held(), quiet, strict=True)), within=30)
        assert grown < GROWTH
        at_work.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await at_work
