"""The English texts of `--help`, read from the command line itself."""

from __future__ import annotations

import typer

from agent.cli.app import app
from agent.cli.help import help_texts

HELP = "agent/cli/app.py"
"""Where it is put together."""


def texts_of_help() -> list[str]:
    """Return the help of each command and option, each once."""
    return list(dict.fromkeys(help_texts(typer.main.get_command(app))))
