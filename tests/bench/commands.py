"""CPU of commands that programs call often."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys

from tests.bench.farm import farm
from tests.bench.figures import Figure, median
from tests.bench.processes import agent


def cpu_ms(*arguments: str) -> float:
    """Run a command of the agent, whose modules are compiled as those of a package are; return its CPU."""
    process = subprocess.Popen(
        [sys.executable, "-m", "agent", *arguments],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        env={name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"},
    )
    _, status, used = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode != 0:
        raise RuntimeError(f"{arguments} ended with {process.returncode}")
    return (used.ru_utime + used.ru_stime) * 1000


async def measure(*, quick: bool) -> list[Figure]:
    """`--version`, and `status --json` of a bank of 64."""
    times = 3 if quick else 5
    async with farm(64) as bank, agent(bank) as running:
        await asyncio.sleep(3.0)
        version = [await asyncio.to_thread(cpu_ms, "--version") for _ in range(times + 1)][1:]
        status = [
            await asyncio.to_thread(cpu_ms, "status", "--json", "--config", str(running.config))
            for _ in range(times + 1)
        ][1:]
    return [
        median("CPU of `--version`", version, 80.0, "ms"),
        median("CPU of `status --json`, 64 modules", status, 250.0, "ms"),
    ]
