"""The farm of modules (farm.c), compiled and started: pseudo-terminals that a process of its own serves."""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import subprocess
import tempfile
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

SOURCE: Final = Path(__file__).with_name("farm.c")
ANSWER: Final = 0.010
"""Seconds that a module takes for one command, by itself or in a chain."""
CARDS: Final = 4096
"""From one card of a module to its next, in the farm's numbering."""


@dataclass(frozen=True, slots=True)
class Work:
    """What one module did: lines and commands that it answered, seconds at it, and when it was done."""

    lines: int
    commands: int
    seconds: float
    done_at: float


class Farm:
    """A running farm; times are those of `time.monotonic`."""

    def __init__(self, folder: Path, modules: int, process: asyncio.subprocess.Process) -> None:
        self.folder = folder
        self.modules = modules
        self._process = process
        self._cards = [0] * modules
        self._turn = asyncio.Lock()

    @property
    def every_port(self) -> str:
        """A glob for all its ports."""
        return f"{self.folder}/m*"

    async def order(self, text: str) -> float:
        """Give an order (farm.c has the list); returns when it was carried out."""
        return int(await self._said(text)) / 1e9

    async def work(self) -> list[Work]:
        """What each module did since `reset`."""
        return [
            Work(int(lines), int(commands), int(spent) / 1e9, int(last) / 1e9)
            for lines, commands, spent, last in (
                each.split(",") for each in (await self._said("stats")).split()
            )
        ]

    async def slowest(self) -> Work:
        """The module that was at work for longest."""
        return max(await self.work(), key=lambda one: one.seconds)

    async def insert(self, module: int) -> None:
        """Put another card into a module, which is counted from 1."""
        await self.order(f"insert {module}")
        self._cards[module - 1] += 1

    @property
    def numbers(self) -> set[str]:
        """The numbers of all cards that are in it."""
        return {self.number(module) for module in range(1, self.modules + 1)}

    def number(self, module: int) -> str:
        """The number of the card that is in a module."""
        return f"+4670{module + CARDS * self._cards[module - 1]:07}"

    async def _said(self, text: str) -> str:
        stdin, stdout = self._process.stdin, self._process.stdout
        if stdin is None or stdout is None:
            raise EOFError("the farm has no pipes")
        async with self._turn:
            stdin.write(text.encode() + b"\n")
            return (await stdout.readline()).decode()


@contextlib.asynccontextmanager
async def farm(modules: int, *, answer: float = ANSWER, bridge: float = 0.0) -> AsyncIterator[Farm]:
    """Run a farm; `answer` seconds for each command, and `bridge` seconds more for each line."""
    with tempfile.TemporaryDirectory(prefix="farm") as folder:
        process = await asyncio.create_subprocess_exec(
            _program(),
            str(modules),
            folder,
            f"{answer * 1e6:.0f}",
            f"{bridge * 1e6:.0f}",
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            limit=1 << 20,
        )
        try:
            if process.stdout is None or not await process.stdout.readline():
                raise EOFError("the farm did not start")
            yield Farm(Path(folder), modules, process)
        finally:
            process.terminate()
            await process.wait()


def _program() -> Path:
    """The compiled farm, made anew when its source is another one."""
    text = SOURCE.read_bytes()
    program = Path(tempfile.gettempdir()) / f"simbank-farm-{hashlib.sha256(text).hexdigest()[:16]}"
    if not program.exists():
        made = program.with_suffix(".new")
        subprocess.run(["cc", "-O2", "-o", str(made), str(SOURCE)], check=True)
        made.rename(program)
    return program
