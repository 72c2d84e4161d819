"""The English texts of `--help` and of the simulated bank's `help`, read from where they are."""

from __future__ import annotations

import typer

from agent.cli.app import app
from agent.cli.help import help_texts
from drivers.simulator.console import VERBS
from drivers.simulator.faults import MEANINGS

HELP = "agent/cli/app.py"
"""Where it is put together."""
BANK = "drivers/simulator/console.py"


def texts_of_help() -> list[str]:
    """Return the help of each command and option, each once."""
    return list(dict.fromkeys(help_texts(typer.main.get_command(app))))


def texts_of_bank() -> list[str]:
    """Return what the commands and faults of the simulated bank mean, each once."""
    return list(dict.fromkeys([*(verb.meaning for verb in VERBS.values()), *MEANINGS.values()]))
