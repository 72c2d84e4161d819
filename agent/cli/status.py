"""`status` and `trace` of a running agent."""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final, NoReturn
from urllib.parse import quote

from rich.console import Console, Group
from rich.live import Live
from rich.text import Text

from agent.cli.client import RunningAgent
from agent.cli.config_file import ConfigOrError
from agent.cli.process import Exit, fail, print_data
from agent.cli.table import console, foreign_text, modules_table
from agent.config import Config, ConfigError, Status
from agent.formats.plurals import counted
from agent.formats.printable import to_json

WATCH_EVERY: Final = 1.0

_BANNERS: Final = {
    "refused": ("Onlinesim refuses the reports", "bold white on red"),
    "late": ("no report accepted for five minutes", "bold white on red"),
    "replaced": (
        "not on this account at Onlinesim, another program may have replaced the list",
        "bold white on red",
    ),
    "failed": ("the last report failed", "bold red"),
    "sandbox": ("reports go to the sandbox: nothing is sold", "yellow"),
    "test": ("test mode: nothing is sold", "yellow"),
    "starting": ("starting: nothing reported yet", "yellow"),
    "notice": ("", "yellow"),
}


async def show_status(status: Status, config: ConfigOrError, *, as_json: bool, watch: bool) -> None:
    """Show the running agent. If none answers, raises what is wrong with config.yaml, else exits with 1."""
    async with RunningAgent(status, _store_of(config)) as agent:
        found = await agent.status()
        if found is None:
            _no_answer(agent, config)
        if isinstance(config, ConfigError):
            print(f"{config}\nthe running agent keeps its previous configuration", file=sys.stderr)
        elif isinstance(config, PermissionError):
            print(
                f"no permission to read {config.filename}; showing the agent at {agent.url}", file=sys.stderr
            )
        show = _show_json if as_json else _show
        if not watch:
            show(found)
        elif as_json or not _can_redraw(console()):
            await _follow(agent, found, show)
        else:
            await _watch(agent, found)


def _store_of(config: ConfigOrError) -> Path | None:
    return config.store_file if isinstance(config, Config) else None


def _can_redraw(out: Console) -> bool:
    return out.is_terminal and not out.is_dumb_terminal


def _no_answer(agent: RunningAgent, config: ConfigOrError) -> NoReturn:
    if isinstance(config, Exception):
        raise config
    fail(Exit.PROBLEM, f"no agent answers at {agent.url}; start it with `simbank-agent run`")


def _show(found: Mapping[str, Any]) -> None:
    console().print(_view(found))


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
            print(_gone(agent), file=sys.stderr)
        gone = newest is None
        await asyncio.sleep(WATCH_EVERY)
        newest = await agent.status()


async def _watch(agent: RunningAgent, found: Mapping[str, Any]) -> None:
    with Live(_view(found), console=console(), screen=True, auto_refresh=False) as live:
        while True:
            await asyncio.sleep(WATCH_EVERY)
            newest = await agent.status()
            live.update(
                Text(_gone(agent), style="bold red") if newest is None else _view(newest), refresh=True
            )


def _gone(agent: RunningAgent) -> str:
    return f"the agent at {agent.url} no longer answers; waiting for it"


def _view(found: Mapping[str, Any]) -> Group:
    head = [_banner(banner) for banner in found["banners"]]
    last, due = found["last_report"], found["next_heartbeat_s"]
    if last is not None:
        words = f": {last['message']}" if last["message"] else ""
        line = f"last report {last['age_s']:.0f} s ago, {counted(last['numbers'], 'number')}, {last['outcome']}{words}"
        head.append(foreign_text(line + (f"; next within {due:.0f} s" if due is not None else "")))
    if found["missed_windows"]:
        head.append(Text(f"{counted(found['missed_windows'], 'five-minute window')} missed", style="red"))
    return Group(*head, Text(""), modules_table(found["modules"], found["cap"]))


def _banner(banner: Mapping[str, Any]) -> Text:
    words, style = _BANNERS.get(banner["kind"], ("", "yellow"))
    return foreign_text(": ".join(filter(None, (words, banner["text"]))), style)


async def show_trace(status: Status, config: ConfigOrError, port: str) -> bool:
    """Show a port's AT dialogue from the running agent until it ends; False if no agent answers."""
    async with RunningAgent(status, _store_of(config)) as agent:
        if await agent.status() is None:
            return False
        out = console()
        any_line = False
        async for text in agent.lines(f"/api/v1/trace/{quote(port, safe='/', errors='surrogateescape')}"):
            any_line = True
            line = json.loads(text)
            out.print(trace_line(line["sender"], line["text"]))
        if not any_line:
            fail(
                Exit.PROBLEM,
                f"the running agent has no port or module {port}; `simbank-agent status` lists them",
            )
        return True


def trace_line(sender: str, text: str) -> Text:
    """Return one line of a dialogue with an arrow for its sender."""
    arrow, style = {"agent": ("→", "cyan"), "client": ("⇒", "magenta")}.get(sender, ("←", ""))
    return foreign_text(f"{arrow} {text}", style)
