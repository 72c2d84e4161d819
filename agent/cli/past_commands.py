"""The commands `history`, `uptime` and `reports`: their arguments and help."""

from __future__ import annotations

from typing import Annotated, Literal

import typer

from agent.cli import process
from agent.cli.exit import Exit, fail
from agent.cli.options import AsCsv, AsJson, ConfigPath, TokenFile
from agent.language import _

Since = Annotated[
    str | None,
    typer.Option(
        "--since",
        metavar="WHEN",
        help='30d, 12h, 2026-11-30, "2026-11-30 14:05", 14:05 or UNIX time.',
        show_default=False,
    ),
]
By = Annotated[Literal["module", "sim", "hub"], typer.Option("--by", help="module, sim or hub.")]


def history(
    of: Annotated[
        str | None,
        typer.Argument(
            metavar="SIM|MODULE|NUMBER",
            help="Of this ICCID, module or number alone.",
            show_default=False,
        ),
    ] = None,
    since: Since = None,
    until: Annotated[
        str | None, typer.Option("--until", metavar="WHEN", help="Up to then.", show_default=False)
    ] = None,
    at: Annotated[
        str | None,
        typer.Option("--at", metavar="WHEN", help="What held for each module then.", show_default=False),
    ] = None,
    config: ConfigPath = None,
    token_file: TokenFile = None,
    as_json: AsJson = False,
    as_csv: AsCsv = False,
) -> None:
    """Show when each SIM and module came and left, why, and with which number: a line for each change."""
    from agent.cli.past import ask
    from agent.cli.past_show import show_history
    from agent.formats.iccid import as_iccid

    form = _form("history", as_json=as_json, as_csv=as_csv)
    if at is not None and (of, since, until) != (None, None, None):
        fail(
            Exit.USAGE,
            _("history: --at shows all modules at one time, and cannot be combined with other filters"),
        )
    what = {"of": (as_iccid(of) or of) if of else None, "since": since, "until": until, "at": at}
    show_history(process.run(ask("history", what, config, token_file, form)), of, form)


def uptime(
    by: By = "module",
    since: Since = None,
    config: ConfigPath = None,
    token_file: TokenFile = None,
    as_json: AsJson = False,
    as_csv: AsCsv = False,
) -> None:
    """Show the share of time that each module, SIM or hub was live, its losses, and why it was not."""
    from agent.cli.past import ask
    from agent.cli.past_show import show_uptime

    form = _form("uptime", as_json=as_json, as_csv=as_csv)
    show_uptime(process.run(ask("uptime", {"by": by, "since": since}, config, token_file, form)), form)


def reports(
    since: Since = None,
    config: ConfigPath = None,
    token_file: TokenFile = None,
    as_json: AsJson = False,
    as_csv: AsCsv = False,
) -> None:
    """Show what was reported to Onlinesim and what it answered, and how many five-minute windows were met each day."""
    from agent.cli.past import ask
    from agent.cli.past_show import show_reports

    form = _form("reports", as_json=as_json, as_csv=as_csv)
    show_reports(process.run(ask("reports", {"since": since}, config, token_file, form)), form)


def _form(command: str, *, as_json: bool, as_csv: bool) -> str:
    if as_json and as_csv:
        fail(Exit.USAGE, _("{command}: use --csv or --json, not both").format(command=command))
    return "csv" if as_csv else "json" if as_json else "table"
