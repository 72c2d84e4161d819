"""What the agent costs while nothing happens: in step, and with the phases of the modules spread."""

from __future__ import annotations

import asyncio
import contextlib
import statistics
import time
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from typing import Final

from tests.bench.farm import Farm, farm
from tests.bench.figures import Figure, median
from tests.bench.processes import Agent, Measured, agent, reader

SECOND_POLL: Final = 3.0
"""Seconds: a URC is followed by a poll, and by a second one 1.5 s later."""
FEW_DESCRIPTORS: Final = 4096
"""The hard limit under which 1024 modules have to work."""


@dataclass(frozen=True, slots=True)
class Window:
    """Some seconds of a running agent, with the readers beside it."""

    load: float
    """Of a core, in percent."""
    poll_us: float
    ratio: float
    """The CPU of a poll against the bare reader's for the same lines."""
    against_gsmmodem: float
    turns: dict[str, float]


@dataclass(slots=True)
class Case:
    """A bank of one size at one interval."""

    modules: int
    poll: float
    windows: int
    seconds: float
    spread: Sequence[bool] = (False, True)
    gsmmodem: bool = False


@contextlib.asynccontextmanager
async def beside(case: Case, *, spread: bool) -> AsyncIterator[list[Measured]]:
    """Run the readers on farms of their own."""
    kinds = ["bare", "gsmmodem"] if case.gsmmodem else ["bare"]
    async with contextlib.AsyncExitStack() as stack:
        readers = []
        for kind in kinds:
            modules = await stack.enter_async_context(farm(case.modules))
            over = case.poll if spread else 0.0
            readers.append(await stack.enter_async_context(reader(kind, modules, case.poll, over)))
        yield readers


async def align(modules: Farm, poll: float, *, spread: bool) -> None:
    """Bring the polls of all modules into step, or spread them over the interval."""
    over = poll if spread else 0.0
    await modules.order(f"urc {over * 1e6:.0f}")
    await asyncio.sleep(over + SECOND_POLL)


async def window(running: Agent, readers: list[Measured], case: Case) -> Window:
    """Measure for some seconds."""
    programs = [running, *readers]
    await running.turns()
    began, before = time.monotonic(), [one.cpu for one in programs]
    await asyncio.sleep(case.seconds)
    took, used = time.monotonic() - began, [one.cpu - was for one, was in zip(programs, before, strict=True)]
    polls = case.modules * took / case.poll
    other = used[0] / used[2] if len(used) > 2 else 0.0
    return Window(
        used[0] / took * 100, used[0] / polls * 1e6, used[0] / used[1], other, await running.turns()
    )


@dataclass(slots=True)
class Steady:
    """What was measured of one case."""

    case: Case
    windows: dict[bool, list[Window]]
    memory_mb: float
    descriptors: int
    programs: float

    def load(self, *, spread: bool) -> float:
        """The median load in percent of a core."""
        return statistics.median(each.load for each in self.windows[spread])


async def run(case: Case) -> Steady:
    """Measure one case: all its windows on one agent."""
    windows: dict[bool, list[Window]] = {}
    few = FEW_DESCRIPTORS if case.modules >= 1024 else None
    async with farm(case.modules) as modules, agent(modules, poll=case.poll, descriptors=few) as running:
        for spread in case.spread:
            async with beside(case, spread=spread) as readers:
                await align(modules, case.poll, spread=spread)
                windows[spread] = [await window(running, readers, case) for _ in range(case.windows)]
        programs = sum(each.turns["programs"] for some in windows.values() for each in some)
        return Steady(case, windows, running.memory_mb, running.descriptors, programs)


async def measure(*, quick: bool) -> list[Figure]:
    """Every size, in step and spread."""
    often = Case(64, 1.0, 3 if quick else 5, 8.0, gsmmodem=True)
    cases = [often, Case(64, 10.0, 1 if quick else 3, 20.0)]
    if not quick:
        cases += [Case(8, 1.0, 3, 8.0), Case(256, 10.0, 1, 20.0), Case(512, 10.0, 1, 30.0, (True,))]
        cases.append(Case(1024, 10.0, 1, 30.0))
    found = [await run(case) for case in cases]
    figures = [figure for one in found for figure in of_a_case(one)]
    by_size = {one.case.modules: one for one in found if one.case.poll == 10.0}
    if 1024 in by_size:
        growth = by_size[1024].load(spread=True) / by_size[512].load(spread=True)
        figures.append(Figure("load of 1024 / load of 512", growth, 2.2, "×"))
    return [*figures, *of_the_process(found)]


def of_a_case(found: Steady) -> list[Figure]:
    """The figures of one size."""
    case, figures = found.case, []
    for spread, windows in found.windows.items():
        name = f"{case.modules} modules, poll {case.poll:.0f} s, {'spread' if spread else 'in step'}"
        goal = {(64, 1.0): 5.0}.get((case.modules, case.poll))
        cost = f"{statistics.median(each.poll_us for each in windows):.0f} µs"
        figures.append(
            median(f"CPU of a poll / bare reader: {name}", [e.ratio for e in windows], goal, "×", cost)
        )
        if case.gsmmodem:
            ratios = [each.against_gsmmodem for each in windows]
            figures.append(median(f"CPU of a poll / python-gsmmodem-new: {name}", ratios, None, "×"))
        if case.poll == 10.0:
            loads = {64: 1.5, 1024: 16.0 if spread else None}
            figures.append(median(f"load: {name}", [e.load for e in windows], loads.get(case.modules), "%"))
        figures += late(name, [each.turns for each in windows], 20.0)
    return figures


def late(name: str, turns: Sequence[dict[str, float]], goal: float) -> list[Figure]:
    """How late the loop was at worst, on the wall; beside it, in CPU, what was its own."""
    worst = max(turns, key=lambda one: one["worst_ms"])
    own = max(one["worst_cpu_ms"] for one in turns)
    note = f"longest turn in CPU {own:.1f} ms, p99 {worst['p99_ms']:.1f} ms"
    return [Figure(f"loop late: {name}", worst["worst_ms"], goal, "ms", note=note)]


def of_the_process(found: Sequence[Steady]) -> list[Figure]:
    """Memory, descriptors and programs."""
    figures = []
    for one in found:
        size, goals = one.case.modules, {64: 60.0, 1024: 95.0}
        if one.case.poll == 10.0:
            figures.append(Figure(f"resident memory, {size} modules", one.memory_mb, goals.get(size), "MB"))
    largest = max(found, key=lambda one: one.case.modules)
    size = largest.case.modules
    limit = f"all reported with RLIMIT_NOFILE {FEW_DESCRIPTORS}" if size >= 1024 else ""
    most = 1100 if size >= 1024 else None
    programs = sum(one.programs for one in found)
    return [
        *figures,
        Figure(f"descriptors, {size} modules", largest.descriptors, most, "", note=limit),
        Figure("other programs started meanwhile", programs, 0.0),
    ]
