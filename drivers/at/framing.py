"""Bytes to lines.

Responsible for cutting what a module sends into lines, for finding a text prompt, which has no line end,
and for memory that stays bounded whatever comes. Must not know what a line means.

However the bytes are split into reads, the same lines come out (docs/at-field-guide.md §1.1):
any run of CR and LF ends a line, and a CR alone is enough, since some modules send no LF behind a verdict;
NULs are dropped; bytes from 0x80 on stay what they are (latin-1), since no line may be lost to its encoding.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, TypeAlias

_LINE_END = re.compile(rb"[\r\n]+")
_PROMPT = b"> "
_SAMPLE: Final = 64


@dataclass(frozen=True, slots=True)
class Prompt:
    """The module waits for text (3GPP TS 27.005 §3.5.1)."""


@dataclass(frozen=True, slots=True)
class Overlong:
    """A line without an end: told once, when it exceeds the limit, and dropped up to the next line end."""

    beginning: str


Piece: TypeAlias = "str | Prompt | Overlong"
"""A line is a plain str: never empty, without its end."""


class LineSplitter:
    """Cuts a stream of bytes; holds at most `limit` of them."""

    def __init__(self, limit: int = 4096) -> None:
        self.in_text = False
        """The lines are somebody's text, in which nothing is a prompt."""
        self._limit = limit
        self._tail = b""
        self._dropping = False

    def feed(self, data: bytes) -> Iterator[Piece]:
        """The pieces that these bytes complete, in order; take all. Each is cut when its turn comes: see `in_text`."""
        *whole, tail = _LINE_END.split(self._tail + data.replace(b"\0", b""))
        for line in whole:
            if line and not self._dropping:
                yield from self._take_line(line)
            self._dropping = False
        pieces: list[Piece] = []
        self._tail = b"" if self._dropping else self._take_beginning(tail, pieces)
        yield from pieces

    def take_tail(self) -> bytes:
        """What has come of a line without an end; it is not reported here any more."""
        tail, self._tail = self._tail, b""
        return tail

    def _take_line(self, line: bytes) -> list[Piece]:
        pieces: list[Piece] = []
        rest = self._take_beginning(line, pieces)
        if rest == b">" and not self.in_text:
            pieces.append(Prompt())
        elif rest:
            pieces.append(rest.decode("latin-1"))
        return pieces

    def _take_beginning(self, line: bytes, pieces: list[Piece]) -> bytes:
        """Report what a line's beginning decides already; what is left of the line."""
        while line.startswith(_PROMPT) and not self.in_text:
            pieces.append(Prompt())
            line = line[len(_PROMPT) :]
        if len(line) > self._limit:
            pieces.append(Overlong(line[: min(_SAMPLE, self._limit)].decode("latin-1")))
            self._dropping = True
            return b""
        return line
