"""From the start of the process to the first full report, settle 0."""

from __future__ import annotations

from tests.bench.farm import farm
from tests.bench.figures import Figure, median
from tests.bench.processes import agent


async def above(modules: int) -> float:
    """Start an agent; return the seconds above the slowest module's own answers."""
    async with farm(modules) as bank, agent(bank) as running:
        own = (await bank.slowest()).seconds
        return running.account.reported_at - running.began - own


async def measure(*, quick: bool) -> list[Figure]:
    """64 modules, and 1024."""
    figures = [
        median(
            "start to first full report of 64, above the modules' own time",
            [await above(64) for _ in range(3 if quick else 5)],
            1.5,
            "s",
        )
    ]
    if not quick:
        figures.append(median("the same of 1024", [await above(1024) for _ in range(3)], None, "s"))
    return figures
