"""The running agent's status on a terminal."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping
from typing import Any, Final

from rich.console import Group, RenderableType
from rich.live import Live
from rich.text import Text

from agent.alerts.receipt_texts import why_in
from agent.cli.client import RunningAgent
from agent.cli.fleet_table import fleet_view, who_reports
from agent.cli.outcomes import outcome_text
from agent.cli.table import console, foreign_text, modules_table
from agent.language import N_, _, current_language, ngettext

_BANNERS: Final = {
    "refused": (N_("Onlinesim refuses the reports"), "bold white on red"),
    "late": (N_("no report accepted for five minutes"), "bold white on red"),
    "replaced": (
        N_("not on this account at Onlinesim, another program may have replaced the list"),
        "bold white on red",
    ),
    "failed": (N_("the last report failed"), "bold red"),
    "sandbox": (N_("reports go to the sandbox: nothing is sold"), "yellow"),
    "test": (N_("test mode: nothing is sold"), "yellow"),
    "starting": (N_("starting: nothing reported yet"), "yellow"),
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
        head.append(
            foreign_text(
                _last_report(last)
                + (_("; next within {time} s").format(time=f"{due:.0f}") if due is not None else "")
            )
        )
    if n := found["missed_windows"]:
        text = ngettext("{n} five-minute window missed", "{n} five-minute windows missed", n)
        head.append(Text(text.format(n=n), style="red"))
    if alerts := alerts_line(found.get("alerts")):
        head.append(foreign_text(alerts))
    if fleet:
        head += [Text(""), fleet_view(fleet)]
    return Group(*head, Text(""), modules_table(found["modules"], found["cap"]))


def _last_report(last: Mapping[str, Any]) -> str:
    text = ngettext(
        "last report {age} s ago, {n} number, {outcome}",
        "last report {age} s ago, {n} numbers, {outcome}",
        last["numbers"],
    )
    outcome = outcome_text(last["outcome"])
    said = text.format(age=f"{last['age_s']:.0f}", n=last["numbers"], outcome=outcome)
    return f"{said}: {last['message']}" if last["message"] else said


def alerts_line(alerts: Mapping[str, Any] | None) -> str:
    """Return whether somebody is told when something is wrong, and which services take no messages; "" where off."""
    if not alerts or not alerts["on"]:
        return ""
    services = alerts["services"]
    last = max((one["sent_at"] for one in services if one["sent_at"] is not None), default=None)
    when = _("none sent yet")
    if last is not None:
        when = _("last sent {time}").format(time=time.strftime("%Y-%m-%d %H:%M", time.localtime(last)))
    lang = current_language()
    failing = [
        f"{one['name']} ({why_in(one['why'], lang)})" for one in services if one["failed_at"] is not None
    ]
    n = len(services)
    line = ngettext("alerts to {n} service, {when}", "alerts to {n} services, {when}", n).format(
        n=n, when=when
    )
    return line + (_("; not taken by {services}").format(services=", ".join(failing)) if failing else "")


def _banner(banner: Mapping[str, Any]) -> Text:
    words, style = _BANNERS.get(banner["kind"], ("", "yellow"))
    return foreign_text(": ".join(filter(None, (_(words) if words else "", banner["text"]))), style)
