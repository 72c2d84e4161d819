"""Programs under measurement: their CPU, memory and descriptors, read from outside."""

from __future__ import annotations

import asyncio
import contextlib
import json
import resource
import sys
import tempfile
import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any, Final

from tests.bench.account import Account
from tests.bench.farm import Farm
from tests.bench.turns import turns_of
from tests.chaos.real_processes import free_port

FIRST_REPORT_WITHIN: Final = 90.0
POLL_LINES: Final = "AT+CPIN?;+QCCID;+CIMI;+CREG?,AT+CSQ"
"""What the agent asks a registered EC25 in each poll: the readers ask the same."""


class Measured:
    """A running program."""

    def __init__(self, pid: int) -> None:
        self.pid = pid

    @property
    def cpu(self) -> float:
        """Seconds of CPU that it has used, all threads together."""
        return time.clock_gettime((~self.pid << 3) | 2)  # CPUCLOCK_SCHED of a process: clock_getcpuclockid(3)

    @property
    def memory_mb(self) -> float:
        """Its resident memory."""
        for line in Path(f"/proc/{self.pid}/status").read_text().splitlines():
            if line.startswith("VmRSS:"):
                return int(line.split()[1]) / 1024
        return 0.0

    @property
    def descriptors(self) -> int:
        """How many it has open."""
        return sum(1 for _ in Path(f"/proc/{self.pid}/fd").iterdir())


class Agent(Measured):
    """The agent with its loop watched, reporting to an account of the bench."""

    def __init__(self, pid: int, folder: Path, account: Account, page: int, began: float) -> None:
        super().__init__(pid)
        self.account = account
        self.began = began
        self.page = page
        self.config = folder / "config.yaml"
        self._socket = folder / "turns"

    async def turns(self) -> dict[str, float]:
        """How long the turns of its loop were since the last call."""
        return await turns_of(self._socket)


@contextlib.asynccontextmanager
async def agent(
    farm: Farm, *, poll: float = 10.0, descriptors: int | None = None, complete: bool = True
) -> AsyncIterator[Agent]:
    """Run the agent on a farm until the block ends; with `complete` it begins when the whole bank is reported."""
    async with Account() as account:
        with tempfile.TemporaryDirectory(prefix="bench") as name:
            folder = Path(name)
            page = free_port()
            (folder / "config.yaml").write_text(json.dumps(_config(farm, account, poll, page)))
            began = time.monotonic()
            with (folder / "log").open("wb") as log:
                process = await asyncio.create_subprocess_exec(
                    sys.executable,
                    "-m",
                    "tests.bench.watched_agent",
                    str(folder / "turns"),
                    "run",
                    "--config",
                    str(folder / "config.yaml"),
                    stdout=log,
                    stderr=log,
                    preexec_fn=_limiter(descriptors),
                )
            try:
                if complete:
                    numbers = farm.numbers
                    await account.until(lambda said: said >= numbers, FIRST_REPORT_WITHIN)
                yield Agent(process.pid, folder, account, page, began)
            except TimeoutError:
                sys.stderr.write((folder / "log").read_text()[-4000:])
                raise
            finally:
                process.terminate()
                await process.wait()


@contextlib.asynccontextmanager
async def reader(kind: str, farm: Farm, period: float, spread: float) -> AsyncIterator[Measured]:
    """Run one of readers.py on a farm until the block ends."""
    ports = [str(farm.folder / f"m{one:04}") for one in range(1, farm.modules + 1)]
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-W", "ignore", "-m", "tests.bench.readers", kind, str(period), str(spread), POLL_LINES, *ports
    )  # fmt: skip
    try:
        yield Measured(process.pid)
    finally:
        process.terminate()
        await process.wait()


def _limiter(descriptors: int | None) -> Any:
    if descriptors is None:
        return None
    return lambda: resource.setrlimit(resource.RLIMIT_NOFILE, (min(1024, descriptors), descriptors))


def _config(farm: Farm, account: Account, poll: float, page: int) -> dict[str, Any]:
    return {
        "version": 1,
        "onlinesim": {"server": account.url, "api_key": "of-the-bench"},
        "bank": {"modules": farm.modules, "settle": 0, "poll": poll, "lease": 3 * poll + 10},
        "ports": [{"path": farm.every_port}],
        "status": {"listen": f"127.0.0.1:{page}"},
        "store": "simbank.db",
    }
