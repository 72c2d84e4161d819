"""The fleet on a terminal: who speaks, the engine, and the hosts; `fleet` is that of /api/v1/status."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from rich.console import Group
from rich.table import Table
from rich.text import Text

from agent.cli.table import foreign_text
from agent.formats.durations import spell
from agent.formats.plurals import counted

_STYLES: Final = {"running": "green", "starting": "yellow", "left": "dim", "silent": "red"}
_COLUMNS: Final = ("host", "state", "live", "modules", "seen", "lease left", "")


def who_reports(fleet: Mapping[str, Any] | None) -> str:
    """Say who reports instead of this host; "" where this one does."""
    if fleet is None or fleet["state"] == "leader":
        return ""
    return f"{fleet['leader']} reports" if fleet["leader"] else "no host of the fleet reports now"


def whose_list(fleet: Mapping[str, Any] | None) -> str:
    """Say whose numbers a payload of the running agent holds; "" for a host alone."""
    if fleet is None:
        return ""
    if fleet["state"] == "leader" and fleet["leading"] != "gathering":
        return f"the list of the whole fleet {fleet['account']}, which {fleet['host']} reports"
    return f"the part of {fleet['host']} alone: {who_reports(fleet) or 'it gathers the list of the fleet'}"


def fleet_view(fleet: Mapping[str, Any]) -> Group:
    """Return one line about the fleet, and a row for each host."""
    return Group(_headline(fleet), _hosts(fleet))


def _headline(fleet: Mapping[str, Any]) -> Text:
    engine = fleet["engine"]
    line = foreign_text(f"fleet {fleet['account']}", style="bold")
    line.append(f": this host is {fleet['host']}, {fleet['text']}", style="not bold default")
    line.append(f"; {fleet['leader']} speaks" if fleet["leader"] else "; nobody speaks", style="default")
    if fleet["numbers"] is not None:
        cap = f", at most {fleet['cap']}" if fleet["cap"] is not None else ""
        line.append(f"; {counted(fleet['numbers'], 'number')} in the list{cap}")
    if engine["up"]:
        latency = f", {engine['latency_ms']} ms" if engine["latency_ms"] is not None else ""
        line.append_text(foreign_text(f"; {engine['version']}{latency}"))
    else:
        line.append_text(
            foreign_text(f"; no connection to the engine: {engine['trouble'] or 'not yet'}", "red")
        )
    return line


def _hosts(fleet: Mapping[str, Any]) -> Table:
    table = Table(box=None, pad_edge=False, padding=(0, 1, 0, 0), header_style="bold")
    for name in _COLUMNS:
        table.add_column(name, justify="right" if name in {"live", "modules"} else "left")
    for host in fleet["hosts"]:
        seen = host["seen_s"]
        left = None if seen is None else host["lease_s"] - seen
        notes = [
            "speaks" if host["leads"] else "",
            "this host" if host["name"] == fleet["host"] else "",
            "" if host["may_lead"] else "never speaks",
            counted(host["doubts"], "doubt") if host["doubts"] else "",
        ]
        table.add_row(
            foreign_text(host["name"], style="bold"),
            foreign_text(host["text"], style="red" if host["left_out"] else _STYLES.get(host["state"], "")),
            Text(str(host["live"])),
            Text(str(host["modules"])),
            Text("never" if seen is None else f"{spell(float(int(seen)))} ago"),
            Text("–" if left is None or left <= 0 else spell(float(int(left)))),
            Text(", ".join(filter(None, notes))),
        )
    return table
