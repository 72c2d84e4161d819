"""`make soak`: trouble for as long as you like, and a summary of what it showed.

Responsible for running rounds until the time is over, for one line a minute on the way, and for the summary: faults,
reports, violations, and what the agent held at the start and at the end. Exit code 1 with any violation.

    SOAK=60 python tests/chaos/soak.py        minutes; SIMBANK_CHAOS_SEEDS names the seed of a run to repeat

With VISITORS=yes the hostile visitors of `make break` come to the page meanwhile, one kind after another.
"""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import multiprocessing
import os
import sys
import tempfile
import time
from collections.abc import AsyncIterator
from pathlib import Path

from chaos_world import ChaosWorld
from visitors import VISITS, crowd

MODULES = 12
WARM_UP = 3
"""Rounds after which the agent has imported and allocated what it needs."""
MEMORY_GROWTH = 1.25
VISITORS_MEMORY = 40_000_000
"""Bytes that hostile visitors may cost (tests/break/meanwhile.py)."""
VISIT = 40.0
"""Seconds for which one kind of visitor comes."""


async def soak(minutes: float, seed: str, folder: Path) -> int:
    """Run, print, and return the exit code."""
    world = ChaosWorld(folder, modules=MODULES, seed=seed)
    print(f"{minutes:g} minutes, {MODULES} modules, seed {seed}, files in {folder}", flush=True)
    end, told = time.monotonic() + minutes * 60, 0.0
    async with world.running(), _visited(world.page_port):
        while time.monotonic() < end or world.tally.rounds < WARM_UP + 1:
            known = len(world.violations)
            await world.round()
            print(*world.violations[known:], sep="\n", end="\n" * (len(world.violations) > known), flush=True)
            if time.monotonic() - told >= 60:
                told = time.monotonic()
                print(f"{(end - told) / 60:5.1f} min left, {_line(world)}", flush=True)
    return _summary(world)


@contextlib.asynccontextmanager
async def _visited(port: int) -> AsyncIterator[None]:
    """Have hostile visitors at the page, where the environment wants them."""
    visits = asyncio.ensure_future(_visits(port)) if os.environ.get("VISITORS") else None
    try:
        yield
    finally:
        if visits is not None:
            visits.cancel()
            await asyncio.gather(visits, return_exceptions=True)


async def _visits(port: int) -> None:
    processes = multiprocessing.get_context("spawn")
    for name in itertools.cycle(VISITS):
        print(f"visitors: {name}", flush=True)
        visitors = processes.Process(target=crowd, args=(port, name), daemon=True)
        visitors.start()
        try:
            await asyncio.sleep(VISIT)
        finally:
            visitors.kill()
            visitors.join()


def _line(world: ChaosWorld) -> str:
    tally = world.tally
    return f"{tally.rounds} rounds, {len(world.violations)} violations, {tally.footprints[-1]}"


def _summary(world: ChaosWorld) -> int:
    tally, prints = world.tally, world.tally.footprints
    start, last = prints[WARM_UP - 1], prints[-1]
    allowed = start.memory * MEMORY_GROWTH + (VISITORS_MEMORY if os.environ.get("VISITORS") else 0)
    grown = last.memory > allowed or last.descriptors > start.descriptors + 5
    print(f"rounds      {tally.rounds}: {tally.rounds * MODULES} sequences of module faults")
    print(f"faults      {tally.module_faults} at modules, {sum(tally.server_faults.values())} at the server")
    print(
        f"            {', '.join(f'{count} {name}' for name, count in tally.server_faults.most_common() if count)}"
    )
    state = world.market.state()
    print(f"reports     {world.market.count} received, {state.reports} accepted, {state.blocks} blocks")
    slowest = sorted(tally.recoveries)[-3:]
    print(
        f"recovery    {len(tally.recoveries)} times, the slowest {', '.join(f'{one:.1f} s' for one in slowest)}"
    )
    print(f"at start    {start}")
    print(f"at the end  {last}{', GROWN' if grown else ''}")
    print(f"violations  {len(world.violations)}")
    for violation in world.violations[:50]:
        print(f"    {violation}")
    return 1 if world.violations or grown else 0


def main() -> int:
    """Read the environment and run."""
    minutes = float(os.environ.get("SOAK") or 60)
    seed = os.environ.get("SIMBANK_CHAOS_SEEDS") or str(int(time.time()))
    folder = Path(tempfile.mkdtemp(prefix="simbank-soak-"))
    return asyncio.run(soak(minutes, seed, folder))


if __name__ == "__main__":
    sys.exit(main())
