"""`trace`: the AT dialogue on one port.

Responsible for following it, from the running agent or on a port that we open for it ourselves. Must not know AT.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
from collections.abc import AsyncGenerator

from agent.app.wiring import Wiring
from agent.bank.at_log import TraceLine
from agent.cli.process import Exit, fail
from agent.cli.status import show_trace, trace_line
from agent.cli.table import console
from agent.config import Config, ConfigError, Status
from agent.status.view import StatusView


async def trace_port(status: Status, config: Config | ConfigError | PermissionError, port: str) -> None:
    """Print the dialogue until interrupted; without a running agent that takes a config.yaml that is right."""
    if await show_trace(status, config, port):
        return
    if isinstance(config, Exception):
        raise config
    wiring = Wiring(config, reread=lambda: config, environment=os.environ)
    async with wiring.service() as service:
        watching = asyncio.create_task(service.bank.run())
        try:
            lines = await _dialogue(service.view, port)
            if lines is None:
                fail(
                    Exit.PROBLEM,
                    f"config.yaml knows no port {port}; `simbank-agent scan` shows those it does",
                )
            out = console()
            async with contextlib.aclosing(lines):
                async for line in lines:
                    out.print(trace_line(line.speaker.value, line.text))
        finally:
            watching.cancel()
            await asyncio.gather(watching, return_exceptions=True)


async def _dialogue(view: StatusView, port: str) -> AsyncGenerator[TraceLine, None] | None:
    """Wait until the ports are known."""
    for _ in range(50):
        lines = view.trace(port)
        if lines is not None:
            return lines
        await asyncio.sleep(0.1)
    return None
