"""Write a file of the operator's as a whole: a reader sees the old text or the new one, never a part."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path
from typing import TextIO


def replace_text(path: Path, text: str) -> None:
    """Replace a file with UTF-8 text; keeps line ends, mode, owner and links. Raises OSError that names it."""
    path = path.resolve()  # a link stays a link
    before = path.stat()
    beside = path.with_name(f".{path.name}.new")
    try:
        with _about(path), beside.open("w", encoding="utf-8", newline="") as file:
            os.fchmod(file.fileno(), before.st_mode & 0o7777)
            with contextlib.suppress(PermissionError):
                os.fchown(file.fileno(), before.st_uid, before.st_gid)
            _to_disk(file, text)
        beside.replace(path)
    finally:
        beside.unlink(missing_ok=True)


def write_new(path: Path, text: str) -> None:
    """Create a file with UTF-8 text; leaves none behind on failure. Raises OSError that names it."""
    file = path.open("x", encoding="utf-8", newline="")
    try:
        with _about(path), file:
            _to_disk(file, text)
    except BaseException:
        path.unlink(missing_ok=True)
        raise


def _to_disk(file: TextIO, text: str) -> None:
    file.write(text)
    file.flush()
    os.fsync(file.fileno())


@contextlib.contextmanager
def _about(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as why:
        if why.filename is None:  # as it is for a full disk
            raise type(why)(why.errno, why.strerror, str(path)) from why
        raise
