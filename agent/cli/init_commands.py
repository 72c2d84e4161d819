"""The command `init`: its arguments and help."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from agent.cli import process
from agent.cli.options import TargetPath


def init(
    config: TargetPath = None,
    server: Annotated[
        str | None, typer.Option(metavar="URL", help="The URL from partner support, or sandbox.")
    ] = None,
    key_file: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            allow_dash=True,
            readable=False,
            help="A file that holds the API key, or - for stdin.",
        ),
    ] = None,
    modules: Annotated[
        int | None, typer.Option(metavar="N", min=1, max=1024, help="GSM modules you own.")
    ] = None,
    port: Annotated[
        list[str] | None,
        typer.Option(metavar="PATH", help="A port to use, may be repeated; default: every USB serial port."),
    ] = None,
) -> None:
    """Ask a few questions and write the first config.yaml, and the API key where the service finds it."""
    from agent.cli.config_file import target_config
    from agent.cli.init import Given, make_first_config

    process.allow_interrupt()
    given = Given(server=server, key_file=key_file, modules=modules, ports=tuple(port or ()))
    make_first_config(target_config(config), given)
