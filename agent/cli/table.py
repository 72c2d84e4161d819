"""Modules as a table on the terminal; its rows are those of /api/v1/status."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any, Final

from rich.cells import cell_len
from rich.console import Console, ConsoleOptions, RenderResult
from rich.table import Table
from rich.text import Text

from agent.cli.quantities import duration
from agent.decision.texts import reason_text
from agent.decision.verdict import Reason
from agent.formats.printable import printable
from agent.language import N_, Retelling, _, current_language, ngettext

NARROWEST: Final = 40
"""Columns of text that the table needs at least; a narrower terminal wraps its lines."""
PIPE_WIDTH: Final = 1000
"""More than any line has, so that nothing is cut in a pipe."""
_COLUMNS: Final = (
    N_("port"),
    N_("module"),
    N_("IMEI"),
    N_("SIM"),
    N_("number"),
    N_("operator"),
    N_("signal"),
    N_("verdict"),
)
_GIVE_WAY: Final = ("IMEI", "SIM", "signal", "operator", "module")
"""Columns that a narrow terminal drops, the first first; port, number and verdict always stay."""
_AT_ONLINESIM: Final = {
    "working": N_("working"),
    "queued": N_("queued"),
    "not_on_account": N_("not on this account"),
    "spent": N_("spent by rent"),
}
_name_in: Final = Retelling(N_("unknown at {port}"))
"""What a module is called that has no name yet."""
GAP: Final = 1
"""Cells between two columns."""
_GOOD: Final = "green"
_SOON: Final = frozenset({"settling", "searching", "sim_not_ready", "over_cap"})
_OURS: Final = frozenset({"disabled", "unplugged"})


def modules_table(modules: Sequence[Mapping[str, Any]], cap: int) -> ModulesTable:
    """Return the table with its summary."""
    return ModulesTable(modules, cap)


class ModulesTable:
    """The modules and a summary line; the width of the console decides on the columns."""

    def __init__(self, modules: Sequence[Mapping[str, Any]], cap: int) -> None:
        self._rows = [_cells(module) for module in modules]
        self._summary = _summary(modules, cap)

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        """Yield the table with the columns that fit, then the summary."""
        widths = {name: max((row[name].cell_len for row in self._rows), default=0) for name in _COLUMNS}
        shown = columns_for(
            {name: max(cell_len(_(name)), width) for name, width in widths.items()}, options.max_width
        )
        table = Table(box=None, pad_edge=False, padding=(0, GAP, 0, 0), header_style="bold")
        for name in shown:
            # Folded rather than cut where it is wider than the line: people copy numbers and verdicts.
            table.add_column(
                _(name),
                no_wrap=name not in {"number", "verdict"},
                overflow="fold",
                min_width=None if name == "verdict" else max(cell_len(_(name)), widths[name]),
                justify="right" if name == "signal" else "left",
            )
        for row in self._rows:
            table.add_row(*(row[name] for name in shown))
        if self._rows:
            yield table
        yield self._summary


def columns_for(widths: Mapping[str, int], room: int) -> tuple[str, ...]:
    """Return the columns that fit, in the order of `widths`.

    `widths`: the cells that each column takes uncut; `room`: the cells of a line.
    """
    shown = dict(widths)
    for name in _GIVE_WAY:
        if sum(shown.values()) + GAP * (len(shown) - 1) <= room:
            break
        shown.pop(name, None)
    return tuple(shown)


def _cells(module: Mapping[str, Any]) -> dict[str, Text]:
    style = verdict_style(str(module["reason"]))
    signal = module.get("signal_dbm")
    client = module.get("client")
    verdict = str(module["text"])
    if client:
        verdict += _(", shared port in use for {time}").format(time=duration(int(client["since_s"])))
    answer = module.get("onlinesim")
    if answer and (answer["banned"] or answer["status"] not in {"working", "queued"}):
        verdict += f", Onlinesim: {onlinesim_text(answer)}"
        style = "red"
    texts = (
        labelled(module["name"], module.get("label")),
        foreign_text(module.get("model")),
        foreign_text(module.get("imei"), style="dim"),
        foreign_text(module.get("iccid")),
        foreign_text(module.get("number"), style=_GOOD if module.get("live") else ""),
        foreign_text(module.get("operator")),
        foreign_text(_("{n} dBm").format(n=signal) if signal is not None else None),
        foreign_text(verdict, style=style),
    )
    return dict(zip(_COLUMNS, texts, strict=True))


def onlinesim_text(answer: Mapping[str, Any] | None) -> str:
    """Return what Onlinesim says of a number; `answer` is `onlinesim` of a row, None where it was not asked."""
    if answer is None:
        return ""
    status = str(answer["status"])
    text = _AT_ONLINESIM.get(status, status)
    return ", ".join([_(text), *([_("banned")] if answer["banned"] else [])])


def _summary(modules: Sequence[Mapping[str, Any]], cap: int) -> Text:
    if not modules:
        return Text(
            _(
                "no serial port found: plug in the modems, or name a serial server (socket://HOST:PORT) under ports in"
                " config.yaml; `simbank-agent check` has details, `simbank-agent simulate` shows how it works without"
                " any"
            ),
            style="yellow",
        )
    live = sum(bool(module["live"]) for module in modules)
    line = Text("\n" + _("{n} live").format(n=live), style="bold green" if live else "bold red")
    text = ngettext(
        " of {n} module, at most {cap} are reported",
        " of {n} modules, at most {cap} are reported",
        len(modules),
    )
    line.append(text.format(n=len(modules), cap=cap), style="not bold default")
    others = Counter(str(module["reason"]) for module in modules if not module["live"])
    if others:
        line.append(
            "   " + ", ".join(_of_reason(reason, count) for reason, count in others.most_common()),
            style="dim",
        )
    return line


def _of_reason(reason: str, count: int) -> str:
    try:
        sentence = reason_text(Reason(reason), language=current_language())
    except ValueError:  # from a running agent of another version
        sentence = reason
    return _("{n} {reason}").format(n=count, reason=sentence)


def verdict_style(reason: str) -> str:
    """Return the colour of a verdict: live, will pass, switched off by people, bad."""
    if reason == "live":
        return _GOOD
    if reason in _SOON:
        return "yellow"
    return "dim" if reason in _OURS else "red"


def foreign_text(value: object, style: str = "") -> Text:
    """Return a cell or line as it may be printed, a dash for none; what looks like markup is printed as it is."""
    return Text("–" if value in (None, "") else printable(str(value)), style=style)


def labelled(name: object, label: object) -> Text:
    """Return the cell of a module's name, with the label that people gave it."""
    text = foreign_text(_name_in(str(name), current_language()), style="bold")
    if label:
        text.append(f" {printable(str(label))}", style="not bold")
    return text


def console(*, stderr: bool = False) -> Console:
    """Return a console, for which no text is markup; a pipe gets plain text, uncut."""
    plain = partial(Console, stderr=stderr, highlight=False, markup=False, emoji=False)
    out = plain()
    if not out.is_terminal:
        return plain(width=PIPE_WIDTH, no_color=True)
    return out if out.width >= NARROWEST else plain(width=NARROWEST)
