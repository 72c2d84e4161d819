"""What a module may still say to questions that were given up.

Responsible for knowing when nothing of it is on its way any more. AT has no sequence numbers. A module works commands
in turn, so after a give-up the late verdict comes before the one of our ATQ0; verdicts owed are counted, and none is
an answer until all have come. A verdict may also never come (the command was lost). Then two rounds of ATQ0, each with
a verdict and with silence behind it, prove that none is on its way; what a module still says after being quiet twice
cannot be told from a new answer by anybody.
Must not know the question under way, nor what becomes of a line.
"""

from __future__ import annotations

from collections import deque
from typing import Final

from drivers.at.commands import RESULTS_ON, Command
from drivers.at.question import Question

ABANDONED_KEPT: Final = 4
_ROUNDS_TO_WRITE_OFF: Final = 2


class PendingResults:
    """The verdicts that are owed, and the questions whose payload may still come."""

    def __init__(self) -> None:
        self._owed = 0
        self._heard_in_round = False
        self._rounds = 0
        self._abandoned: deque[Command] = deque(maxlen=ABANDONED_KEPT)

    def abandon(self, question: Question) -> None:
        """The rest of its answer may still come."""
        self._abandoned.append(question.command)
        if not question.has_final_result:
            self._owed += 1

    def add(self) -> None:
        """One more verdict may come, for what was no question of ours."""
        self._owed += 1

    def begin_round(self) -> None:
        """ATQ0 is said."""
        self._owed += 1
        self._heard_in_round = False

    def pay(self) -> bool:
        """A verdict came; whether it was the last that was owed."""
        self._owed -= 1
        self._heard_in_round = True
        return self._owed <= 0

    def end_round(self) -> bool:
        """The line has been quiet for a guard time; whether the rest is written off."""
        if not self._heard_in_round:
            return False
        self._heard_in_round = False
        self._rounds += 1
        return self._rounds >= _ROUNDS_TO_WRITE_OFF

    def clear(self) -> None:
        """Nothing is on its way any more."""
        self._owed = self._rounds = 0
        self._abandoned.clear()

    def is_payload(self, line: str) -> bool:
        """Whether the line is of an answer by its prefix."""
        return any(c.answer is not None and c.answer.match(line) for c in self._abandoned)

    def is_remainder(self, line: str) -> bool:
        """Whether it may be an echo of ours, or the free text of an answer."""
        return line == RESULTS_ON.text or any(c.free_text or line in c.text for c in self._abandoned)
