"""Modules as a table on the terminal.

Responsible for columns and colours; its rows are those of /api/v1/status, so that a scan and a running agent look
alike. Must not know where the rows come from.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any, Final

from rich.console import Console, Group
from rich.table import Table
from rich.text import Text

from agent.durations import spell

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_GOOD: Final = "green"
_SOON: Final = frozenset({"settling", "searching", "sim_not_ready", "over_cap"})
_OURS: Final = frozenset({"disabled", "unplugged"})


def modules_table(modules: Sequence[Mapping[str, Any]], cap: int) -> Group:
    """Return the table and a line that sums it up."""
    table = Table(box=None, pad_edge=False, header_style="bold")
    for name in ("port", "module", "IMEI", "SIM", "number", "operator", "signal", "verdict"):
        table.add_column(name, no_wrap=name != "verdict", justify="right" if name == "signal" else "left")
    for module in modules:
        table.add_row(*_cells(module))
    return Group(table, _summary(modules, cap))


def _cells(module: Mapping[str, Any]) -> list[Text]:
    style = verdict_style(str(module["reason"]))
    signal = module.get("signal_dbm")
    guest = module.get("guest")
    verdict = str(module["text"])
    if guest:
        verdict += f", shared with a guest for {spell(float(int(guest['since_s'])))}"
    return [
        Text(str(module["name"]), style="bold"),
        Text(_or_dash(module.get("model"))),
        Text(_or_dash(module.get("imei")), style="dim"),
        Text(_or_dash(module.get("iccid"))),
        Text(_or_dash(module.get("number")), style=_GOOD if module.get("live") else ""),
        Text(_or_dash(module.get("operator"))),
        Text(f"{signal} dBm" if signal is not None else "–"),
        Text(verdict, style=style),
    ]


def _summary(modules: Sequence[Mapping[str, Any]], cap: int) -> Text:
    if not modules:
        return Text(
            "no serial port found: plug the modems in; `simbank-agent check` tells more", style="yellow"
        )
    live = sum(bool(module["live"]) for module in modules)
    line = Text(f"\n{live} live", style="bold green" if live else "bold red")
    line.append(f" of {len(modules)} modules, at most {cap} are reported", style="not bold default")
    others = Counter(str(module["reason"]) for module in modules if not module["live"])
    if others:
        line.append(
            "   " + ", ".join(f"{count} {reason}" for reason, count in others.most_common()), style="dim"
        )
    return line


def verdict_style(reason: str) -> str:
    """Return the colour of a verdict: good, soon, switched off by people, bad."""
    if reason == "live":
        return _GOOD
    if reason in _SOON:
        return "yellow"
    return "dim" if reason in _OURS else "red"


def _or_dash(value: object) -> str:
    return "–" if value in (None, "") else str(value)


def console(*, stderr: bool = False) -> Console:
    """Return a console; NO_COLOR is honoured, and a pipe gets plain text of any width."""
    out = Console(stderr=stderr, highlight=False)
    if not out.is_terminal:
        out = Console(stderr=stderr, highlight=False, width=200, no_color=True)
    return out
