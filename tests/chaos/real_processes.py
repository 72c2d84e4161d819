"""The agent and the simulated bank as processes of their own, as an operator runs them.

Responsible for starting, talking to, measuring and ending them. Must not know what is expected of them.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import random
import signal
import socket
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

if TYPE_CHECKING:
    from collections.abc import Mapping

START_WITHIN = 60.0
END_WITHIN = 60.0
LONGEST_LINE = 16 * 1024 * 1024
_CHANCE = random.SystemRandom()


def boottime() -> float:
    """Return seconds on CLOCK_BOOTTIME."""
    return time.clock_gettime(time.CLOCK_BOOTTIME)


def environment(**more: str) -> dict[str, str]:
    """Return our environment without what the test run itself put there."""
    own = (
        "LD_PRELOAD",
        "UMOCKDEV_DIR",
        "NOTIFY_SOCKET",
        "WATCHDOG_USEC",
        "WATCHDOG_PID",
        "ONLINESIM_API_KEY",
    )
    return {name: value for name, value in os.environ.items() if name not in own} | more


def free_port() -> int:
    """Return a TCP port of this machine that nobody listens on: below those that Linux gives to connections."""
    while True:
        port = _CHANCE.randrange(15_000, 32_000)
        with socket.socket() as one, contextlib.suppress(OSError):
            one.bind(("127.0.0.1", port))
            return port


class SimulatorProcess:
    """`python -m drivers.simulator`; use as a context manager. `links` holds Port1, Port2 and so on."""

    def __init__(self, folder: Path, *arguments: str) -> None:
        self.links = folder / "ports"
        self._arguments = (*arguments, "--links", str(self.links))
        self._log = folder / "simulator.log"

    async def __aenter__(self) -> Self:
        with self._log.open("wb") as log:
            self._process = await asyncio.create_subprocess_exec(
                sys.executable,
                "-m",
                "drivers.simulator",
                *self._arguments,
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                stderr=log,
                env=environment(),
                limit=LONGEST_LINE,
            )
        await self._until("ready")
        return self

    async def __aexit__(self, *_: object) -> None:
        self._process.stdin.close()  # type: ignore[union-attr]
        await _ended(self._process)

    @property
    def pid(self) -> int:
        """Its process id."""
        return self._process.pid

    async def do(self, line: str) -> dict[str, Any]:
        """Give a command and return what it was answered with; a bad command raises ValueError."""
        self._process.stdin.write(line.encode() + b"\n")  # type: ignore[union-attr]
        return await self._until("done")

    async def truth(self) -> dict[str, dict[str, Any]]:
        """Return how things really are."""
        truth: dict[str, dict[str, Any]] = (await self.do("truth"))["truth"]
        return truth

    async def _until(self, wanted: str) -> dict[str, Any]:
        async with asyncio.timeout(START_WITHIN):
            while True:
                line = await self._process.stdout.readline()  # type: ignore[union-attr]
                if not line:
                    raise EOFError(f"the simulator ended: {self._log.read_text()}")
                event: dict[str, Any] = json.loads(line)
                if event["event"] == "error":
                    raise ValueError(event)
                if event["event"] == wanted:
                    return event


@dataclass(frozen=True, slots=True)
class Footprint:
    """What a process holds: descriptors, threads, and bytes of memory."""

    descriptors: int
    threads: int
    memory: int

    def __str__(self) -> str:
        return f"{self.descriptors} descriptors, {self.threads} threads, {self.memory / 1e6:.1f} MB"


class AgentProcess:
    """`python -m agent run` with its own config.yaml, store and log in `folder`."""

    def __init__(self, folder: Path, config: Mapping[str, Any], *, name: str = "agent") -> None:
        self.config_path = folder / f"{name}.yaml"
        self.log_path = folder / f"{name}.log"
        self.write_config(config)
        self._process: asyncio.subprocess.Process | None = None

    def write_config(self, config: Mapping[str, Any]) -> None:
        """Write config.yaml; JSON is YAML."""
        self.config_path.write_text(json.dumps(config, indent=1))

    async def start(self, *, wrapper: tuple[str, ...] = (), **more: str) -> None:
        """Start it; `more` is environment."""
        with self.log_path.open("ab") as log:
            self._process = await asyncio.create_subprocess_exec(
                *wrapper,
                sys.executable,
                "-m",
                "agent",
                "run",
                "--config",
                str(self.config_path),
                stdin=asyncio.subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                env=environment(PYTHONDONTWRITEBYTECODE="1", **more),
            )

    @property
    def pid(self) -> int:
        """Its process id."""
        assert self._process is not None
        return self._process.pid

    @property
    def exit_code(self) -> int | None:
        """How it ended; None while it runs."""
        return None if self._process is None else self._process.returncode

    @property
    def log(self) -> str:
        """Everything it has said."""
        return self.log_path.read_text(errors="replace")

    def signal(self, number: signal.Signals) -> None:
        """Send it a signal."""
        os.kill(self.pid, number)

    async def ended(self, within: float = END_WITHIN) -> int:
        """Wait for its end and return the exit code. Raises TimeoutError."""
        assert self._process is not None
        async with asyncio.timeout(within):
            return await self._process.wait()

    async def stop(self) -> None:
        """End it, by force if need be."""
        if self._process is not None and self._process.returncode is None:
            self._process.terminate()
            await _ended(self._process)

    async def kill(self) -> None:
        """End it without a word, as a power cut does."""
        self.signal(signal.SIGKILL)
        await self.ended()

    def footprint(self) -> Footprint:
        """Return what it holds now."""
        proc = Path(f"/proc/{self.pid}")
        facts = dict(line.split(":", 1) for line in (proc / "status").read_text().splitlines())
        return Footprint(
            descriptors=len(list((proc / "fd").iterdir())),
            threads=int(facts["Threads"]),
            memory=int(facts["VmRSS"].split()[0]) * 1024,
        )


async def _ended(process: asyncio.subprocess.Process) -> None:
    try:
        async with asyncio.timeout(END_WITHIN):
            await process.wait()
    except TimeoutError:
        process.kill()
        await process.wait()
