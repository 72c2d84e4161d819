"""One host's agent as a process: started, signalled and ended.

Responsible for its configuration and its life. Must not know what is expected of it.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import signal
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from forked_agent import become, forked
from real_processes import environment, free_port
from scaled_agent import prepared

from agent.__main__ import main

EVERY = 0.02


class FleetAgent:
    """`simbank-agent run` of one host, forked from a process that has it imported."""

    def __init__(
        self,
        folder: Path,
        config: Mapping[str, Any],
        *,
        lease: float,
        times: Mapping[str, float],
        before: Callable[[], None] | None = None,
    ) -> None:
        self.host = str(config["fleet"]["host"])
        self.page = free_port()
        self.config = {**config, "status": {"listen": f"127.0.0.1:{self.page}"}}
        self._folder = folder / self.host
        self._folder.mkdir(exist_ok=True)
        self._lease, self._times = lease, times
        self.before = before
        self._process: Any = None

    def start(self) -> None:
        """Start it."""
        path = self._folder / "config.yaml"
        path.write_text(json.dumps(self.config, indent=1))
        log = str(self._folder / "agent.log")
        more = (dict(self._times), self.before, environment())
        self._process = forked(_run, str(path), log, self.host, self._lease, *more)

    @property
    def pid(self) -> int:
        """Its process id."""
        return int(self._process.pid)

    @property
    def exit_code(self) -> int | None:
        """How it ended; None while it runs, and before it was started."""
        return None if self._process is None else self._process.exitcode

    @property
    def runs(self) -> bool:
        """Whether it was started and has not ended."""
        return self._process is not None and self._process.exitcode is None

    @property
    def log(self) -> str:
        """Everything it has said."""
        path = self._folder / "agent.log"
        return path.read_text(errors="replace") if path.exists() else ""

    def signal(self, number: signal.Signals) -> None:
        """Send it a signal."""
        os.kill(self.pid, number)

    async def ended(self, within: float = 30.0) -> int:
        """Wait for its end and return how it ended. Raises TimeoutError."""
        async with asyncio.timeout(within):
            while self._process.exitcode is None:
                await asyncio.sleep(EVERY)
        return int(self._process.exitcode)

    async def kill(self) -> None:
        """End it as a power cut does."""
        if self.runs:
            with contextlib.suppress(ProcessLookupError):
                self.signal(signal.SIGKILL)
            await self.ended()

    async def stop(self) -> int:
        """End it in order."""
        self.signal(signal.SIGTERM)
        return await self.ended()


def _run(
    config: str,
    log: str,
    host: str,
    lease: float,
    times: dict[str, float],
    before: Callable[[], None] | None,
    environment: dict[str, str],
) -> None:
    """Be the agent, in the forked process."""
    become(("run", "--config", config), environment, log, log)
    prepared(host, lease, times, before)
    main()
