"""`status` of a running agent."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final, NoReturn

from agent.cli.client import RunningAgent
from agent.cli.config_file import ConfigOrError
from agent.cli.exit import Exit, fail
from agent.cli.process import print_data
from agent.config import Config, ConfigError, Status
from agent.formats.printable import to_json
from agent.language import _, current_language

WATCH_EVERY: Final = 1.0


async def show_status(status: Status, config: ConfigOrError, *, as_json: bool, watch: bool) -> None:
    """Show the running agent. If none answers, raises what is wrong with config.yaml, else exits with 1."""
    agent = RunningAgent(status, store_of(config), "en" if as_json else current_language())
    found = await agent.status()
    if found is None:
        _no_answer(agent, config)
    if isinstance(config, ConfigError):
        print(config, _("the running agent keeps its previous configuration"), sep="\n", file=sys.stderr)
    elif isinstance(config, PermissionError):
        text = _("no permission to read {file}; showing the agent at {url}")
        print(text.format(file=config.filename, url=agent.url), file=sys.stderr)
    if as_json:
        show = _show_json
    else:
        from agent.cli import status_screen  # noqa: PLC0415  its library takes longer than the rest

        show = status_screen.show
        if watch and status_screen.can_redraw():
            await status_screen.watch(agent, found, WATCH_EVERY)
            return
    if watch:
        await _follow(agent, found, show)
    else:
        show(found)


def store_of(config: ConfigOrError) -> Path | None:
    """Return the database, in which a running agent is announced, None where config.yaml does not tell."""
    return config.store_file if isinstance(config, Config) else None


def _no_answer(agent: RunningAgent, config: ConfigOrError) -> NoReturn:
    if isinstance(config, Exception):
        raise config
    text = _("no agent answers at {url}; start it with `simbank-agent run`")
    fail(Exit.PROBLEM, text.format(url=agent.url))


def _show_json(found: Mapping[str, Any]) -> None:
    print_data(to_json(found) + "\n")


async def _follow(
    agent: RunningAgent, found: Mapping[str, Any], show: Callable[[Mapping[str, Any]], None]
) -> None:
    """Show every new status, for a file or another program."""
    newest: Mapping[str, Any] | None = found
    gone = False
    while True:
        if newest is not None:
            show(newest)
        elif not gone:
            print(agent.gone, file=sys.stderr)
        gone = newest is None
        await asyncio.sleep(WATCH_EVERY)
        newest = await agent.status()
