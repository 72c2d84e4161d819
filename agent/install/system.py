"""The commands of the system that make installed files count.

Responsible for which there are, whether they mean anything here, and what came of them. Must not know the files.
"""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

Say = Callable[[str], None]

WITHIN: Final = 60.0


@dataclass(frozen=True, slots=True)
class Command:
    """A command, and what must be there for it to mean anything."""

    words: tuple[str, ...]
    needs: Path | None = None

    def __str__(self) -> str:
        return " ".join(self.words)


_UDEV: Final = Path("/run/udev/control")
_SYSTEMD: Final = Path("/run/systemd/system")

MAKE_USER: Final = Command(("systemd-sysusers", "/etc/sysusers.d/simbank-agent.conf"))
APPLY_RULES: Final = (
    Command(("udevadm", "control", "--reload"), _UDEV),
    Command(
        ("udevadm", "trigger", "--action=change", "--subsystem-match=usb", "--subsystem-match=tty"), _UDEV
    ),
)
READ_UNITS: Final = Command(("systemctl", "daemon-reload"), _SYSTEMD)
STOP_SERVICE: Final = Command(("systemctl", "disable", "--now", "simbank-agent.service"), _SYSTEMD)


def run(words: tuple[str, ...]) -> str:
    """Run a command; return why it failed, empty where it did not."""
    try:
        ran = subprocess.run(  # noqa: S603  our own words
            words, capture_output=True, text=True, check=False, timeout=WITHIN, errors="replace"
        )
    except (OSError, subprocess.SubprocessError) as why:
        return str(why)
    said = " ".join((ran.stderr or ran.stdout).split())
    return "" if ran.returncode == 0 else said or f"exit code {ran.returncode}"


def carry_out(
    command: Command, say: Say, *, dry_run: bool, run: Callable[[tuple[str, ...]], str] = run
) -> None:
    """Run a command where it means something, and say what came of it."""
    if shutil.which(command.words[0]) is None or (command.needs is not None and not command.needs.exists()):
        say(f"not run, it has no place here: {command}")
    elif dry_run:
        say(f"would run: {command}")
    else:
        trouble = run(command.words)
        say(f"failed: {command}: {trouble}" if trouble else f"ran: {command}")
