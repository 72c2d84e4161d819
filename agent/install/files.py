"""The installed files: path, content, mode. The unit (its program) and config.yaml (real ports) are adapted.

The originals are in `udev/` and at the top of the repository; agent/install/system/ links to them, in a wheel it
holds them.
"""

from __future__ import annotations

import os
import re
import sys
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from typing import Final

from agent.config.locate import SYSTEM_STATE
from agent.language import _

PACKAGED_PROGRAM: Final = "/usr/bin/simbank-agent"
CONFIG: Final = "etc/simbank-agent/config.yaml"
API_KEY: Final = "etc/simbank-agent/api_key"
UNIT: Final = "etc/systemd/system/simbank-agent.service"
SYSUSERS: Final = "etc/sysusers.d/simbank-agent.conf"

_HIDDEN: Final = tuple(map(Path, ("/home", "/root", "/run/user", "/tmp", "/var/tmp")))  # noqa: S108  names, not files
"""What the unit's ProtectHome and PrivateTmp hide from the service."""
_HEADER: Final = """\
# Every key of simbank-agent, with its default. What you leave out has its default too. This file uses every USB serial
# port, and reports to the sandbox, a stand-in for Onlinesim: it sells nothing until onlinesim.server is set.
#
"""


class CannotInstall(Exception):
    """The service could not run this program; the message says what to do instead."""


@dataclass(frozen=True, slots=True)
class InstalledFile:
    """One file: its path below the root, its content and mode.

    `packaged` is where the Debian package has the same; `operators`: the operator fills it in, so one that exists is
    never replaced.
    """

    path: str
    content: bytes
    mode: int = 0o644
    packaged: str = ""
    operators: bool = False


def installed_files(program: Path) -> tuple[InstalledFile, ...]:
    """Every file, for a program at this path."""
    rules = ("60-simbank-agent.rules", "86-simbank-agent-brltty.rules")
    return (
        *(
            InstalledFile(
                f"etc/udev/rules.d/{name}", _shipped(name).encode(), packaged=f"usr/lib/udev/rules.d/{name}"
            )
            for name in rules
        ),
        InstalledFile(
            SYSUSERS,
            _shipped("simbank-agent.sysusers").encode(),
            packaged="usr/lib/sysusers.d/simbank-agent.conf",
        ),
        InstalledFile(UNIT, unit(program).encode(), packaged="usr/lib/systemd/system/simbank-agent.service"),
        InstalledFile(CONFIG, installed_config().encode(), 0o640, operators=True),
        InstalledFile(API_KEY, b"", 0o600, operators=True),
    )


def unit(program: Path) -> str:
    """The unit, which starts this program."""
    text = _shipped("simbank-agent.service")
    path = str(program).replace("%", "%%")
    quoted = f'"{path}"' if " " in path else path
    return _replaced(rf"(?m)^ExecStart={re.escape(PACKAGED_PROGRAM)} ", f"ExecStart={quoted} ", text)


def program_of(unit: bytes) -> Path:
    """The program that an installed unit starts; that of the package where it names none."""
    found = re.search(rb'(?m)^ExecStart="?(/.+?)"? run --config ', unit)
    return Path(os.fsdecode(found[1]).replace("%%", "%") if found else PACKAGED_PROGRAM)


def installed_config(shipped: str | None = None) -> str:
    """The shipped config.yaml, with every USB serial port for the simulated ones and the store in /var/lib."""
    text = _shipped("config.yaml") if shipped is None else shipped
    text = _replaced(r"(?sm)\A.*?(?=^# Durations)", _HEADER, text)
    text = _replaced(r"(?m)^(?P<key> *- path: )simulated {7}", r"\g<key>usb             ", text)
    return _replaced(r"(?m)^store: simbank\.db +#", f"store: {SYSTEM_STATE}/simbank.db  #", text)


def this_program(argv0: str | None = None, prefixes: tuple[str, ...] | None = None) -> Path:
    """The absolute path of the running program, for the unit. Raises CannotInstall."""
    called = Path(sys.argv[0] if argv0 is None else argv0)
    beside = Path(sys.executable).parent / "simbank-agent"
    program = (called if called.name == "simbank-agent" else beside).absolute()
    if not program.is_file():
        text = _(
            "{program} does not exist: install the package (pipx install, the .deb), then run its"
            " `simbank-agent install`"
        )
        raise CannotInstall(text.format(program=program))
    places = (program, program.resolve(), *map(Path, prefixes or (sys.prefix, sys.base_prefix)))
    for place in places:
        if any(place.is_relative_to(hidden) for hidden in _HIDDEN):
            text = _(
                "{folder} is in a folder that the service cannot see; install the program for all users:"
                " sudo pipx install --global simbank-agent, the .deb, or a venv in /opt/simbank-agent"
            )
            raise CannotInstall(text.format(folder=place))
    return program


def _shipped(name: str) -> str:
    return (resources.files("agent.install") / "system" / name).read_text(encoding="utf-8")


def _replaced(pattern: str, new: str, text: str) -> str:
    replaced, count = re.subn(pattern, new, text)
    if count != 1:
        raise ValueError(f"a shipped file has changed: {pattern} matches {count} times")
    return replaced
