"""One question under way: which of the lines that come are its answer.

Responsible for dropping the echo, collecting payload within bounds, and knowing when the answer is whole.
Must not know earlier or later questions, nor what becomes of lines that are not its own.
"""

from __future__ import annotations

import enum
from typing import Final

from drivers.at.commands import Command
from drivers.at.final_result import is_connect
from drivers.at.urc import MARKS, UrcMatcher, is_echo

_MOST_LINES: Final = 64
_MOST_CHARACTERS: Final = 16_384


class Share(enum.Enum):
    """Whose a line is."""

    MINE = "mine"
    SPARE = "spare"
    """News, kept in case that nothing better answers."""
    TOO_MUCH = "too much"
    """Mine, but no answer has that many lines."""
    NONE = "none"


class Question:
    """A command that was sent, and what has come of its answer."""

    def __init__(self, command: Command) -> None:
        self.command = command
        self.has_final_result = False
        self._lines: list[str] = []
        self._characters = 0
        self._spare: str | None = None
        self._echo_due = ""
        """The second half of an echo that news cut in two (docs/at-field-guide.md §1.1)."""
        self._open = False
        """The last line goes on in the next one."""
        self._followed = command.follows is None
        self._closed = False
        self._ok_swallowed = False

    @property
    def lines(self) -> tuple[str, ...]:
        """The payload so far, the spare line where there is no better."""
        if not self._lines and self._spare is not None:
            return (self._spare,)
        return tuple(self._lines)

    @property
    def whole(self) -> bool:
        """Whether nothing more is needed: by a closing line, or by verdict and follower both."""
        return self._closed or (self.has_final_result and self._followed)

    def take(self, line: str, news: UrcMatcher) -> Share:
        """Whose this line is; payload and echo are taken.

        A line with the command's own prefix is payload even where it could be news. Of +CPIN that came by
        itself in between, the last one is the answer, and each is true.
        """
        command = self.command
        if self._open:
            return Share.NONE if news.matches(line) else self._continue(line)
        if command.answer is not None and command.answer.match(line):
            return self._keep(line)
        if command.fallback is not None and command.fallback.match(line):
            self._spare = line
            return Share.SPARE
        return Share.MINE if self._is_echo(line) else Share.NONE

    def takes_free_text(self, line: str, news: UrcMatcher) -> bool:
        """Whether a line that is nothing else is payload; it is taken then.

        Never what begins like the news or the payload of another command: a free-text answer has words.
        """
        return (
            self.command.free_text
            and line[0] not in MARKS
            and line.isprintable()
            and not (news.matches(line) or is_echo(line) or is_connect(line))
            and self._keep(line) is Share.MINE
        )

    def swallow_ok(self, *, late: bool) -> bool:
        """Whether an OK without payload is somebody else's; true at most once."""
        if self._ok_swallowed or not (
            self.command.needs_payload or (late and self.command.answer is not None)
        ):
            return False
        self._ok_swallowed = True
        return True

    def conclude(self) -> bool:
        """The OK came; whether the answer is whole."""
        self.has_final_result = True
        return self.whole

    def _is_echo(self, line: str) -> bool:
        """An echo: whole, behind noise, in two halves with news between, or glued to its reply."""
        text = self.command.text
        if self._echo_due and line == self._echo_due:
            self._echo_due = ""
            return True
        if text.startswith(line) and line[0] == "A":
            self._echo_due = text[len(line) :]
            return True
        if len(text) > 2 and line.endswith(text):
            return True
        return (
            self.command.free_text and line.startswith(text) and bool(self._keep(line[len(text) :].strip()))
        )

    def _keep(self, line: str) -> Share:
        command = self.command
        if not self._fits(line):
            return Share.TOO_MUCH
        self._lines.append(line)
        self._open = command.unfinished is not None and command.unfinished.match(line) is not None
        self._note_ending(line)
        return Share.MINE

    def _continue(self, line: str) -> Share:
        if not self._fits(line):
            return Share.TOO_MUCH
        joined = f"{self._lines[-1]}\n{line}"
        self._lines[-1] = joined
        unfinished = self.command.unfinished
        self._open = unfinished is not None and unfinished.match(joined) is not None
        self._note_ending(joined)
        return Share.MINE

    def _fits(self, line: str) -> bool:
        if len(self._lines) >= _MOST_LINES or self._characters + len(line) > _MOST_CHARACTERS:
            return False
        self._characters += len(line)
        return True

    def _note_ending(self, line: str) -> None:
        if self._open:
            return
        if self.command.follows is not None and self.command.follows.match(line):
            self._followed = True
        if self.command.closes is not None and self.command.closes.match(line):
            self._closed = True
