"""Options that several commands have."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

ConfigPath = Annotated[
    Path | None,
    typer.Option(
        "--config",
        "-c",
        metavar="FILE",
        readable=False,  # a file that may not be read is not a usage error
        help="Path of config.yaml; default: $SIMBANK_CONFIG, ./config.yaml or /etc/simbank-agent/config.yaml.",
    ),
]
TargetPath = Annotated[
    Path | None,
    typer.Option(
        "--config",
        "-c",
        metavar="FILE",
        readable=False,
        help="Where config.yaml goes; default: $SIMBANK_CONFIG or /etc/simbank-agent/config.yaml.",
    ),
]
TokenFile = Annotated[
    Path | None,
    typer.Option(
        "--token-file",
        metavar="FILE",
        readable=False,
        help="File with the token of the running agent; default: $SIMBANK_TOKEN, or as in config.yaml.",
    ),
]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]
AsCsv = Annotated[bool, typer.Option("--csv", help="Print CSV.")]
