"""Bytes to lines, in bounded memory, however the bytes are split into reads (docs/at-field-guide.md §1.1).

Any run of CR and LF ends a line; NULs are dropped; a text prompt, which has no line end, is found.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, TypeAlias

# A CR alone ends a line too: some modules send no LF behind a final result.
_LINE_END = re.compile(rb"[\r\n]+")
_PROMPT = b"> "
_SAMPLE: Final = 64


@dataclass(frozen=True, slots=True)
class Prompt:
    """The module waits for text (3GPP TS 27.005 §3.5.1)."""


@dataclass(frozen=True, slots=True)
class Overlong:
    """A line over the limit: reported once, by its first characters, and dropped up to the next line end."""

    beginning: str


Piece: TypeAlias = "str | Prompt | Overlong"
"""A line is a plain str, latin-1, without its end and never empty."""


class LineSplitter:
    """Cuts a stream of bytes into lines; holds at most `limit` bytes."""

    def __init__(self, limit: int = 4096) -> None:
        self.in_text = False
        """The lines are the text of an incoming message, in which nothing is a prompt."""
        self._limit = limit
        self._tail = b""
        self._dropping = False

    def feed(self, data: bytes) -> Iterator[Piece]:
        """The pieces that these bytes complete, in order. Consume all of them: `in_text` may change in between."""
        *whole, tail = _LINE_END.split(self._tail + data.replace(b"\0", b""))
        for line in whole:
            if line and not self._dropping:
                yield from self._take_line(line)
            self._dropping = False
        pieces: list[Piece] = []
        self._tail = b"" if self._dropping else self._take_beginning(tail, pieces)
        yield from pieces

    def take_tail(self) -> bytes:
        """Hand out the beginning of a line that has come; it is not reported here any more."""
        tail, self._tail = self._tail, b""
        return tail

    def _take_line(self, line: bytes) -> list[Piece]:
        pieces: list[Piece] = []
        rest = self._take_beginning(line, pieces)
        if rest == b">" and not self.in_text:
            pieces.append(Prompt())
        elif rest:
            pieces.append(rest.decode("latin-1"))  # no line may be lost to its encoding
        return pieces

    def _take_beginning(self, line: bytes, pieces: list[Piece]) -> bytes:
        """Report what the beginning of a line decides already; returns what is left of the line."""
        while line.startswith(_PROMPT) and not self.in_text:
            pieces.append(Prompt())
            line = line[len(_PROMPT) :]
        if len(line) > self._limit:
            pieces.append(Overlong(line[: min(_SAMPLE, self._limit)].decode("latin-1")))
            self._dropping = True
            return b""
        return line
