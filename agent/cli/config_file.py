"""config.yaml as commands find it: all of it, or as much as it takes to find the running agent."""

from __future__ import annotations

import errno
import os
from pathlib import Path
from typing import Final

from pydantic import SecretStr

from agent.app.status_token import token_of
from agent.cli.exit import Exit, fail
from agent.config import Config, ConfigError, Status, find, load, status_of
from agent.config.locate import SYSTEM, VARIABLE
from agent.language import _

TOKEN_VARIABLE = "SIMBANK_TOKEN"  # noqa: S105  a name
LARGEST: Final = 4 * 2**20
"""Bytes."""
SERVICE_FOLDER = SYSTEM.parent
"""Where the systemd unit has config.yaml and the key."""


ConfigOrError = Config | ConfigError | PermissionError
"""A configuration, or why it cannot be used."""


def find_config(given: Path | None) -> Path:
    """Return its path. Raises ConfigError if there is none, PermissionError for a folder that may not be searched."""
    return find(given, os.environ, _here())


def target_config(given: Path | None) -> Path:
    """Return where a config.yaml is to be written: never ./config.yaml of itself, which may be the shipped one."""
    named = given or os.environ.get(VARIABLE)
    return _here() / named if named else SYSTEM


def read_config(given: Path | None) -> Config:
    """Find and read it. Raises ConfigError, OSError."""
    path = find_config(given)
    return _loaded(path, _text(path))


def read_asking(given: Path | None, token_file: Path | None) -> Config:
    """Find and read it for a command that asks the running agent, with the token of that user.

    Raises as `read_config` and `read_status` do.
    """
    config = read_config(given)
    return config.model_copy(update={"status": _with_token(config.status, token_file)})


def read_status(given: Path | None, token_file: Path | None = None) -> tuple[Status, ConfigOrError]:
    """Return the `status` section with the token of that user, and the whole configuration or why it cannot be used.

    Raises ConfigError if there is no config.yaml, OSError for a `token_file` that cannot be read; exits with a message
    for a token that is none.
    """
    try:
        path = find_config(given)
        text = _text(path)
    except PermissionError as forbidden:
        return _with_token(Status(), token_file), forbidden
    try:
        config = _loaded(path, text)
    except ConfigError as wrong:
        return _with_token(status_of(text, os.environ, path.resolve().parent), token_file), wrong
    return _with_token(config.status, token_file), config


def _with_token(status: Status, token_file: Path | None) -> Status:
    """Put the token of `token_file`, else of $SIMBANK_TOKEN, in the place of the configured one."""
    token = os.environ.get(TOKEN_VARIABLE, "").strip()
    if token_file is not None:
        try:
            token = token_of(token_file)
        except ValueError as why:
            fail(Exit.USAGE, f"--token-file: {why}")
    if not token:
        return status
    if not (token.isascii() and token.isprintable()):
        fail(Exit.USAGE, _("{variable} has characters outside ASCII").format(variable=f"${TOKEN_VARIABLE}"))
    return status.model_copy(update={"token": SecretStr(token)})


def _here() -> Path:
    try:
        return Path.cwd()
    except FileNotFoundError as gone:
        raise FileNotFoundError(gone.errno, gone.strerror, _("current folder")) from gone


def _text(path: Path) -> str:
    """Read it, be it a pipe, as `<(…)` of a shell is; but no more than a configuration can be."""
    with path.open("rb") as file:
        content = file.read(LARGEST + 1)
    if len(content) > LARGEST:
        too_large = _("is larger than {size} MB, which no config.yaml is").format(size=LARGEST // 2**20)
        raise OSError(errno.EFBIG, too_large, str(path))
    return content.decode("utf-8", "replace").replace("\r\n", "\n").replace("\r", "\n")


def _loaded(path: Path, text: str) -> Config:
    shown = os.path.relpath(path) if path.is_relative_to(_here()) else str(path)
    folder = path.resolve().parent
    environment = dict(os.environ)
    if folder == SERVICE_FOLDER:
        # systemd passes the key to the service from here; commands typed by a person get it the same way.
        environment.setdefault("CREDENTIALS_DIRECTORY", str(folder))
    return load(
        text,
        file=shown,
        environment=environment,
        folder=folder,
        drivers=_driver_names,
        credentials=_credentials(environment.get("CREDENTIALS_DIRECTORY", "")),
    )


def _driver_names() -> frozenset[str]:
    from drivers.vendors import DIALECTS, VENDORS  # noqa: PLC0415  longer than all of `status`, and seldom asked

    return frozenset({*VENDORS, *(dialect.name for dialect in DIALECTS)})


def _credentials(directory: str) -> frozenset[str]:
    try:
        return frozenset(entry.name for entry in Path(directory).iterdir()) if directory else frozenset()
    except OSError:
        return frozenset()
