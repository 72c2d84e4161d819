"""Telling news from noise: lines that belong to no answer.

Responsible for the set of news lines that the dialect names, and for judging other lines by their look.
Must not know what the news means, nor what is asked at the moment.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final

from drivers.at.final_result import CALL_URCS
from drivers.at.patterns import one_of

MARKS: Final = frozenset("+^#%!*$_&")
_ECHO = re.compile(
    r"AT(?:[+^#%!*$\\][A-Z].*|&[CDFKSVWYZ]\d*|(?:[EVQXLMSOHIZA]\d+|[AHIOZ])*|D[\d*#+TP].*|S\d+[=?].*)$",
    re.IGNORECASE,
)


class UrcMatcher:
    """The lines that are news whatever is asked: those of calls, and those that a dialect names."""

    def __init__(self, patterns: Iterable[re.Pattern[str]] = ()) -> None:
        """`patterns` are matched from the start of a line."""
        self._named = one_of(patterns)

    def matches(self, line: str) -> bool:
        """Whether this line is news by name."""
        return line in CALL_URCS or (self._named is not None and self._named.match(line) is not None)


def looks_like_urc(line: str) -> bool:
    """Whether a line, of which nothing else is known, has the look of one: `+WORD…` or clean words.

    A mark is enough, since text after it may be in any coding; clean words must begin with a letter.
    """
    return line[0] in MARKS or (line[0].isalpha() and line.isascii() and line.isprintable())


def is_echo(line: str) -> bool:
    """Whether a line looks like a command that somebody sent; "AT&T" and "ATEL" are makers."""
    return line[:1] in "Aa" and _ECHO.match(line) is not None
