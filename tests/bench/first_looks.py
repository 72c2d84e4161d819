"""How fast a bank knows its modules, against what one module needs for its own answers."""

from __future__ import annotations

import asyncio
import contextlib
import json
import statistics
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass

from tests.bench.farm import Farm, Work, farm
from tests.bench.figures import Figure, median

BRIDGE = 0.016
"""Seconds: what FTDI's latency timer may add to each answer."""


@dataclass(frozen=True, slots=True)
class Look:
    """One first look of a bank, and what its slowest module did."""

    took: float
    cpu: float
    worst_turn: float
    worst_turn_cpu: float
    slowest: Work

    @property
    def ratio(self) -> float:
        """Against the slowest module's own answers."""
        return self.took / self.slowest.seconds

    @property
    def above(self) -> float:
        """Seconds above the slowest module's own answers."""
        return self.took - self.slowest.seconds


Looking = Callable[[Farm, int], Awaitable[Look]]


@contextlib.asynccontextmanager
async def looking() -> AsyncIterator[Looking]:
    """Run bank_looks.py; the first look of each size loads what all later ones have, and should not count."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "tests.bench.bank_looks",
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
    )

    async def look(modules_of: Farm, modules: int) -> Look:
        if process.stdin is None or process.stdout is None:
            raise EOFError("bank_looks has no pipes")
        await modules_of.order("reset")
        ports = modules_of.every_port if modules > 1 else str(modules_of.folder / "m0001")
        process.stdin.write(f"{ports} {modules}\n".encode())
        told = json.loads(await process.stdout.readline())
        work = await modules_of.slowest()
        return Look(told["took"], told["cpu"], told["worst_ms"], told["worst_cpu_ms"], work)

    try:
        yield look
    finally:
        process.terminate()
        await process.wait()


async def measure(*, quick: bool) -> list[Figure]:
    """Banks of 64 and of one module by turns, then 64 behind slow bridges, then 1024."""
    rounds = 3 if quick else 5
    async with looking() as look:
        async with farm(64) as modules:
            await look(modules, 64)
            one, many = [], []
            for _ in range(rounds):
                one.append(await look(modules, 1))
                many.append(await look(modules, 64))
        async with farm(64, bridge=BRIDGE) as modules:
            bridged = [await look(modules, 64) for _ in range(rounds)]
        alone = statistics.median(each.took for each in one)
        figures = [
            Figure("lines for introduction and first look", many[0].slowest.lines, 7, "lines"),
            Figure(
                "first look of 64 / one module's own answers, best",
                min(each.ratio for each in many),
                1.10,
                "×",
                tuple(each.ratio for each in many),
                f"own answers {many[0].slowest.seconds * 1000:.0f} ms: {many[0].slowest.commands} commands",
            ),
            median("the same, median", [each.ratio for each in many], 1.25, "×"),
            median(
                "first look of 64 / a bank of one module", [each.took / alone for each in many], None, "×"
            ),
            median("first look of one module / its own answers", [each.ratio for each in one], None, "×"),
            median(
                "first look of 64 behind 16 ms of bridge / own answers",
                [each.ratio for each in bridged],
                None,
                "×",
                f"took {statistics.median(each.took for each in bridged) * 1000:.0f} ms",
            ),
        ]
        if quick:
            return figures
        async with farm(1024) as modules:
            large = [await look(modules, 1024) for _ in range(4)][1:]
    return [
        *figures,
        median(
            "first look of 1024, above one module's own answers", [each.above for each in large], 1.5, "s"
        ),
        median(
            "CPU of a first look of 1024, for each module", [each.cpu / 1.024 for each in large], None, "ms"
        ),
        *late("first look of 1024", large, 60.0),
    ]


def late(what: str, looks: list[Look], goal: float) -> list[Figure]:
    """How late the loop was."""
    return [
        median(f"loop late, {what}: longest turn", [each.worst_turn for each in looks], goal, "ms"),
        median(f"loop late, {what}: its CPU", [each.worst_turn_cpu for each in looks], None, "ms"),
    ]
