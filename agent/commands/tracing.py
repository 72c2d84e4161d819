"""`trace`: the AT dialogue on one port.

Responsible for following it, from the running agent or on a port that we open for it ourselves. Must not know AT.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
from typing import TYPE_CHECKING

from agent.commands.exits import Exit, fail
from agent.commands.live_status import show_trace, trace_line
from agent.commands.table import console
from agent.wiring import Wiring

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    from agent.config import Config, ConfigError, Status
    from agent.details import TraceLine
    from agent.picture import Picture


async def trace_port(status: Status, config: Config | ConfigError | PermissionError, port: str) -> None:
    """Print the dialogue until interrupted; without a running agent that takes a config.yaml that is right."""
    if await show_trace(status, port):
        return
    if isinstance(config, Exception):
        raise config
    wiring = Wiring(config, reread=lambda: config, environment=os.environ)
    async with wiring.service() as service:
        watching = asyncio.create_task(service.bank.run())
        try:
            lines = await _dialogue(service.picture, port)
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


async def _dialogue(picture: Picture, port: str) -> AsyncGenerator[TraceLine, None] | None:
    """Wait until the ports are known."""
    for _ in range(50):
        lines = picture.trace(port)
        if lines is not None:
            return lines
        await asyncio.sleep(0.1)
    return None
