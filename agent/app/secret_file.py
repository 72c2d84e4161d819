"""A file that holds one secret: the API key, or the token of the page."""

from __future__ import annotations

import errno
import os
import stat
from pathlib import Path
from typing import Final

LARGEST: Final = 4096
"""Bytes."""


def read_secret(path: Path) -> str:
    """Return the secret, without blanks around it. Blocks for the disk alone.

    Raises OSError for a file that cannot be read or is none (a device or FIFO might never end), ValueError for one
    that holds no secret that an HTTP header can carry.
    """
    descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NOCTTY | os.O_NONBLOCK)
    with open(descriptor, "rb") as file:  # noqa: PTH123  a path cannot be opened without waiting for a FIFO
        if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
            raise OSError(errno.EINVAL, "is not a regular file", str(path))
        raw = file.read(LARGEST + 1)
    if len(raw) > LARGEST:
        raise ValueError(f"is larger than {LARGEST // 1024} kB")
    text = raw.removeprefix(b"\xef\xbb\xbf").decode("latin-1").strip()
    if not (text and text.isascii() and text.isprintable()):
        raise ValueError("is empty or has characters outside ASCII")
    return text
