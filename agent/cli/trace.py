"""`trace`: the AT dialogue on one port, from the running agent or on a port opened for it."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import AsyncGenerator
from urllib.parse import quote

from rich.text import Text

from agent.bank.at_log import TraceLine
from agent.bank.survey import Survey
from agent.cli.client import RunningAgent
from agent.cli.config_file import ConfigOrError
from agent.cli.exit import Exit, fail
from agent.cli.status import store_of
from agent.cli.survey import survey_of
from agent.cli.table import console, foreign_text
from agent.config import Status


async def trace_port(status: Status, config: ConfigOrError, port: str) -> None:
    """Print the dialogue until interrupted. Without a running agent, raises what is wrong with config.yaml."""
    if await _show_running(status, config, port):
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
                out.print(_line(line.sender.value, line.text))


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


async def _show_running(status: Status, config: ConfigOrError, port: str) -> bool:
    """Show a port's AT dialogue from the running agent until it ends; False if no agent answers."""
    agent = RunningAgent(status, store_of(config))
    if await agent.status() is None:
        return False
    out = console()
    any_line = False
    async for text in agent.lines(f"/api/v1/trace/{quote(port, safe='/', errors='surrogateescape')}"):
        any_line = True
        line = json.loads(text)
        out.print(_line(line["sender"], line["text"]))
    if not any_line:
        fail(
            Exit.PROBLEM,
            f"the running agent has no port or module {port}; `simbank-agent status` lists them",
        )
    return True


def _line(sender: str, text: str) -> Text:
    """Return one line of a dialogue with an arrow for its sender."""
    arrow, style = {"agent": ("→", "cyan"), "client": ("⇒", "magenta")}.get(sender, ("←", ""))
    return foreign_text(f"{arrow} {text}", style)
