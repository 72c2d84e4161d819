"""`trace`: the AT dialogue on one port, from the running agent or on a port opened for it."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncGenerator

from agent.bank.at_log import TraceLine
from agent.bank.survey import Survey
from agent.cli.config_file import ConfigOrError
from agent.cli.process import Exit, fail
from agent.cli.status import show_trace, trace_line
from agent.cli.survey import survey_of
from agent.cli.table import console
from agent.config import Status


async def trace_port(status: Status, config: ConfigOrError, port: str) -> None:
    """Print the dialogue until interrupted. Without a running agent, raises what is wrong with config.yaml."""
    if await show_trace(status, config, port):
        return
    if isinstance(config, Exception):
        raise config
    async with survey_of(config) as survey, survey.running() as watching:
        lines = await _dialogue(survey, watching, port)
        if lines is None:
            fail(
                Exit.PROBLEM,
                f"no such port or module: {port}; `simbank-agent scan` lists them",
            )
        out = console()
        async with contextlib.aclosing(lines):
            async for line in lines:
                out.print(trace_line(line.sender.value, line.text))


async def _dialogue(
    survey: Survey, watching: asyncio.Task[None], port: str
) -> AsyncGenerator[TraceLine, None] | None:
    """Return the dialogue as soon as the ports are known, None if the port is not among them."""
    for _ in range(50):
        if watching.done():
            watching.result()
        for name, member in survey.bank.members.items():
            if port == name or port in member.place.ports:
                return survey.at_logs.of(name).follow()
        await asyncio.sleep(0.1)
    return None
