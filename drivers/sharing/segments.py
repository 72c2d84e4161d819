"""Bytes of a module to lines with their ends, none of them lost or made up.

The line splitter of `drivers.at.framing` drops NULs, line ends and what is overlong; a client gets all of them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

LIMIT: Final = 8192
"""Bytes of a line; a longer one is cut into pieces of this size, and means nothing."""


@dataclass(frozen=True, slots=True)
class Segment:
    """A line and its end (CR LF, CR or LF); with `late` only the LF of the line before."""

    text: bytes
    end: bytes
    late: bool = False


class Segments:
    """Cuts a stream of bytes; a line is complete with its CR, and a LF in the next read is a late end."""

    def __init__(self) -> None:
        self.unfinished = b""
        """The beginning of a line without its end."""
        self._after_cr = False

    def feed(self, data: bytes) -> list[Segment]:
        """Return the lines that these bytes complete."""
        segments: list[Segment] = []
        if self._after_cr and data:
            self._after_cr = False
            if data[:1] == b"\n":
                segments.append(Segment(b"", b"\n", late=True))
                data = data[1:]
        rest = self.unfinished + data
        for line in rest.splitlines(keepends=True):
            text = line.rstrip(b"\r\n")
            if len(text) == len(line):
                break
            segments.append(Segment(text, line[len(text) :]))
            rest = rest[len(line) :]
        self._after_cr = not rest and bool(segments) and segments[-1].end == b"\r"
        while len(rest) > LIMIT:
            segments.append(Segment(rest[:LIMIT], b""))
            rest = rest[LIMIT:]
        self.unfinished = rest
        return segments

    def take_unfinished(self) -> bytes:
        """Hand out the beginning of a line; it is not reported here any more."""
        rest, self.unfinished = self.unfinished, b""
        return rest
