"""Putting files in place, and taking away exactly those.

Responsible for the order of steps, for leaving alone what an operator changed, and for saying each step in a line.
Must not know what is in the files. Doing it twice does nothing the second time.
"""

from __future__ import annotations

import contextlib
import errno
import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Final

from agent.install.files import API_KEY, CONFIG, PACKAGED_PROGRAM, STATE, UNIT, InstalledFile, pieces
from agent.install.record import Record
from agent.install.system import (
    APPLY_RULES,
    MAKE_USER,
    READ_UNITS,
    STOP_SERVICE,
    Command,
    Say,
    carry_out,
    run,
)

ROOT: Final = Path("/")
USER: Final = "simbank-agent"


def install(
    say: Say,
    *,
    program: Path,
    root: Path = ROOT,
    dry_run: bool = False,
    run: Callable[[tuple[str, ...]], str] = run,
) -> None:
    """Put everything in place below `root`; `say` gets a line for each step.

    `program` goes into the unit. Commands of the system run only where `root` is /. Raises PermissionError without
    root's rights, and OSError where the disk refuses.
    """
    _need_root(root, dry_run=dry_run)
    steps = _Steps(say, root, dry_run, run)
    for piece in pieces(program):
        steps.place(piece)
    steps.save()
    for command in (MAKE_USER, *APPLY_RULES, READ_UNITS):
        steps.carry_out(command)
    steps.give_config_to_service()
    say(f"next: the API key into /{API_KEY}, the server into /{CONFIG};")
    say("then: simbank-agent check, and sudo systemctl enable --now simbank-agent")


def uninstall(
    say: Say,
    *,
    program: Path = Path(PACKAGED_PROGRAM),
    root: Path = ROOT,
    dry_run: bool = False,
    run: Callable[[tuple[str, ...]], str] = run,
) -> None:
    """Take away what `install` put there, unless it was changed since. Raises as `install` does.

    `program` is only for a record that was lost: with it, what would be written now counts as ours.
    """
    _need_root(root, dry_run=dry_run)
    steps = _Steps(say, root, dry_run, run)
    ours = pieces(program)
    if any(piece.path == UNIT and steps.is_ours(piece) for piece in ours):
        steps.carry_out(STOP_SERVICE)
    for piece in ours:
        steps.take_away(piece)
    steps.save()
    if not dry_run:
        with contextlib.suppress(OSError):  # something of the operator's is in it
            (root / CONFIG).parent.rmdir()
    for command in (*APPLY_RULES, READ_UNITS):
        steps.carry_out(command)
    say(f"kept: {STATE} with the store, and the user {USER}, whose files it holds")


def _need_root(root: Path, *, dry_run: bool) -> None:
    if root == ROOT and not dry_run and os.geteuid() != 0:
        raise PermissionError(errno.EPERM, "run it with sudo; --dry-run needs no rights", "/etc")


class _Steps:
    """The steps of one run."""

    def __init__(self, say: Say, root: Path, dry_run: bool, run: Callable[[tuple[str, ...]], str]) -> None:
        self._say = say
        self._root = root
        self._dry_run = dry_run
        self._run = run
        self._record = Record(root)

    def place(self, piece: InstalledFile) -> None:
        """Write a file, unless it is there or somebody changed it."""
        path = self._root / piece.path
        there = _content(path)
        if there == piece.content:
            self._say(f"is there: /{piece.path}")
        elif piece.packaged and there is None and _content(self._root / piece.packaged) == piece.content:
            self._say(f"is there, by the package: /{piece.packaged}")
        elif _exists(path) and piece.operators:
            self._say(f"kept as it is: /{piece.path}")
        elif _exists(path) and (there is None or not self._record.holds(piece.path, there)):
            self._say(f"kept, for somebody changed it: /{piece.path} (remove it, and install writes ours)")
        elif self._dry_run:
            self._say(f"would write: /{piece.path}")
        else:
            _write(path, piece.content, piece.mode)
            self._record.note(piece.path, piece.content)
            self._say(f"wrote: /{piece.path}")

    def take_away(self, piece: InstalledFile) -> None:
        """Remove a file that is as install wrote it."""
        path = self._root / piece.path
        if not _exists(path):
            self._say(f"is not there: /{piece.path}")
        elif not self.is_ours(piece):
            self._say(f"kept, for it was changed: /{piece.path}")
        elif self._dry_run:
            self._say(f"would remove: /{piece.path}")
            return
        else:
            path.unlink()
            self._say(f"removed: /{piece.path}")
        self._record.forget(piece.path)

    def is_ours(self, piece: InstalledFile) -> bool:
        """Whether the file is as it was written, by this version or the one that the record tells of."""
        there = _content(self._root / piece.path)
        return there is not None and (there == piece.content or self._record.holds(piece.path, there))

    def save(self) -> None:
        """Keep the record."""
        if not self._dry_run:
            self._record.save()

    def carry_out(self, command: Command) -> None:
        """Run a command of the system; a staged tree has no system."""
        if self._root == ROOT:
            carry_out(command, self._say, dry_run=self._dry_run, run=self._run)

    def give_config_to_service(self) -> None:
        """Let the service read config.yaml, which others need not: it holds numbers."""
        if self._root != ROOT or self._dry_run:
            return
        config = self._root / CONFIG
        if not self._record.holds(CONFIG, _content(config) or b""):
            return
        try:
            shutil.chown(config, group=USER)
        except LookupError:
            self._say(f"there is no group {USER} yet: make the user, then chgrp {USER} /{CONFIG}")


def _exists(path: Path) -> bool:
    """Whether something is there: a link to /dev/null, too, is somebody's wish."""
    return path.exists() or path.is_symlink()


def _content(path: Path) -> bytes | None:
    """Return what a file holds; None for one that is not there, cannot be read or is a link."""
    try:
        return None if path.is_symlink() else path.read_bytes()
    except OSError:
        return None


def _write(path: Path, content: bytes, mode: int) -> None:
    """Write a whole file or none; a reader never sees half, nor anything before its mode is set."""
    path.parent.mkdir(mode=0o755, parents=True, exist_ok=True)
    fresh = path.with_name(f".{path.name}.new")
    fresh.unlink(missing_ok=True)
    descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
        os.fchmod(file.fileno(), mode)
        os.fsync(file.fileno())
    fresh.replace(path)
