"""Where every key and value of a file stood.

Responsible for pointing at them when something is wrong with them later. Must not know YAML, nor any key by
name, and holds no values, which may be secret.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from agent.config.problem import Problem, excerpt

Key = tuple[str | int, ...]
"""The path of a key: ("ports", 2, "name")."""


@dataclass(frozen=True, slots=True)
class KeyPlace:
    """Where a key or value begins; line and column count from 1."""

    line: int
    column: int


@dataclass(frozen=True, slots=True)
class Places:
    """The places of one file's keys and values."""

    file: str
    keys: dict[Key, KeyPlace] = field(default_factory=dict)
    values: dict[Key, KeyPlace] = field(default_factory=dict)

    def of(self, key: Key) -> KeyPlace:
        """Where the value of `key` begins; where it is not written, what would hold it."""
        while key and key not in self.values:
            key = key[:-1]
        return self.values.get(key, KeyPlace(1, 1))

    def of_key(self, key: Key) -> KeyPlace:
        """Where the key itself begins."""
        return self.keys[key] if key in self.keys else self.of(key)

    def problem(
        self, key: Key, message: str, hint: str = "", *, text: str = "", at: KeyPlace | None = None
    ) -> Problem:
        """A problem with `key`, at the place of its value if not told otherwise."""
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
    words = ""
    for part in key:
        if isinstance(part, int):
            words += f"[{part}]"
        else:
            words += f".{excerpt(part)}" if words else excerpt(part)
    return words
