"""The partner's API key, from config.yaml or the file that it names."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from agent.config import Config, ConfigError, Problem
from drivers.offload import offload

READ_WITHIN: Final = 10.0
"""Seconds for the disk that has the key's file."""


async def read_key(config: Config) -> str | None:
    """Return the API key, None if none is configured. Raises ConfigError."""
    key = config.onlinesim.api_key
    if key is not None:
        return key.get_secret_value()
    path = config.onlinesim.api_key_file
    return None if path is None else await _key_in(path)


async def _key_in(path: Path) -> str:
    try:
        text = (await offload(path.read_text, name="api_key_file", timeout=READ_WITHIN)).strip()
    except (OSError, UnicodeDecodeError, TimeoutError) as why:
        raise _wrong(path, f"the API key cannot be read: {why}") from why
    if not (text and text.isascii() and text.isprintable()):
        raise _wrong(path, "the API key is empty or has characters outside ASCII")
    return text


def _wrong(path: Path, message: str) -> ConfigError:
    return ConfigError([Problem(file=str(path), message=message)])
