"""The partner's API key, from config.yaml or the file that it names."""

from __future__ import annotations

import errno
from pathlib import Path
from typing import Final

from agent.app.secret_file import read_secret
from agent.config import Config, ConfigError, Problem
from agent.language import _
from agent.language.system_words import error_words
from drivers.offload import offload

READ_WITHIN: Final = 10.0
"""Seconds for the disk that has the key's file."""


async def read_key(config: Config) -> str | None:
    """Return the API key, None if none is configured. Raises ConfigError; OSError where the disk does not answer."""
    key = config.onlinesim.api_key
    if key is not None:
        return key.get_secret_value()
    path = config.onlinesim.api_key_file
    return None if path is None else await _key_in(path)


async def _key_in(path: Path) -> str:
    try:
        return await offload(lambda: read_secret(path), name="api_key_file", timeout=READ_WITHIN)
    except TimeoutError as why:
        text = _("the disk with the API key does not answer")
        raise OSError(errno.ETIMEDOUT, text, str(path)) from why
    except OSError as why:
        raise _wrong(path, _("the API key cannot be read: {why}").format(why=error_words(why))) from why
    except ValueError as why:
        raise _wrong(path, _("the API key {fault}").format(fault=why)) from why


def _wrong(path: Path, message: str) -> ConfigError:
    return ConfigError([Problem(file=str(path), message=message)])
