"""`trace`: the AT dialogue on ports, from the running agent or on ports opened for it."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import sys
import time
from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote, urlencode

from rich.text import Text

from agent.bank.at_log import TraceLine
from agent.bank.survey import Survey
from agent.cli.client import RunningAgent
from agent.cli.config_file import ConfigOrError
from agent.cli.exit import Exit, fail
from agent.cli.quantities import duration
from agent.cli.status import store_of
from agent.cli.survey import survey_of
from agent.cli.table import console, foreign_text
from agent.config import Config, Status
from agent.language import _
from agent.status.encode import trace_json

_PORTS_WITHIN: Final = 5.0
"""Seconds until the ports of a survey are known."""


@dataclass(frozen=True, slots=True)
class Traced:
    """What is to be shown: `ports` by path or module name, all of them without any; into `file`, if there is one."""

    ports: tuple[str, ...]
    file: Path | None = None


async def trace_ports(status: Status, config: ConfigOrError, traced: Traced) -> None:
    """Print the dialogue until interrupted. Without a running agent, raises what is wrong with config.yaml."""
    with _printer(traced) as show:
        if await _show_running(status, config, traced, show):
            return
        if isinstance(config, Exception):
            raise config
        # Followed before the ports are opened: the first questions are not to be missed.
        async with survey_of(config) as survey, _followed(survey) as lines, survey.running() as watching:
            modules = await _modules(survey, watching, traced.ports)
            _say_waiting(traced, config.bank.poll)
            async for line in lines:
                if not modules or line.module in modules:
                    show(trace_json(line))


@contextlib.asynccontextmanager
async def _followed(survey: Survey) -> AsyncIterator[AsyncIterator[TraceLine]]:
    """Yield the lines of all modules from now on."""
    lines = survey.at_logs.follow()
    first = asyncio.ensure_future(anext(lines))
    await asyncio.sleep(0)  # it is among the readers from here

    async def whole() -> AsyncIterator[TraceLine]:
        yield await first
        async for line in lines:
            yield line

    try:
        yield whole()
    finally:
        first.cancel()
        await asyncio.gather(first, return_exceptions=True)
        await lines.aclose()


async def _modules(survey: Survey, watching: asyncio.Task[None], ports: Sequence[str]) -> list[str]:
    """Return the modules of these ports, as soon as they are known. Exits where one is none."""
    end = survey.clock() + _PORTS_WITHIN
    missing = ""
    while survey.clock() < end:
        if watching.done():
            watching.result()
        names = [_module_of(survey, port) for port in ports]
        missing = next((port for port, name in zip(ports, names, strict=True) if not name), "")
        if not missing and survey.bank.members:
            return names
        await asyncio.sleep(0.1)
    text = (
        _("no such port or module: {name}; `simbank-agent scan` lists them")
        if missing
        else _("no serial port found; `simbank-agent check` says why")
    )
    return fail(Exit.PROBLEM, text.format(name=missing))


def _module_of(survey: Survey, port: str) -> str:
    members = survey.bank.members.items()
    return next((name for name, member in members if port == name or port in member.place.ports), "")


async def _show_running(
    status: Status, config: ConfigOrError, traced: Traced, show: Callable[[Mapping[str, Any]], None]
) -> bool:
    """Show the dialogue from the running agent until that ends; False if no agent answers."""
    agent = RunningAgent(status, store_of(config))
    found = await agent.status()
    if found is None:
        return False
    known = {str(one["name"]) for one in found["modules"]} | {
        str(port) for one in found["modules"] for port in one["ports"]
    }
    if missing := next((port for port in traced.ports if port not in known), None):
        fail(
            Exit.PROBLEM,
            _("the running agent has no port or module {name}; `simbank-agent status` lists them").format(
                name=missing
            ),
        )
    _say_waiting(traced, config.bank.poll if isinstance(config, Config) else None)
    async for text in agent.lines(_path(traced.ports)):
        show(json.loads(text))
    return True


def _path(ports: Sequence[str]) -> str:
    if len(ports) == 1:
        return f"/api/v1/trace/{quote(ports[0], safe='/', errors='surrogateescape')}"
    query = urlencode([("port", port) for port in ports], errors="surrogateescape")
    return f"/api/v1/trace?{query}" if query else "/api/v1/trace"


@contextlib.contextmanager
def _printer(traced: Traced) -> Iterator[Callable[[Mapping[str, Any]], None]]:
    """Yield what shows a line, on the terminal or in a new file. Raises OSError."""
    with contextlib.ExitStack() as ends:
        file = None
        if traced.file is not None:
            flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
            # What modules tell is personal, masked or not.
            file = ends.enter_context(
                os.fdopen(os.open(traced.file, flags, 0o600), "w", encoding="utf-8", buffering=1)
            )
        out = console()
        several = len(traced.ports) != 1

        def show(line: Mapping[str, Any]) -> None:
            text = _line(line, named=several)
            if file is None:
                out.print(text)
            else:
                file.write(f"{text.plain}\n")

        yield show


def _say_waiting(traced: Traced, poll: float | None) -> None:
    """Say that the dialogue comes with the next poll: until then nothing is shown."""
    what = ", ".join(traced.ports) or _("all ports")
    when = _("waiting for the next poll")
    if poll is not None:
        when = _("the next poll comes within {time}").format(time=duration(poll))
    text = (
        _("tracing {what}: {when}; Ctrl-C ends")
        if traced.file is None
        else _("tracing {what}, into {file}: {when}; Ctrl-C ends")
    )
    print(text.format(what=what, file=traced.file, when=when), file=sys.stderr, flush=True)


def _line(line: Mapping[str, Any], *, named: bool) -> Text:
    """Return one line of a dialogue: its time, the module where there are several, and an arrow for its sender."""
    arrow, style = {"agent": ("→", "cyan"), "client": ("⇒", "magenta")}.get(line["sender"], ("←", ""))
    at = float(line["at"])
    clock = f"{time.strftime('%H:%M:%S', time.localtime(at))}.{int(at % 1 * 1000):03d}"
    module = f" {line.get('module', '')}" if named else ""
    text = foreign_text(f"{clock}{module}", style="dim")
    return text.append(" ").append_text(foreign_text(f"{arrow} {line['text']}", style=style))
