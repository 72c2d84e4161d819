"""Changing a file of the operator's, so that nobody ever reads half of it.

Responsible for the one step from the old text to the new, and for keeping the file's mode, owner and links. Must
not know what stands in the file.
"""

from __future__ import annotations

import contextlib
import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path


def replace_text(path: Path, text: str) -> None:
    """Write UTF-8 beside `path` and rename; the ends of lines stay as they are in `text`. Raises OSError."""
    path = path.resolve()  # a link stays a link
    before = path.stat()
    beside = path.with_name(f".{path.name}.new")
    try:
        with beside.open("w", encoding="utf-8", newline="") as file:
            os.fchmod(file.fileno(), before.st_mode & 0o7777)
            with contextlib.suppress(PermissionError):
                os.fchown(file.fileno(), before.st_uid, before.st_gid)
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        beside.replace(path)
    finally:
        beside.unlink(missing_ok=True)
