"""stdin, stdout and stderr, as every command may count on them.

Responsible for streams that whoever started us has closed, for letters that a terminal does not have, for data that
programs read, and for a stdout whose errors say that they are its own. Must not know which command runs.
"""

from __future__ import annotations

import io
import os
import sys
from typing import TYPE_CHECKING, TextIO

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer  # only type checkers have it


def make_good() -> None:
    """See to it that all three are there, that no letter ends a command, and that errors of stdout name it."""
    _open_what_is_closed()
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout = io.TextIOWrapper(
            io.BufferedWriter(_Stdout(sys.stdout.fileno(), "w", closefd=False)),
            encoding=sys.stdout.encoding,
            errors="replace",
            line_buffering=sys.stdout.line_buffering or sys.stdout.write_through,
        )


class _Stdout(io.FileIO):
    """Else nobody could tell a full disk behind `>` from one behind the store."""

    def write(self, data: ReadableBuffer, /) -> int:
        try:
            return super().write(data)
        except OSError as why:
            raise type(why)(why.errno, why.strerror, "stdout") from why


def _open_what_is_closed() -> None:
    # Else the next file gets its descriptor: a port, or the store, and would hear what is printed.
    null = os.open(os.devnull, os.O_RDWR)
    for descriptor in range(3):
        try:
            os.fstat(descriptor)
        except OSError:
            os.dup2(null, descriptor)
    if null > 2:
        os.close(null)
    else:
        os.set_inheritable(null, True)
    sys.stdin = sys.stdin or os.fdopen(0, closefd=False)
    sys.stdout = sys.stdout or os.fdopen(1, "w", closefd=False)
    sys.stderr = sys.stderr or os.fdopen(2, "w", closefd=False)  # print would go to stdout without it


def print_data(text: str) -> None:
    """Print what programs read: in UTF-8, whatever the terminal's encoding, and at once."""
    sys.stdout.flush()
    sys.stdout.buffer.write(text.encode("utf-8", "replace"))
    sys.stdout.buffer.flush()


def let_go_of(stream: TextIO) -> None:
    """Send what still waits to be printed nowhere, lest the interpreter tries it again at its end."""
    null = os.open(os.devnull, os.O_WRONLY)
    os.dup2(null, stream.fileno())
    os.close(null)
