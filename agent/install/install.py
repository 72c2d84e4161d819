"""Put the files of `files` in place, or take them away, and make the system notice. A second run changes nothing.

A file that differs from ours is somebody's: it stays, and a line says so. `force` replaces it, except for
config.yaml and the key, which are the operator's.
"""

from __future__ import annotations

import contextlib
import errno
import os
import shutil
import subprocess
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from agent.config.locate import SYSTEM_STATE, SYSTEM_USER
from agent.install.files import (
    API_KEY,
    CONFIG,
    SYSUSERS,
    UNIT,
    InstalledFile,
    installed_config,
    installed_files,
    program_of,
)
from agent.language import _

Say = Callable[[str], None]
"""Takes a line for the operator."""

Run = Callable[[Sequence[str]], str]
"""Runs a command; returns why it failed, empty where it did not."""

ROOT: Final = Path("/")
WITHIN: Final = 60.0
"""Seconds for one command."""


@dataclass(frozen=True, slots=True)
class Command:
    """A command of the system, and the path that must exist for it to make sense."""

    words: tuple[str, ...]
    needs: Path | None = None

    def __str__(self) -> str:
        return " ".join(self.words)


_UDEV: Final = Path("/run/udev/control")
_SYSTEMD: Final = Path("/run/systemd/system")

MAKE_USER: Final = Command(("systemd-sysusers", f"/{SYSUSERS}"))
APPLY_RULES: Final = (
    Command(("udevadm", "control", "--reload"), _UDEV),
    Command(
        ("udevadm", "trigger", "--action=change", "--subsystem-match=usb", "--subsystem-match=tty"), _UDEV
    ),
)
MASK_BRLTTY: Final = "sudo systemctl mask --now brltty.service brltty-udev.service"
"""What keeps a brltty away that looks at USB by itself, which no udev rule prevents."""
START: Final = "sudo simbank-agent check && sudo systemctl enable --now simbank-agent"
READ_UNITS: Final = Command(("systemctl", "daemon-reload"), _SYSTEMD)
STOP_SERVICE: Final = Command(("systemctl", "disable", "--now", "simbank-agent.service"), _SYSTEMD)


def run(words: Sequence[str]) -> str:
    """Run a command; return why it failed, empty where it did not."""
    try:
        ran = subprocess.run(  # noqa: S603  fixed commands only
            words, capture_output=True, text=True, check=False, timeout=WITHIN, errors="replace"
        )
    except (OSError, subprocess.SubprocessError) as why:
        return str(why)
    output = " ".join((ran.stderr or ran.stdout).split())
    return "" if ran.returncode == 0 else output or _("exit code {code}").format(code=ran.returncode)


def install(
    say: Say, *, program: Path, root: Path = ROOT, dry_run: bool = False, force: bool = False, run: Run = run
) -> None:
    """Put every file in place below `root`, with `program` in the unit; `say` gets a line for each step.

    Commands of the system run only where `root` is /. Raises PermissionError without root's rights, and OSError
    where the disk refuses.
    """
    steps = _Steps(say, root, dry_run, force, run)
    for file in installed_files(program):
        steps.place(file)
    for command in (MAKE_USER, *APPLY_RULES, READ_UNITS):
        steps.carry_out(command)
    steps.give_config_to_service()
    if root == ROOT and shutil.which("brltty"):
        say(
            _(
                "brltty is installed and takes USB serial adapters for Braille displays. If nobody here reads Braille:"
            )
        )
        say(_("{command}, then plug the bank in again").format(command=MASK_BRLTTY))
    text = _("next: sudo simbank-agent init, which asks for server and key, or edit {config} and {key};")
    say(text.format(config=f"/{CONFIG}", key=f"/{API_KEY}"))
    say(_("then: {commands}").format(commands=START))


def uninstall(
    say: Say, *, root: Path = ROOT, dry_run: bool = False, force: bool = False, run: Run = run
) -> None:
    """Take away what `install` put there. Raises as `install` does."""
    steps = _Steps(say, root, dry_run, force, run)
    files = installed_files(program_of(_content(root / UNIT) or b""))
    if any(file.path == UNIT and steps.may_remove(file) for file in files):
        steps.carry_out(STOP_SERVICE)
    for file in files:
        steps.take_away(file)
    if not dry_run:
        with contextlib.suppress(OSError):  # it holds files of the operator
            (root / CONFIG).parent.rmdir()
    for command in (*APPLY_RULES, READ_UNITS):
        steps.carry_out(command)
    text = _("kept: {folder} with the store, and the user {user}, who owns it")
    say(text.format(folder=SYSTEM_STATE, user=SYSTEM_USER))


class _Steps:
    """The steps of one run. Raises PermissionError without root's rights."""

    def __init__(self, say: Say, root: Path, dry_run: bool, force: bool, run: Run) -> None:
        if root == ROOT and not dry_run and os.geteuid() != 0:
            raise PermissionError(errno.EPERM, _("run it with sudo; --dry-run needs no rights"), "/etc")
        self._say = say
        self._root = root
        self._dry_run = dry_run
        self._force = force
        self._run = run

    def _tell(self, text: str, file: str) -> None:
        self._say(text.format(file=f"/{file}"))

    def place(self, file: InstalledFile) -> None:
        """Write a file, unless it or another one is there."""
        path = self._root / file.path
        if _content(path) == file.content:
            self._tell(_("already there: {file}"), file.path)
        elif _exists(path) and file.operators:
            self._tell(_("kept, it is yours: {file}"), file.path)
        elif _exists(path) and not self._force:
            self._tell(_("kept, it differs from ours: {file} (install --force replaces it)"), file.path)
        elif file.packaged and not _exists(path) and _content(self._root / file.packaged) == file.content:
            self._tell(_("already there, from the package: {file}"), file.packaged)
        elif self._dry_run:
            self._tell(_("would write: {file}"), file.path)
        else:
            _write(path, file.content, file.mode)
            self._tell(_("wrote: {file}"), file.path)

    def take_away(self, file: InstalledFile) -> None:
        """Remove a file that is as `install` writes it."""
        path = self._root / file.path
        if not _exists(path):
            self._tell(_("not there: {file}"), file.path)
        elif not self.may_remove(file):
            yours, differs = (
                _("kept, it is yours: {file}"),
                _("kept, it differs from ours: {file} (--force removes it)"),
            )
            self._tell(yours if file.operators else differs, file.path)
        elif self._dry_run:
            self._tell(_("would remove: {file}"), file.path)
        else:
            path.unlink()
            self._tell(_("removed: {file}"), file.path)

    def may_remove(self, file: InstalledFile) -> bool:
        """Whether the file is as `install` writes it, or may go all the same."""
        path = self._root / file.path
        forced = self._force and not file.operators and _exists(path)
        return forced or _content(path) == file.content

    def carry_out(self, command: Command) -> None:
        """Run a command where it makes sense; not for a `root` other than /."""
        if self._root != ROOT:
            return
        absent = command.needs is not None and not command.needs.exists()
        if absent or shutil.which(command.words[0]) is None:
            self._say(_("skipped, not available here: {command}").format(command=command))
        elif self._dry_run:
            self._say(_("would run: {command}").format(command=command))
        else:
            trouble = self._run(command.words)
            text = _("failed: {command}: {why}") if trouble else _("ran: {command}")
            self._say(text.format(command=command, why=trouble))

    def give_config_to_service(self) -> None:
        """Let the service read our config.yaml; others may not, for it will hold numbers."""
        config = self._root / CONFIG
        if self._root != ROOT or self._dry_run or _content(config) != installed_config().encode():
            return
        try:
            shutil.chown(config, group=SYSTEM_USER)
        except LookupError:
            text = _("no group {group} yet: create the user, then chgrp {group} {file}")
            self._say(text.format(group=SYSTEM_USER, file=f"/{CONFIG}"))


def _exists(path: Path) -> bool:
    """Whether anything is there, also a link to /dev/null, by which somebody masks the file."""
    return path.exists() or path.is_symlink()


def _content(path: Path) -> bytes | None:
    """What a file holds; None for one that is not there, cannot be read or is a link."""
    try:
        return None if path.is_symlink() else path.read_bytes()
    except OSError:
        return None


def _write(path: Path, content: bytes, mode: int) -> None:
    """Write a whole file or none; a reader never sees half of it, nor a mode that is too open."""
    path.parent.mkdir(mode=0o755, parents=True, exist_ok=True)
    fresh = path.with_name(f".{path.name}.new")
    fresh.unlink(missing_ok=True)
    descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
        os.fchmod(file.fileno(), mode)
        os.fsync(file.fileno())
    fresh.replace(path)
