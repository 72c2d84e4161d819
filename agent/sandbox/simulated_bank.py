"""The simulated bank: `python -m drivers.simulator` as a child process.

It ends when the agent ends, however that happens, because its stdin ends then.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Final

from agent.language import _
from drivers.ports import Port, UsbPlace

_log = logging.getLogger(__name__)

START_WITHIN: Final = 20.0
"""Seconds for the process to open its pseudo-terminals; a Raspberry Pi takes three."""
END_WITHIN: Final = 2.0
_LONGEST_LINE: Final = 4 * 1024 * 1024
"""Bytes of one event; the ports of a thousand modules take a tenth of that."""


class SimulationFailed(Exception):
    """The simulator did not start."""


class SimulatedBank:
    """A running simulated bank. `ports` are those plugged in now; `on_change` is called when they change."""

    def __init__(self) -> None:
        self.ports: tuple[Port, ...] = ()
        self.on_change: Callable[[], None] = lambda: None
        self._process: asyncio.subprocess.Process | None = None
        self._reading: asyncio.Task[None] | None = None
        self._answers: asyncio.Queue[dict[str, Any]] = asyncio.Queue()

    async def start(self, arguments: Sequence[str]) -> None:
        """Start the simulator with these command-line arguments. Raises SimulationFailed."""
        environment = os.environ | {"PYTHONPATH": _search_path()}
        self._process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "drivers.simulator",
            *arguments,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            env=environment,
            limit=_LONGEST_LINE,
            start_new_session=True,  # Ctrl-C is for the agent, which ends its simulator in its own time
        )
        try:
            async with asyncio.timeout(START_WITHIN):
                await self._take_event()
        except (TimeoutError, EOFError, ValueError) as why:
            await self.stop()
            raise SimulationFailed(_("the simulated bank did not start: {why}").format(why=why)) from why
        self._reading = asyncio.create_task(self._follow(), name="simulation")

    async def command(self, line: str) -> dict[str, Any]:
        """Run a command of the simulator; return the event "done" or "error". Raises SimulationFailed."""
        if self._process is None or self._process.stdin is None:
            raise SimulationFailed(_("the simulated bank is not running"))
        self._process.stdin.write(line.encode() + b"\n")
        answer = asyncio.ensure_future(self._answers.get())
        ended = [self._reading] if self._reading is not None else []
        await asyncio.wait([answer, *ended], return_when=asyncio.FIRST_COMPLETED)
        if answer.done():
            return answer.result()
        answer.cancel()
        raise SimulationFailed(_("the simulated bank has ended"))

    async def stop(self) -> None:
        """End the process, by a kill if it does not end by itself."""
        if self._reading is not None:
            self._reading.cancel()
        if self._process is None:
            return
        if self._process.stdin is not None:
            self._process.stdin.close()
        try:
            async with asyncio.timeout(END_WITHIN):
                await self._process.wait()
        except TimeoutError:
            with contextlib.suppress(ProcessLookupError):
                self._process.kill()
            await self._process.wait()

    async def _follow(self) -> None:
        reason = ""
        try:
            while True:
                await self._take_event()
        except EOFError as ended:
            reason = str(ended)
        _log.error("the simulated bank ended unexpectedly: %s", reason)
        self.ports = ()
        self.on_change()

    async def _take_event(self) -> None:
        if self._process is None or self._process.stdout is None:
            raise EOFError(_("no process"))
        line = await self._process.stdout.readline()
        if not line:
            raise EOFError(_("its output ended"))
        event: dict[str, Any] = json.loads(line)
        if event["event"] == "failed":
            raise EOFError(event["text"])
        if "ports" in event:
            self.ports = tuple(_port(one) for one in event["ports"])
            self.on_change()
        if event["event"] in {"done", "error"}:
            self._answers.put_nowait(event)


def _port(event: dict[str, Any]) -> Port:
    usb = event.get("usb")
    return Port(event["path"], UsbPlace(**usb) if usb else None)


def _search_path() -> str:
    """Return a PYTHONPATH in which the child finds `drivers`, however the agent itself was started."""
    here = str(Path(__file__).resolve().parents[2])
    return os.pathsep.join(filter(None, (here, os.environ.get("PYTHONPATH", ""))))
