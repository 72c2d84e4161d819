"""What goes into a backup: the store as it is, config.yaml with or without its secrets, sims_file, the key."""

from __future__ import annotations

import socket
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from agent import __version__
from agent.app.secret_file import read_secret
from agent.backup.archive import CONFIG, KEY, MOST, SIMS, STORE, Backup
from agent.config import Config
from agent.config.edit import without_secrets
from agent.config.named_file import read_file
from agent.language import _, current_language
from agent.language.system_words import error_words
from agent.store.copying import StoreCopy, copy_of
from agent.store.problems import problem_in


@dataclass(frozen=True, slots=True)
class Gathered:
    """A backup, and what a person has to know about it."""

    backup: Backup
    notes: tuple[str, ...]


def gather(config: Config, file: Path, *, with_key: bool, wall: Callable[[], float] = time.time) -> Gathered:
    """Read all that belongs to the agent of this config.yaml, which may be running. Blocks.

    Raises OSError, sqlite3.Error, NoStore for a store of which not even a part could be restored.
    """
    files: dict[str, bytes] = {}
    notes: list[str] = []
    _add_store(config, files, notes)
    _add_config(config, file, files, notes, with_key=with_key)
    _add_sims(config, files, notes)
    if with_key:
        _add_key(config, files, notes)
    made_at = time.strftime("%Y-%m-%d %H:%M:%S UTC", time.gmtime(wall()))
    backup = Backup(
        files=files,
        version=__version__,
        made_at=made_at,
        host=socket.gethostname(),
        config=str(file.absolute()),
    )
    return Gathered(backup, tuple(notes))


def _add_store(config: Config, files: dict[str, bytes], notes: list[str]) -> None:
    path = config.store_file
    if not path.exists():
        notes.append(_("no store yet: {file} does not exist").format(file=path))
        return
    content = copy_of(path)
    copy = StoreCopy(content)  # what cannot be read back is no backup
    copy.close()
    if copy.found.dropped:
        text = _("the store is damaged, and only a part of it can be restored: {what}")
        notes.append(text.format(what=problem_in("; ".join(copy.found.dropped), current_language())))
    files[STORE] = content


def _add_config(
    config: Config, file: Path, files: dict[str, bytes], notes: list[str], *, with_key: bool
) -> None:
    text = read_file(file, MOST[CONFIG]).decode("utf-8", "replace")
    if not with_key:
        text, left_out = without_secrets(text, config, file=str(file))
        if left_out:
            text_of_note = _("left out of config.yaml as secret: {keys} (--with-key keeps them)")
            notes.append(text_of_note.format(keys=", ".join(left_out)))
    files[CONFIG] = text.encode()


def _add_sims(config: Config, files: dict[str, bytes], notes: list[str]) -> None:
    if config.sims_file is None:
        return
    try:
        files[SIMS] = read_file(config.sims_file, MOST[SIMS])
    except OSError as why:
        text = _("without sims_file: {file}: {why}; its previous rows are in the store")
        notes.append(text.format(file=config.sims_file, why=error_words(why)))


def _add_key(config: Config, files: dict[str, bytes], notes: list[str]) -> None:
    """Add the key that a file holds; one in config.yaml is there already. Raises OSError: it was asked for."""
    path = config.onlinesim.api_key_file
    if path is not None:
        try:
            files[KEY] = read_secret(path).encode() + b"\n"
        except ValueError as why:
            notes.append(_("without the key: {file} {why}").format(file=path, why=why))
    elif config.onlinesim.api_key is None:
        notes.append(_("there is no key: the sandbox needs none"))
