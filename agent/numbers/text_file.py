"""Reading a text file that the operator names.

Responsible for its coming to an end: a device may have none, and a pipe waits for somebody who writes. Must not know
what stands in the file.
"""

from __future__ import annotations

import errno
import os
import stat
from pathlib import Path

from agent.config.problem import ConfigError, Places, Problem
from agent.numbers.sims_file import FileEntry, parse, unreadable


def read_sims_file(path: Path, places: Places) -> tuple[tuple[FileEntry, ...], tuple[Problem, ...]]:
    """The good rows, and a problem for each bad one. Raises ConfigError where the file cannot be read. Blocks."""
    try:
        text = read_text(path)
    except (OSError, UnicodeDecodeError) as why:
        raise ConfigError([unreadable(path, why, places)]) from why
    return parse(text, str(path))


def read_text(path: Path) -> str:
    """Read UTF-8. Raises OSError, also for what is no file, and UnicodeDecodeError."""
    descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    try:
        mode = os.fstat(descriptor).st_mode
        if stat.S_ISDIR(mode):
            raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), str(path))
        if not stat.S_ISREG(mode):
            raise OSError(errno.EINVAL, "it is a device, a pipe or a socket", str(path))
        with os.fdopen(descriptor, encoding="utf-8-sig", closefd=False) as file:
            return file.read()
    finally:
        os.close(descriptor)
