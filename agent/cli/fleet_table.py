"""The fleet on a terminal: who speaks, the engine, and the hosts; `fleet` is that of /api/v1/status."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from rich.console import Group
from rich.table import Table
from rich.text import Text

from agent.cli.quantities import duration, number
from agent.cli.table import foreign_text
from agent.language import N_, _, ngettext

_STYLES: Final = {"running": "green", "starting": "yellow", "left": "dim", "silent": "red"}
_COLUMNS: Final = (N_("host"), N_("state"), N_("live"), N_("modules"), N_("seen"), N_("lease left"), "")


def who_reports(fleet: Mapping[str, Any] | None) -> str:
    """Say who reports instead of this host; "" where this one does."""
    if fleet is None or fleet["state"] == "leader":
        return ""
    if fleet["leader"]:
        return _("{host} reports").format(host=fleet["leader"])
    return _("no host of the fleet reports now")


def whose_list(fleet: Mapping[str, Any] | None) -> str:
    """Say whose numbers a payload of the running agent holds; "" for a host alone."""
    if fleet is None:
        return ""
    if fleet["state"] == "leader" and fleet["leading"] != "gathering":
        text = _("the list of the whole fleet {account}, which {host} reports")
        return text.format(account=fleet["account"], host=fleet["host"])
    why = who_reports(fleet) or _("it gathers the list of the fleet")
    return _("the part of {host} alone: {why}").format(host=fleet["host"], why=why)


def fleet_view(fleet: Mapping[str, Any]) -> Group:
    """Return one line about the fleet, and a row for each host."""
    return Group(_headline(fleet), _hosts(fleet))


def _headline(fleet: Mapping[str, Any]) -> Text:
    engine = fleet["engine"]
    line = foreign_text(_("fleet {account}").format(account=fleet["account"]), style="bold")
    here = _("this host is {host}, {state}").format(host=fleet["host"], state=fleet["text"])
    line.append(f": {here}", style="not bold default")
    line.append(f"; {who_speaks(fleet)}", style="default")
    if fleet["numbers"] is not None:
        cap = _(", at most {n}").format(n=fleet["cap"]) if fleet["cap"] is not None else ""
        line.append(f"; {numbers_in_list(fleet)}{cap}")
    if engine["up"]:
        latency = ""
        if engine["latency_ms"] is not None:
            latency = _(", {n} ms").format(n=number(str(engine["latency_ms"])))
        line.append_text(foreign_text(f"; {engine['version']}{latency}"))
    else:
        why = engine["trouble"] or _("not yet")
        line.append_text(foreign_text("; " + _("no connection to the engine: {why}").format(why=why), "red"))
    return line


def who_speaks(fleet: Mapping[str, Any]) -> str:
    """Say which host sends the reports."""
    return _("{host} speaks").format(host=fleet["leader"]) if fleet["leader"] else _("nobody speaks")


def numbers_in_list(fleet: Mapping[str, Any]) -> str:
    """Say how many numbers the list of the fleet has."""
    n = fleet["numbers"]
    return ngettext("{n} number in the list", "{n} numbers in the list", n).format(n=n)


def _hosts(fleet: Mapping[str, Any]) -> Table:
    table = Table(box=None, pad_edge=False, padding=(0, 1, 0, 0), header_style="bold")
    for name in _COLUMNS:
        table.add_column(_(name), justify="right" if name in {"live", "modules"} else "left")
    for host in fleet["hosts"]:
        seen = host["seen_s"]
        left = None if seen is None else host["lease_s"] - seen
        n = host["doubts"]
        notes = [
            _("speaks") if host["leads"] else "",
            _("this host") if host["name"] == fleet["host"] else "",
            "" if host["may_lead"] else _("never speaks"),
            ngettext("{n} doubt", "{n} doubts", n).format(n=n) if n else "",
        ]
        table.add_row(
            foreign_text(host["name"], style="bold"),
            foreign_text(host["text"], style="red" if host["left_out"] else _STYLES.get(host["state"], "")),
            Text(str(host["live"])),
            Text(str(host["modules"])),
            Text(_("never") if seen is None else _("{time} ago").format(time=duration(int(seen)))),
            Text("–" if left is None or left <= 0 else duration(int(left))),
            Text(", ".join(filter(None, notes))),
        )
    return table
