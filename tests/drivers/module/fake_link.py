"""A link for tests of single questions, with prepared answers."""

from __future__ import annotations

from collections.abc import Callable

from drivers.at.commands import Command
from drivers.errors import Refused, Silence

SILENT = object()


class FakeLink:
    """Answers lines, raises errors, or is silent, by the text of the command; an unknown one is refused."""

    def __init__(self, **answers: object) -> None:
        self.answers = dict(answers)
        self.asked: list[str] = []
        self.timeouts: list[float | None] = []
        self.meanwhile: Callable[[], object] = lambda: None

    async def ask(self, command: Command, timeout: float | None = None) -> tuple[str, ...]:  # noqa: ASYNC109  as the link has it
        """As a link does."""
        self.asked.append(command.text)
        self.timeouts.append(timeout)
        self.meanwhile()
        answer = self.answers.get(command.text, Refused(command.text, None, "ERROR"))
        if answer is SILENT:
            raise Silence(command.text)
        if isinstance(answer, Exception):
            raise answer
        assert isinstance(answer, tuple)
        return answer


def refused(command: str, code: int | None = None) -> Refused:
    """That command was refused."""
    return Refused(command, code, "ERROR" if code is None else f"+CME ERROR: {code}")
