"""What is wrong with a file that a person wrote, and where: one line each, in the order of the file."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from agent.formats.printable import one_line

_LONGEST_TEXT = 60

Key = tuple[str | int, ...]
"""The path of a key: ("ports", 2, "name")."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """One mistake or one warning.

    `line` and `column` count from 1, and are 0 where the file as a whole is meant. `key` is the path of the key
    ("bank.lease", "ports[2].name"), empty for a syntax error. `text` is the text of the file that is wrong, empty
    where it may be a secret. `hint` says what to write instead.
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
        sentence = "; ".join(filter(None, (self.message, self.hint)))
        return ": ".join(filter(None, (place, self.key, sentence)))


class ConfigError(Exception):
    """The configuration cannot be used; `problems` holds every mistake, in the order of the file."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(sorted(problems, key=lambda found: (found.file, found.line, found.column)))
        super().__init__("\n".join(map(str, self.problems)))


@dataclass(frozen=True, slots=True)
class KeyPlace:
    """Where a key or value begins; line and column count from 1."""

    line: int
    column: int


@dataclass(frozen=True, slots=True)
class Places:
    """Where each key and each value of one file begins. Holds no values: they may be secret."""

    file: str
    keys: dict[Key, KeyPlace] = field(default_factory=dict)
    values: dict[Key, KeyPlace] = field(default_factory=dict)

    def of(self, key: Key) -> KeyPlace:
        """The place of the value of `key`; where the file does not have it, the place of the group around it."""
        while key and key not in self.values:
            key = key[:-1]
        return self.values.get(key, KeyPlace(1, 1))

    def of_key(self, key: Key) -> KeyPlace:
        """The place of the key itself."""
        return self.keys[key] if key in self.keys else self.of(key)

    def problem(
        self, key: Key, message: str, hint: str = "", *, text: str = "", at: KeyPlace | None = None
    ) -> Problem:
        """A problem with `key`, at the place of its value unless `at` says otherwise."""
        at = at or self.of(key)
        return Problem(
            file=self.file,
            line=at.line,
            column=at.column,
            key=spell(key),
            text=excerpt(text),
            message=message,
            hint=hint,
        )


def spell(key: Key) -> str:
    """The path as people write it: `ports[2].name`."""
    spelled = ""
    for part in key:
        if isinstance(part, int):
            spelled += f"[{part}]"
        else:
            spelled += f".{excerpt(part)}" if spelled else excerpt(part)
    return spelled


def excerpt(text: str) -> str:
    """`text` in one line of printable characters, at most 60."""
    return one_line(text, _LONGEST_TEXT)
