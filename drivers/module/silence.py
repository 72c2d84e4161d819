"""Which questions a module leaves unanswered, and when each is worth asking again.

Some modules answer a command that they do not know with silence instead of ERROR (docs/at-field-guide.md §13).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from drivers.at.commands import Command

LOST: Final = 2
"""Silences in a row after which a question rests: a single one is rather a lost answer."""
_FIRST_REST: Final = 60.0
_LONGEST_REST: Final = 3600.0


class Silences:
    """The silences of one module, by question; bounded by the questions that there are."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._in_a_row: dict[Command, int] = {}
        self._until: dict[Command, float] = {}
        self._ok_alone: set[Command] = set()

    def silent(self, command: Command, *, ok_alone: bool = False) -> None:
        """No answer came, although the module was there; or an OK without one, which costs as much time."""
        (self._ok_alone.add if ok_alone else self._ok_alone.discard)(command)
        times = self._in_a_row.get(command, 0) + 1
        self._in_a_row[command] = times
        if times >= LOST:
            rest = _FIRST_REST * 2.0 ** min(times - LOST, 6)
            self._until[command] = self._clock() + min(rest, _LONGEST_REST)

    def answered(self, command: Command) -> None:
        """An answer or a refusal came."""
        self._in_a_row.pop(command, None)
        self._until.pop(command, None)
        self._ok_alone.discard(command)

    def ok_alone(self, command: Command) -> bool:
        """Whether the last time an OK came alone: it said something, and cannot be read."""
        return command in self._ok_alone

    def rests(self, command: Command) -> bool:
        """Whether it is not worth asking now."""
        until = self._until.get(command)
        return until is not None and self._clock() < until

    def times(self, command: Command) -> int:
        """Silences in a row."""
        return self._in_a_row.get(command, 0)
