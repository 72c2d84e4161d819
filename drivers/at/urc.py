"""URCs: which lines belong to no answer."""

from __future__ import annotations

import functools
import re
from collections.abc import Iterable
from typing import Final

from drivers.at.final_result import CALL_URCS

MARKS: Final = frozenset("+^#%!*$_&")
"""What a URC or the payload of an extended command begins with."""
_ECHO = re.compile(
    r"AT(?:[+^#%!*$\\][A-Z].*|&[CDFKSVWYZ]\d*|(?:[EVQXLMSOHIZA]\d+|[AHIOZ])*|D[\d*#+TP].*|S\d+[=?].*)$",
    re.IGNORECASE,
)


class UrcMatcher:
    """The lines that are URCs whatever is asked: those about calls, and those that a dialect lists."""

    def __init__(self, patterns: Iterable[re.Pattern[str]] = ()) -> None:
        """`patterns` are matched from the start of a line."""
        self._listed = one_of(patterns)

    def matches(self, line: str) -> bool:
        """Whether this line is a listed URC."""
        return line in CALL_URCS or (self._listed is not None and self._listed.match(line) is not None)


def looks_like_urc(line: str) -> bool:
    """Whether a line that nobody listed has the form of a URC: `+WORD…`, or clean words that begin with a letter."""
    # A mark is enough, since the text after it may be in any coding.
    return line[0] in MARKS or (line[0].isalpha() and line.isascii() and line.isprintable())


def is_echo(line: str) -> bool:
    """Whether a line looks like a command that somebody sent; "AT&T" and "ATEL" are manufacturers."""
    return line[:1] in "Aa" and _ECHO.match(line) is not None


def one_of(patterns: Iterable[re.Pattern[str]]) -> re.Pattern[str] | None:
    """One pattern that matches where any of these does; None for none.

    Each keeps its own IGNORECASE; other flags and named groups are not supported.
    """
    return _joined(tuple(patterns))


# One match for each line instead of dozens is what lets 64 modules share a process. Every link asks for the same few
# patterns: compiling them anew took a tenth of the first poll.
@functools.lru_cache(maxsize=64)
def _joined(patterns: tuple[re.Pattern[str], ...]) -> re.Pattern[str] | None:
    parts = [f"(?{'i' if p.flags & re.IGNORECASE else ''}:{p.pattern})" for p in patterns]
    return re.compile("|".join(parts)) if parts else None
