"""One question under way: which of the lines that come belong to its answer, and when the answer is complete."""

from __future__ import annotations

import enum
from typing import Final

from drivers.at.commands import Command
from drivers.at.final_result import is_connect
from drivers.at.replies.text import is_words
from drivers.at.urc import MARKS, UrcMatcher, is_echo

_MOST_LINES: Final = 64
_MOST_CHARACTERS: Final = 16_384


class Claim(enum.Enum):
    """What a question makes of a line."""

    TAKEN = "taken"
    """Payload or echo."""
    FALLBACK = "fallback"
    """A URC, which serves as the answer where nothing better comes."""
    OVERFLOW = "overflow"
    """Payload beyond what any answer has: dropped."""
    UNCLAIMED = "unclaimed"
    """Not of this answer."""


class Question:
    """A command that was sent, and what has come of its answer so far."""

    def __init__(self, command: Command) -> None:
        self.command = command
        self.has_final_result = False
        self._lines: list[str] = []
        self._characters = 0
        self._fallback: str | None = None
        self._echo_rest = ""
        """The second half of an echo that a URC cut in two (docs/at-field-guide.md §1.1)."""
        self._unfinished = False
        """The last line continues in the next one."""
        self._followed = command.follows is None
        self._closed = False
        self._ok_swallowed = False

    @property
    def lines(self) -> tuple[str, ...]:
        """The payload so far, or the fallback where there is none."""
        if not self._lines and self._fallback is not None:
            return (self._fallback,)
        return tuple(self._lines)

    @property
    def complete(self) -> bool:
        """Whether the answer is complete: by a closing line, or by final result and follower both."""
        return self._closed or (self.has_final_result and self._followed)

    @property
    def ok_alone(self) -> bool:
        """Whether an OK came, and nothing else that belongs to the answer."""
        return self._ok_swallowed and not self.lines

    def claim(self, line: str, urcs: UrcMatcher) -> Claim:
        """Take the line if it is payload or echo. What has the command's own prefix is payload, even a listed URC."""
        command = self.command
        if self._unfinished:
            return Claim.UNCLAIMED if urcs.matches(line) else self._continue(line)
        if command.answer is not None and command.answer.match(line):
            return self._keep(line)  # of several +CPIN lines, URCs among them, the last is the answer
        if command.fallback is not None and command.fallback.match(line):
            self._fallback = line
            return Claim.FALLBACK
        return Claim.TAKEN if self._is_echo(line) else Claim.UNCLAIMED

    def claim_free_text(self, line: str, urcs: UrcMatcher) -> bool:
        """Take a line that is nothing else as payload, if the command has free text; True if taken.

        Never one that begins like a URC or like the payload of another command: free text begins with a word.
        """
        return (
            self.command.free_text
            and line[0] not in MARKS
            and is_words(line)
            and not (urcs.matches(line) or is_echo(line) or is_connect(line))
            and self._keep(line) is Claim.TAKEN
        )

    def swallow_ok(self, *, late: bool) -> bool:
        """Whether to ignore an OK without payload, as one for an earlier command; True at most once."""
        if self._ok_swallowed or not (
            self.command.needs_payload or (late and self.command.answer is not None)
        ):
            return False
        self._ok_swallowed = True
        return True

    def conclude(self) -> bool:
        """Note the OK; True if the answer is complete with it."""
        self.has_final_result = True
        return self.complete

    def _is_echo(self, line: str) -> bool:
        """An echo: whole, after noise, in two halves with a URC between, or glued to its reply."""
        text = self.command.text
        if self._echo_rest and line == self._echo_rest:
            self._echo_rest = ""
            return True
        if text.startswith(line) and line[0] == "A":
            self._echo_rest = text[len(line) :]
            return True
        if len(text) > 2 and line.endswith(text):
            return True
        return (
            self.command.free_text and line.startswith(text) and bool(self._keep(line[len(text) :].strip()))
        )

    def _keep(self, line: str) -> Claim:
        if not self._fits(line):
            return Claim.OVERFLOW
        self._lines.append(line)
        self._note_ending(line)
        return Claim.TAKEN

    def _continue(self, line: str) -> Claim:
        if not self._fits(line):
            return Claim.OVERFLOW
        self._lines[-1] += f"\n{line}"
        self._note_ending(self._lines[-1])
        return Claim.TAKEN

    def _fits(self, line: str) -> bool:
        if len(self._lines) >= _MOST_LINES or self._characters + len(line) > _MOST_CHARACTERS:
            return False
        self._characters += len(line)
        return True

    def _note_ending(self, line: str) -> None:
        command = self.command
        self._unfinished = command.unfinished is not None and command.unfinished.match(line) is not None
        if self._unfinished:
            return
        if command.follows is not None and command.follows.match(line):
            self._followed = True
        if command.closes is not None and command.closes.match(line):
            self._closed = True
