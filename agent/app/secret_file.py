"""A file that holds one secret: the API key, or the token of the page."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from agent.config.named_file import read_file
from agent.language import _

LARGEST: Final = 4096
"""Bytes."""


def read_secret(path: Path) -> str:
    """Return the secret, without blanks around it. Blocks for the disk alone.

    Raises OSError for a file that cannot be read, is none or is larger than LARGEST, ValueError for one
    that holds no secret that an HTTP header can carry.
    """
    raw = read_file(path, LARGEST)
    text = raw.removeprefix(b"\xef\xbb\xbf").decode("latin-1").strip()
    if not (text and text.isascii() and text.isprintable()):
        raise ValueError(_("is empty or has characters outside ASCII"))
    return text
