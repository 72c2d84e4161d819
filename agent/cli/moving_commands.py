"""The commands `backup` and `restore`: their arguments and help."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from agent.cli import process
from agent.cli.options import ConfigPath, TargetPath

BackupFile = Annotated[Path, typer.Argument(metavar="FILE", readable=False, help="The file of the backup.")]


def backup(
    file: BackupFile,
    config: ConfigPath = None,
    with_key: Annotated[
        bool, typer.Option("--with-key", help="With the API key, and the other secrets of config.yaml.")
    ] = False,
) -> None:
    """Write store, config.yaml and sims_file into one file; the agent may run meanwhile."""
    from agent.cli.config_file import find_config, read_config
    from agent.cli.moving import write_backup

    process.allow_interrupt()
    write_backup(file, read_config(config), find_config(config), with_key=with_key)


def restore(
    file: BackupFile,
    config: TargetPath = None,
    keep_config: Annotated[
        bool,
        typer.Option("--keep-config", help="Leave config.yaml as it is here; it says where the rest goes."),
    ] = False,
) -> None:
    """Put a backup in place, on this host or another one; what it replaces is kept aside."""
    from agent.cli.config_file import target_config
    from agent.cli.moving import restore_backup

    process.allow_interrupt()
    restore_backup(file, target_config(config), keep_config=keep_config)
