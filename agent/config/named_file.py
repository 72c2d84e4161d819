"""Reading a file that config.yaml or a person names: bounded, and without waiting for what may never end."""

from __future__ import annotations

import errno
import os
import stat
from pathlib import Path

from agent.language import _


def open_file(path: Path) -> int:
    """Open a file for reading, and return its descriptor.

    Raises OSError that names it; EISDIR for a folder, EINVAL for what else is no file.
    """
    descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC)
    mode = os.fstat(descriptor).st_mode
    if stat.S_ISREG(mode):
        return descriptor
    os.close(descriptor)
    if stat.S_ISDIR(mode):
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), str(path))
    raise OSError(errno.EINVAL, _("it is a device, a pipe or a socket"), str(path))


def read_file(path: Path, most: int) -> bytes:
    """Return what a file holds. Blocks for the disk.

    Raises OSError as `open_file` does, and EFBIG for one of more than `most` bytes.
    """
    descriptor = open_file(path)
    try:
        return _content(descriptor, most)
    except OSError as why:
        raise type(why)(why.errno, why.strerror, str(path)) from why
    finally:
        os.close(descriptor)


def _content(descriptor: int, most: int) -> bytes:
    content = bytearray()
    while len(content) <= most and (part := os.read(descriptor, 65536)):
        content += part
    if len(content) > most:
        raise OSError(errno.EFBIG, _("it is larger than {n} kB").format(n=most // 1024))
    return bytes(content)
