"""The command `trace`: its arguments and help."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path
from typing import Annotated

import typer

from agent.cli import process
from agent.cli.exit import Exit, fail
from agent.cli.options import ConfigPath, TokenFile
from agent.language import _


def trace(
    ports: Annotated[
        list[str] | None, typer.Argument(metavar="PORT", help="Paths of ports, or names of modules.")
    ] = None,
    config: ConfigPath = None,
    token_file: TokenFile = None,
    every: Annotated[bool, typer.Option("--all", help="Every port, also those that come later.")] = False,
    output: Annotated[
        Path | None,
        typer.Option("--output", "-o", metavar="FILE", help="Write into a new file instead of the terminal."),
    ] = None,
) -> None:
    """Show the AT dialogue on ports as it happens."""
    from agent.cli.config_file import read_status
    from agent.cli.trace import Traced, trace_ports

    if bool(ports) == every:
        fail(
            Exit.USAGE, _("trace: name one port or several, or use --all; `simbank-agent status` lists them")
        )
    with suppress(KeyboardInterrupt):
        process.run(trace_ports(*read_status(config, token_file), Traced(tuple(ports or ()), output)))
