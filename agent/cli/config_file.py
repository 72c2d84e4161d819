"""config.yaml as commands find it: whole, or as much of it as shows the running agent.

Responsible for the only look at the file, and for what the environment adds to it. Must not know what stands in it.
"""

from __future__ import annotations

import os
from pathlib import Path

from agent.config import Config, ConfigError, Status, find, load, status_of
from drivers.vendors import DIALECTS, VENDORS

SERVICE_FOLDER = Path("/etc/simbank-agent")
"""Where the unit has config.yaml and the key (udev/simbank-agent.service)."""


def find_config(given: Path | None) -> Path:
    """Find it. Raises ConfigError, and PermissionError for a folder that is closed to us."""
    return find(given, os.environ, _here())


def read_config(given: Path | None) -> Config:
    """Find and read it. Raises ConfigError, OSError."""
    path = find_config(given)
    return _loaded(path, _text(path))


def read_status(given: Path | None) -> tuple[Status, Config | ConfigError | PermissionError]:
    """Find it, and read where the agent answers, although the rest may be wrong or not for us to read.

    Raises ConfigError where there is none.
    """
    try:
        path = find_config(given)
        text = _text(path)
    except PermissionError as forbidden:
        return Status(), forbidden
    try:
        config = _loaded(path, text)
    except ConfigError as wrong:
        return status_of(text, os.environ), wrong
    return config.status, config


def _here() -> Path:
    try:
        return Path.cwd()
    except FileNotFoundError as gone:
        raise FileNotFoundError(gone.errno, gone.strerror, "the current folder") from gone


def _text(path: Path) -> str:
    return path.read_text(encoding="utf-8", errors="replace")


def _loaded(path: Path, text: str) -> Config:
    drivers = {*VENDORS, *(dialect.name for dialect in DIALECTS)}
    shown = os.path.relpath(path) if path.is_relative_to(_here()) else str(path)
    folder = path.resolve().parent
    environment = dict(os.environ)
    if folder == SERVICE_FOLDER:
        # systemd hands the service its key from here; at the keyboard nobody does.
        environment.setdefault("CREDENTIALS_DIRECTORY", str(folder))
    return load(text, file=shown, environment=environment, folder=folder, drivers=drivers)
