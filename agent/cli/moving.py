"""`backup` and `restore`: what they print, and how they end."""

from __future__ import annotations

import os
import sqlite3
import sys
from pathlib import Path

from agent.backup import archive
from agent.backup.archive import KEY, BadBackup
from agent.backup.contents import gather
from agent.backup.restore import carry_out, plan
from agent.cli.exit import Exit, fail
from agent.config import Config
from agent.config.locate import SYSTEM
from agent.store.copying import NoStore

STOP_THE_OLD_ONE = (
    "First stop the agent on the old host for good (sudo systemctl disable --now simbank-agent): two agents with one"
    " key replace each other's list."
)


def write_backup(file: Path, config: Config, path: Path, *, with_key: bool) -> None:
    """Make the backup; exits with a message where that fails. Raises OSError."""
    if os.path.lexists(file):
        fail(Exit.PROBLEM, f"{file} exists: nothing was overwritten; give another name")
    try:
        gathered = gather(config, path, with_key=with_key)
    except (sqlite3.Error, NoStore) as why:
        fail(Exit.PROBLEM, f"{config.store_file} cannot be read ({why}); nothing was written")
    archive.write(file, gathered.backup)
    for note in gathered.notes:
        print(note, file=sys.stderr)
    key = "with the key" if KEY in gathered.backup.files else "without the key"
    print(f"{file}: {', '.join(name for name in gathered.backup.files if name != KEY)}, {key}")
    print("it holds phone numbers: keep it where only you can read it", file=sys.stderr)


def restore_backup(file: Path, target: Path, *, keep_config: bool) -> None:
    """Put the backup in place; exits with a message where that fails. Raises StoreInUse, OSError."""
    try:
        backup = archive.read(file)
        planned = plan(backup, target, keep_config=keep_config, environment=os.environ)
        print(
            f"{file}: made {backup.made_at} on {backup.host} by simbank-agent {backup.version}",
            file=sys.stderr,
        )
        print(STOP_THE_OLD_ONE, file=sys.stderr)
        lines = carry_out(backup, planned)
    except BadBackup as why:
        fail(Exit.PROBLEM, f"{why}; nothing was changed")
    except sqlite3.Error as why:
        fail(Exit.PROBLEM, f"the store cannot be written ({why}); nothing was changed")
    for line in lines:
        print(line)
    option = "" if target == SYSTEM else f" --config {target}"
    print(
        f"Next: simbank-agent check{option}, then start the agent. Its SIMs settle again. Where modules are in other"
        f" USB places than before, `simbank-agent move --all{option}` gives them their names back.",
        file=sys.stderr,
    )
