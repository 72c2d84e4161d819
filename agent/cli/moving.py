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
from agent.language import N_, _, current_language
from agent.store.copying import NoStore
from agent.store.problems import problem_in

STOP_THE_OLD_ONE = N_(
    "First stop the agent on the old host for good (sudo systemctl disable --now simbank-agent): two agents with one"
    " key replace each other's list."
)


def write_backup(file: Path, config: Config, path: Path, *, with_key: bool) -> None:
    """Make the backup; exits with a message where that fails. Raises OSError."""
    if os.path.lexists(file):
        fail(Exit.PROBLEM, _("{file} exists: nothing was overwritten; give another name").format(file=file))
    try:
        gathered = gather(config, path, with_key=with_key)
    except (sqlite3.Error, NoStore) as why:
        text = _("{file} cannot be read ({why}); nothing was written")
        fail(Exit.PROBLEM, text.format(file=config.store_file, why=problem_in(str(why), current_language())))
    archive.write(file, gathered.backup)
    for note in gathered.notes:
        print(note, file=sys.stderr)
    key = _("with the key") if KEY in gathered.backup.files else _("without the key")
    print(f"{file}: {', '.join(name for name in gathered.backup.files if name != KEY)}, {key}")
    print(_("it holds phone numbers: keep it where only you can read it"), file=sys.stderr)


def restore_backup(file: Path, target: Path, *, keep_config: bool) -> None:
    """Put the backup in place; exits with a message where that fails. Raises StoreInUse, OSError."""
    try:
        backup = archive.read(file)
        planned = plan(backup, target, keep_config=keep_config, environment=os.environ)
        made = _("{file}: made {time} on {host} by simbank-agent {version}")
        print(
            made.format(file=file, time=backup.made_at, host=backup.host, version=backup.version),
            file=sys.stderr,
        )
        print(_(STOP_THE_OLD_ONE), file=sys.stderr)
        lines = carry_out(backup, planned)
    except BadBackup as why:
        fail(Exit.PROBLEM, _("{why}; nothing was changed").format(why=why))
    except sqlite3.Error as why:
        text = _("the store cannot be written ({why}); nothing was changed")
        fail(Exit.PROBLEM, text.format(why=problem_in(str(why), current_language())))
    for line in lines:
        print(line)
    option = "" if target == SYSTEM else f" --config {target}"
    text = _(
        "Next: simbank-agent check{option}, then start the agent. Its SIMs settle again. Where modules are in other"
        " USB places than before, `simbank-agent move --all{option}` gives them their names back."
    )
    print(text.format(option=option), file=sys.stderr)
