"""The running agent's status on a terminal."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping
from typing import Any, Final

from rich.console import Group, RenderableType
from rich.live import Live
from rich.text import Text

from agent.cli.client import RunningAgent
from agent.cli.fleet_table import fleet_view, who_reports
from agent.cli.table import console, foreign_text, modules_table
from agent.formats.plurals import counted

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
    "fleet_out": ("", "bold red"),
    "fleet": ("", "yellow"),
    "fleet_wait": ("", "yellow"),
}


def can_redraw() -> bool:
    """Return whether stdout is a terminal that shows a screen anew."""
    out = console()
    return out.is_terminal and not out.is_dumb_terminal


def show(found: Mapping[str, Any]) -> None:
    """Print a body of /api/v1/status."""
    console().print(_view(found))


async def watch(agent: RunningAgent, found: Mapping[str, Any], every: float) -> None:
    """Show a new status in place of the one before every `every` seconds, until cancelled."""
    with Live(_view(found), console=console(), screen=True, auto_refresh=False) as live:
        while True:
            await asyncio.sleep(every)
            newest = await agent.status()
            live.update(Text(agent.gone, style="bold red") if newest is None else _view(newest), refresh=True)


def _view(found: Mapping[str, Any]) -> Group:
    head: list[RenderableType] = [_banner(banner) for banner in found["banners"]]
    last, due = found["last_report"], found["next_heartbeat_s"]
    fleet = found.get("fleet")
    if other := who_reports(fleet):
        head.append(foreign_text(other))
    elif last is not None:
        words = f": {last['message']}" if last["message"] else ""
        line = f"last report {last['age_s']:.0f} s ago, {counted(last['numbers'], 'number')}, {last['outcome']}{words}"
        head.append(foreign_text(line + (f"; next within {due:.0f} s" if due is not None else "")))
    if found["missed_windows"]:
        head.append(Text(f"{counted(found['missed_windows'], 'five-minute window')} missed", style="red"))
    if alerts := alerts_line(found.get("alerts")):
        head.append(foreign_text(alerts))
    if fleet:
        head += [Text(""), fleet_view(fleet)]
    return Group(*head, Text(""), modules_table(found["modules"], found["cap"]))


def alerts_line(alerts: Mapping[str, Any] | None) -> str:
    """Return whether somebody is told when something is wrong, and which services take no messages; "" where off."""
    if not alerts or not alerts["on"]:
        return ""
    services = alerts["services"]
    last = max((one["sent_at"] for one in services if one["sent_at"] is not None), default=None)
    when = (
        "none sent yet"
        if last is None
        else f"last sent {time.strftime('%Y-%m-%d %H:%M', time.localtime(last))}"
    )
    failing = [f"{one['name']} ({one['why']})" for one in services if one["failed_at"] is not None]
    line = f"alerts to {counted(len(services), 'service')}, {when}"
    return line + (f"; not taken by {', '.join(failing)}" if failing else "")


def _banner(banner: Mapping[str, Any]) -> Text:
    words, style = _BANNERS.get(banner["kind"], ("", "yellow"))
    return foreign_text(": ".join(filter(None, (words, banner["text"]))), style)
