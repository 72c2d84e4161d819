"""How fast the bank knows its modules, and how fast a pulled SIM leaves: ratios measured in one run.

Run it with `make bench`. Two figures stand against their physical limit:

    first look    64 modules at 10 ms a command: from the start of the bank, its ports unopened, to the last module's
                  first complete observation, divided by the time in which the slowest module alone gave its answers
                  (from each command's arrival on its wire to its answer, as the wire's own record has it; an echo is
                  no answer)
    pulled SIM    from the moment a simulated SIM is pulled to the decision without it, with a URC and without; at
                  instants spread over the poll, else one look after the other would find it at once

The ports are real pseudo-terminals, served by the simulator in a process of its own.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import random
import statistics
import sys
import tempfile
import time
from pathlib import Path

from agent.app.wiring import boottime, spare_the_collector
from agent.bank.at_log import AtLog
from agent.bank.bank import Bank, PollIntervals
from agent.bank.connection import Connection, connect
from agent.bank.inventory import Inventory
from agent.bank.survey import Uncounted
from agent.config import PortRule
from agent.decision.verdict import Policy
from agent.numbers.lookup import Lookup
from agent.numbers.resolve import NumberBook
from agent.sandbox.simulated_bank import SimulatedBank
from agent.store.store import Store
from drivers.wire import raise_descriptor_limit


class Bench:
    """A real bank over simulated ports."""

    def __init__(self, simulation: SimulatedBank, *, poll: float, settle: float, lease: float) -> None:
        self.simulation = simulation
        self.decided = asyncio.Event()
        self.observed = asyncio.Event()
        self.complete: dict[str, float] = {}
        rules = (PortRule(path="simulated"),)
        store = Store(None)
        self.bank = Bank(
            roster=Inventory.of(rules, {}, simulation, store=store).places,
            connect=self._connect,
            lookup=Lookup(NumberBook({}, ()), store).find,
            policy=Policy(cap=64, settle=settle, lease=lease),
            intervals=PollIntervals(poll=poll, settling=min(poll, 0.2)),
            clock=boottime,
            on_decision=lambda _: self.decided.set(),
        )
        simulation.on_change = self.bank.ports_changed

    async def _connect(self, place, address, news) -> Connection:
        dialogue = AtLog(clock=boottime, wall=time.time, personal=True)
        connection = await connect(
            place, address, news, at_log=dialogue, counts=Uncounted(), clock=boottime, answer_timeout=5.0
        )
        poll_module = connection.poll

        async def noted(publish):
            seen = await poll_module(publish)
            if seen.complete:
                self.complete.setdefault(place.name, boottime())
                self.observed.set()
            return seen

        connection.poll = noted  # type: ignore[method-assign]
        return connection

    async def until_complete(self, modules: int, within: float = 60.0) -> None:
        """Wait for the first complete observation of so many modules."""
        async with asyncio.timeout(within):
            while len(self.complete) < modules:
                self.observed.clear()
                await self.observed.wait()

    async def until(self, condition, within: float = 30.0) -> float:
        """Wait for a decision that fulfils the condition; return when it was taken."""
        async with asyncio.timeout(within):
            while not condition(self.bank.decision):
                self.decided.clear()
                await self.decided.wait()
        return boottime()


def own_answers(wire_log: Path) -> dict[str, tuple[int, float]]:
    """How many commands each module answered, and for how long it was at it, from the wire's own record."""
    asked: dict[str, tuple[str, float]] = {}
    told: dict[str, tuple[int, float]] = {}
    for line in wire_log.read_text().splitlines():
        entry = json.loads(line)
        module = entry["module"]
        if "in" in entry:
            asked[module] = (entry["in"], entry["t"])
        elif module in asked and entry["out"].strip() != asked[module][0].strip():
            count, took = told.get(module, (0, 0.0))
            told[module] = (count + 1, took + entry["t"] - asked.pop(module)[1])
    return told


async def first_look(modules: int, mix: str) -> dict[str, float]:
    """Measure the first look of a whole bank."""
    with tempfile.TemporaryDirectory() as folder:
        log = Path(folder) / "wire.jsonl"
        simulation = SimulatedBank()
        arguments = ["--modules", str(modules), "--latency", "10ms", "--mix", mix, "--wire-log", str(log)]
        await simulation.start(arguments)
        bench = Bench(simulation, poll=600, settle=0, lease=1200)
        bench.bank.intervals = PollIntervals(poll=600, settling=600)
        began = boottime()
        running = asyncio.create_task(bench.bank.run())
        try:
            await bench.until_complete(modules)
        finally:
            running.cancel()
            await asyncio.gather(running, return_exceptions=True)
            await simulation.stop()
        told = own_answers(log)
    took = max(bench.complete.values()) - began
    commands, longest = max(told.values(), key=lambda one: one[1])
    return {
        "modules": modules,
        "took_s": took,
        "commands": commands,
        "own_answers_s": longest,
        "ratio": took / longest,
    }


async def pulled(
    count: int, poll: float, *, quiet: bool, spread: float, chance: random.Random
) -> dict[str, float]:
    """Measure how long a pulled SIM stays in the live set; `spread` is the longest wait before a pull, in seconds."""
    simulation = SimulatedBank()
    await simulation.start(["--modules", "64", "--latency", "10ms"])
    bench = Bench(simulation, poll=poll, settle=0.5, lease=30)
    running = asyncio.create_task(bench.bank.run())
    times: list[float] = []
    try:
        await bench.until(lambda decision: len(decision.live) == 64)
        for n in range(1, count + 1):
            name = f"Port{n}"
            await asyncio.sleep(chance.uniform(0, spread))
            began = boottime()
            await simulation.command(f"pull {n}{' quiet' if quiet else ''}")
            times.append(await bench.until(lambda decision, name=name: name not in decision.live) - began)
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
        await simulation.stop()
    return {"times": len(times), "median_s": statistics.median(times), "max_s": max(times)}


async def main() -> int:
    """Measure all and print it; exit 1 where a figure misses its mark."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--seed", type=int, default=7, help="of the instants at which SIMs are pulled")
    chosen = parser.parse_args()
    raise_descriptor_limit()
    spare_the_collector()
    poll = 2.0
    same = "EC25"
    cold = await first_look(
        64, same
    )  # patterns and numbering plans are loaded on the way; not counted, but shown
    rounds = [await first_look(64, same) for _ in range(7)]
    one = [await first_look(1, same) for _ in range(5)]
    chance = random.Random(chosen.seed)
    with_urc = await pulled(24, 60.0, quiet=False, spread=0.2, chance=chance)
    without = await pulled(24, poll, quiet=True, spread=poll, chance=chance)
    result = {
        "first_look_64_cold": cold,
        "first_look_64": {"ratio_median": statistics.median(r["ratio"] for r in rounds), "rounds": rounds},
        "first_look_1": {"ratio_median": statistics.median(r["ratio"] for r in one), "rounds": one},
        "pulled_with_urc": with_urc,
        "pulled_without_urc": without | {"poll_s": poll},
    }
    marks = {
        "first look of 64 modules / one module's own answers": (result["first_look_64"]["ratio_median"], 1.3),
        "pulled SIM with URC, slowest / 0.5 s": (with_urc["max_s"] / 0.5, 1.0),
        "pulled SIM without URC, slowest / (poll + 0.5 s)": (without["max_s"] / (poll + 0.5), 1.0),
    }
    if chosen.json:
        print(json.dumps(result, indent=1))
    else:
        for r in (cold, *rounds):
            print(
                f"first look, 64 modules: {r['took_s']:.3f} s; the slowest alone: {r['commands']} commands,"
                f" {r['own_answers_s']:.3f} s; ratio {r['ratio']:.2f}"
            )
        print(f"first look, 1 module:   ratio {result['first_look_1']['ratio_median']:.2f}")
        print(f"pulled with URC:    median {with_urc['median_s']:.3f} s, slowest {with_urc['max_s']:.3f} s")
        print(
            f"pulled without URC: median {without['median_s']:.3f} s, slowest {without['max_s']:.3f} s (poll {poll} s)"
        )
    for what, (figure, mark) in marks.items():
        print(f"{'ok  ' if figure <= mark else 'MISS'} {what}: {figure:.2f} (mark {mark})", file=sys.stderr)
    return int(any(figure > mark for figure, mark in marks.values()))


if __name__ == "__main__":
    sys.exit(asyncio.run(main()))
