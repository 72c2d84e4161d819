"""What was, as tables, CSV or JSON: `history`, `uptime` and `reports`. Rows are those of the API."""

from __future__ import annotations

import csv
import io
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, Final

from rich.table import Table
from rich.text import Text

from agent.cli.exit import Exit, fail
from agent.cli.outcomes import OUTCOMES, outcome_text
from agent.cli.process import print_data
from agent.cli.quantities import decimal, share
from agent.cli.table import console, foreign_text, verdict_style
from agent.decision.texts import past_text
from agent.formats import instants
from agent.formats.durations import span
from agent.formats.printable import csv_cell, to_json
from agent.language import N_, N_n, _, current_language, ngettext

Body = Mapping[str, Any]
Cell = str | Text | None

NOTHING: Final = N_("nothing was recorded then; `simbank-agent run` records, unless history.keep is 0")
REASONS_SHOWN: Final = 3
"""Of one module, the longest first."""
NUMBERS_SHOWN: Final = 6
"""Of those that a report brought, and of those that it took away."""
_MOVED: Final = {"came": N_("new: {numbers}"), "went": N_("gone: {numbers}")}
_NUMERIC: Final = frozenset(
    {
        N_("live"),
        N_("of"),
        N_("joins"),
        N_("losses"),
        N_("longest gap"),
        N_("numbers"),
        N_("took"),
        N_("windows met"),
        N_("share"),
        *OUTCOMES.values(),
    }
)
"""Heads of columns that are aligned to the right."""


@dataclass(frozen=True, slots=True)
class Sheet:
    """How rows are shown: heads and cells of a table, columns of CSV."""

    heads: Sequence[str]
    cells: Callable[[Body], Sequence[Cell]]
    columns: Sequence[str]

    def show(self, body: Body, rows: Sequence[Body], form: str) -> None:
        """Print rows; `form` is "table", "csv" or "json", which is the whole body."""
        if form == "json":
            print_data(to_json(body) + "\n")
        elif form == "csv":
            print_data(_csv(rows, self.columns))
        elif rows:
            self._print_table(rows)
        else:
            print(_(NOTHING), file=sys.stderr)
        if body.get("more"):
            text = _("only the newest {n} are shown: use --since, or --until")
            print(text.format(n=len(rows)), file=sys.stderr)

    def _print_table(self, rows: Iterable[Body]) -> None:
        table = Table(box=None, pad_edge=False, header_style="bold")
        for head in self.heads:
            table.add_column(_(head), overflow="fold", justify="right" if head in _NUMERIC else "left")
        for row in rows:
            table.add_row(*(one if isinstance(one, Text) else foreign_text(one) for one in self.cells(row)))
        console().print(table)


def _csv(rows: Iterable[Body], columns: Sequence[str]) -> str:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(columns)
    for row in rows:
        writer.writerow("" if row[name] is None else csv_cell(str(row[name])) for name in columns)
    return text.getvalue()


def show_history(body: Body, of: str | None, form: str) -> None:
    """Print changes, or what held at a time. Ends with 1 where nothing is known of `of`."""
    rows = body.get("modules", body.get("changes", ()))
    if not rows and of is not None and form == "table":
        fail(Exit.PROBLEM, _("nothing is known of {what} then").format(what=of))
    _HISTORY.show(body, rows, form)


def _change(row: Body) -> Sequence[Cell]:
    # What is told of the SIM alone stands behind the module that it left.
    module = f"({row['module']})" if row["sim_only"] else row["module"]
    what = foreign_text(row["text"], style=verdict_style(str(row["reason"])))
    return instants.spell(row["at"]), module, row["number"], row["iccid"], what


_HISTORY: Final = Sheet(
    (N_("time"), N_("module"), N_("number"), N_("SIM"), N_("what")),
    _change,
    ("at", "module", "number", "iccid", "reason", "text", "hub", "sim_only"),
)


def show_uptime(body: Body, form: str) -> None:
    """Print what modules, SIMs or hubs lived through."""
    by = str(body["by"])
    rows = body[f"{by}s"]
    reasons = sorted({reason for row in rows for reason in row["reasons"]})
    flat = [{**row, **{f"{reason}_s": row["reasons"].get(reason, 0) for reason in reasons}} for row in rows]
    columns = ("name", "number", "hub", "share", "live_s", "time_s", "joins", "losses", "longest_gap_s")
    sheet = Sheet(_uptime_heads(by), partial(_uptime, by), (*columns, *(f"{reason}_s" for reason in reasons)))
    sheet.show(body, flat, form)
    covered = sum(row["time_s"] for row in rows)
    if form == "table" and covered:
        live = sum(row["live_s"] for row in rows)
        text = ngettext(*_LIVE_OF[by], len(rows)).format(n=len(rows), share=share(live / covered))
        console().print("\n" + text)


_LIVE_OF: Final = {
    "module": N_n("{n} module: live {share} of the time", "{n} modules: live {share} of the time"),
    "sim": N_n("{n} SIM: live {share} of the time", "{n} SIMs: live {share} of the time"),
    "hub": N_n("{n} hub: live {share} of the time", "{n} hubs: live {share} of the time"),
}


def _uptime_heads(by: str) -> Sequence[str]:
    first = {"module": "module", "sim": "SIM", "hub": N_("hub or pool")}[by]
    number = () if by == "hub" else ("number",)
    return first, *number, "live", "of", "joins", "losses", "longest gap", N_("not live because")


def _uptime(by: str, row: Body) -> Sequence[Cell]:
    longest = list(row["reasons"].items())[:REASONS_SHOWN]
    lang = current_language()
    why = (
        f"{past_text(reason, '', of_sim=by == 'sim', language=lang)} {span(seconds, lang, exact=True)}"
        for reason, seconds in longest
    )
    counts = (str(row["joins"]), str(row["losses"]))
    number = () if by == "hub" else (row["number"],)
    gap = span(row["longest_gap_s"], lang, exact=True)
    time = span(row["time_s"], lang, exact=True)
    return row["name"], *number, _share(row), time, *counts, gap, ", ".join(why)


def _share(row: Body) -> str:
    return "–" if row["share"] is None else share(row["share"])


def show_reports(body: Body, form: str) -> None:
    """Print the requests, and the windows met on each day."""
    rows = [{**row, "came": " ".join(row["came"]), "went": " ".join(row["went"])} for row in body["reports"]]
    _REPORTS.show(body, rows, form)
    if form == "table" and body["days"]:
        console().print()
        _DAYS.show({}, body["days"], form)


def _report(row: Body) -> Sequence[Cell]:
    answer = ": ".join(filter(None, (outcome_text(row["outcome"]), row["message"])))
    style = "" if row["outcome"] in {"accepted", "tested"} else "red"
    moved = [
        _(text).format(numbers=_some(row[which].split())) for which, text in _MOVED.items() if row[which]
    ]
    return (
        instants.spell(row["at"]),
        row["method"],
        str(row["numbers"]),
        foreign_text(answer, style=style),
        _("{n} s").format(n=decimal(row["took_s"], 2)),
        "; ".join(moved),
    )


def _some(numbers: Sequence[str]) -> str:
    more = len(numbers) - NUMBERS_SHOWN
    return ", ".join(numbers[:NUMBERS_SHOWN]) + (_(" and {n} more").format(n=more) if more > 0 else "")


def _day(row: Body) -> Sequence[Cell]:
    counts = (str(row[name]) for name in ("accepted", "refused", "failed"))
    met = _("{met} of {n}").format(met=row["met"], n=row["windows"])
    return row["day"], met, _share(row), *counts


_REPORTS: Final = Sheet(
    ("time", N_("request"), "numbers", N_("answer"), "took", N_("came and went")),
    _report,
    ("at", "method", "outcome", "status", "numbers", "took_s", "message", "came", "went"),
)
_DAYS: Final = Sheet(
    (N_("day (UTC)"), "windows met", "share", "accepted", "refused", "failed"),
    _day,
    ("day", "windows", "met"),
)
