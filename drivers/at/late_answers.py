"""Final results still outstanding for commands that timed out."""

from __future__ import annotations

from collections import deque
from typing import Final

from drivers.at.commands import RESULTS_ON, Command
from drivers.at.question import Question

# AT has no sequence numbers. A module works commands in turn, so that after a timeout the late final result comes
# before the one of our ATQ0: outstanding results are counted, and none is an answer until all have come. A result
# may also never come, because the command was lost. Then two rounds of ATQ0, each with a result and with silence
# behind it, prove that none is on its way; what a module sends after being silent twice cannot be distinguished
# from a new answer.
ABANDONED_KEPT: Final = 4
_ROUNDS_TO_WRITE_OFF: Final = 2


class PendingResults:
    """How many final results are outstanding, and the questions whose payload may still come."""

    def __init__(self) -> None:
        self._outstanding = 0
        self._result_in_round = False
        self._rounds = 0
        self._abandoned: deque[Command] = deque(maxlen=ABANDONED_KEPT)

    def abandon(self, question: Question) -> None:
        """Expect what is missing of this question's answer."""
        self._abandoned.append(question.command)
        if not question.has_final_result:
            self._outstanding += 1

    def expect_one(self) -> None:
        """Expect one more final result, for something that was not our question."""
        self._outstanding += 1

    def begin_round(self) -> None:
        """Note that ATQ0 is sent."""
        self._outstanding += 1
        self._result_in_round = False

    def settle_one(self) -> bool:
        """Note a final result; True if it was the last outstanding one."""
        self._outstanding -= 1
        self._result_in_round = True
        return self._outstanding <= 0

    def end_round(self) -> bool:
        """Note that the line has been silent for a guard time; True if the rest is written off."""
        if not self._result_in_round:
            return False
        self._result_in_round = False
        self._rounds += 1
        return self._rounds >= _ROUNDS_TO_WRITE_OFF

    def clear(self) -> None:
        """Expect nothing any more."""
        self._outstanding = self._rounds = 0
        self._abandoned.clear()

    def is_payload(self, line: str) -> bool:
        """Whether the line is late payload, by its prefix."""
        return any(c.answer is not None and c.answer.match(line) for c in self._abandoned)

    def is_remainder(self, line: str) -> bool:
        """Whether the line may be an echo of ours, or late payload without a prefix."""
        return line == RESULTS_ON.text or any(c.free_text or line in c.text for c in self._abandoned)
