"""The partner's API key, from config.yaml or the file that it names."""

from __future__ import annotations

import errno
from pathlib import Path
from typing import Final

from agent.app.secret_file import read_secret
from agent.config import Config, ConfigError, Problem
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
        raise OSError(errno.ETIMEDOUT, "the disk with the API key does not answer", str(path)) from why
    except OSError as why:
        raise _wrong(path, f"the API key cannot be read: {why.strerror}") from why
    except ValueError as why:
        raise _wrong(path, f"the API key {why}") from why


def _wrong(path: Path, message: str) -> ConfigError:
    return ConfigError([Problem(file=str(path), message=message)])
