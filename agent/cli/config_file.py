"""config.yaml as commands find it: all of it, or as much as it takes to find the running agent."""

from __future__ import annotations

import os
from pathlib import Path

from agent.config import Config, ConfigError, Status, find, load, status_of
from drivers.vendors import DIALECTS, VENDORS

SERVICE_FOLDER = Path("/etc/simbank-agent")
"""Where the systemd unit has config.yaml and the key."""


ConfigOrError = Config | ConfigError | PermissionError
"""A configuration, or why it cannot be used."""


def find_config(given: Path | None) -> Path:
    """Return its path. Raises ConfigError if there is none, PermissionError for a folder that may not be searched."""
    return find(given, os.environ, _here())


def read_config(given: Path | None) -> Config:
    """Find and read it. Raises ConfigError, OSError."""
    path = find_config(given)
    return _loaded(path, _text(path))


def read_status(given: Path | None) -> tuple[Status, ConfigOrError]:
    """Return the `status` section, and the whole configuration or why it cannot be used.

    Raises ConfigError if there is no config.yaml.
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
        raise FileNotFoundError(gone.errno, gone.strerror, "current folder") from gone


def _text(path: Path) -> str:
    return path.read_text(encoding="utf-8", errors="replace")


def _loaded(path: Path, text: str) -> Config:
    drivers = {*VENDORS, *(dialect.name for dialect in DIALECTS)}
    shown = os.path.relpath(path) if path.is_relative_to(_here()) else str(path)
    folder = path.resolve().parent
    environment = dict(os.environ)
    if folder == SERVICE_FOLDER:
        # systemd passes the key to the service from here; commands typed by a person get it the same way.
        environment.setdefault("CREDENTIALS_DIRECTORY", str(folder))
    return load(text, file=shown, environment=environment, folder=folder, drivers=drivers)
