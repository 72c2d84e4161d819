"""The token of the page: from config.yaml, the file that it names, or systemd's credential."""

from __future__ import annotations

import logging
import secrets
from pathlib import Path
from typing import Final

from agent.app.secret_file import read_secret
from agent.config import Config
from agent.language import _
from agent.language.system_words import error_words
from drivers.offload import offload

_log = logging.getLogger(__name__)

READ_WITHIN: Final = 10.0
"""Seconds for the disk that has the file."""


async def read_token(config: Config) -> str | None:
    """Return the token, None where none is configured.

    A file that cannot be read is no reason to sell nothing, and none to let everybody in: nobody knows the token then.
    """
    token, path = config.status.token, config.status.token_file
    if token is not None:
        return token.get_secret_value()
    if path is None:
        return None
    try:
        return await offload(lambda: token_of(path), name="token_file", timeout=READ_WITHIN)
    except (OSError, ValueError, TimeoutError) as why:
        words = _("the disk does not answer") if isinstance(why, TimeoutError) else _words(why, path)
        _log.error("status.token_file cannot be used, so nobody can open the page: %s", words)
        return secrets.token_urlsafe()


def token_of(path: Path) -> str:
    """Return the token in a file, for a command. Raises OSError; ValueError with the path."""
    try:
        return read_secret(path)
    except ValueError as why:
        raise ValueError(f"{path} {why}") from why


def _words(why: Exception, path: Path) -> str:
    return f"{path}: {error_words(why)}" if isinstance(why, OSError) else str(why)
