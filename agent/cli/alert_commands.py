"""The command `alert`: its arguments and help."""

from __future__ import annotations

from typing import Annotated

import typer

from agent.cli import process
from agent.cli.exit import Exit, fail
from agent.cli.options import AsJson, ConfigPath
from agent.language import _


def alert(
    config: ConfigPath = None,
    test: Annotated[
        bool,
        typer.Option("--test", help="Send a test message to each service and print whether it was accepted."),
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Test the services that receive alerts."""
    from agent.cli.alert import send_test, show_tried
    from agent.cli.config_file import read_config

    if not test:
        fail(Exit.USAGE, _("alert: --test sends a test message to each service"))
    tried = process.run(send_test(read_config(config)))
    with process.exit_with(int(Exit.GOOD if all(one.sent for one in tried) else Exit.PROBLEM)):
        show_tried(tried, as_json=as_json)
