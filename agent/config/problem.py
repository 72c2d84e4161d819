"""What is wrong with a file that a person wrote, and where.

Responsible for telling it as one line each, in the file's order. Must not know what kind of file it is.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from dataclasses import dataclass

_LONGEST_TEXT = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """One mistake, or one surprise.

    `line` and `column` count from 1; both are 0 where the file as a whole is meant. `key` is the path of the
    key ("bank.lease", "ports[2].name"), empty where the text is not even readable. `text` is the offending
    text as it stands in the file, empty where it may be a secret. `hint` says what to write instead.
    """

    file: str
    line: int = 0
    column: int = 0
    key: str = ""
    text: str = ""
    message: str
    hint: str = ""

    def __str__(self) -> str:
        place = f"{self.file}:{self.line}:{self.column}" if self.line else self.file
        said = "; ".join(filter(None, (self.message, self.hint)))
        return ": ".join(filter(None, (place, self.key, said)))


class ConfigError(Exception):
    """The configuration cannot be used. Everything that was found is in `problems`, in the file's order."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(sorted(problems, key=lambda found: (found.file, found.line, found.column)))
        super().__init__("\n".join(map(str, self.problems)))


def excerpt(text: str) -> str:
    """`text` on one line and short enough to be quoted."""
    line = " ".join("".join(sign if sign.isprintable() else " " for sign in text).split())
    return line if len(line) <= _LONGEST_TEXT else f"{line[: _LONGEST_TEXT - 1]}…"


def near_miss(word: str, known: Iterable[str]) -> str:
    """The question "did you mean …?", empty where nothing is near."""
    words = list(known)
    folded = {candidate.lower(): candidate for candidate in words}
    near = difflib.get_close_matches(word.lower(), folded, n=1, cutoff=0.7)
    return f'did you mean "{folded[near[0]]}"?' if near else ""
