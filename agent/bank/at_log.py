"""The AT dialogue with one module, for people: the newest answer to each question, and a live trace.

Responsible for keeping what was said last, bounded, and for handing the dialogue line by line to whoever listens.
Must not know what a line means. What it hands out is masked unless personal data may be shown.
"""

from __future__ import annotations

import asyncio
import enum
import re
from collections import OrderedDict
from collections.abc import AsyncGenerator, Callable
from dataclasses import dataclass
from typing import Final

from agent.formats.masking import masked

_MOST_QUESTIONS: Final = 40
"""More than any dialect asks."""
_MOST_LINES_WAITING: Final = 1000
"""For a listener that is slower than the module; the oldest are lost."""
_LONGEST_LINE: Final = 4096
_LINE_END: Final = re.compile(rb"[\r\n]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What a module answered last to one of our questions."""

    at: float
    """On the agent's clock."""
    question: str
    """The command as it went over the wire."""
    lines: tuple[str, ...]
    took_s: float


class Speaker(enum.StrEnum):
    """Who said a line of the dialogue."""

    AGENT = "agent"
    CLIENT = "client"
    MODULE = "module"


@dataclass(frozen=True, slots=True, kw_only=True)
class TraceLine:
    """One line that went over a module's wire. Who makes it masks personal data (config `log: personal`)."""

    at: float
    """UNIX time."""
    speaker: Speaker
    text: str


class AtLog:
    """What one module and we said to each other, on whatever connection."""

    def __init__(self, *, clock: Callable[[], float], wall: Callable[[], float], personal: bool) -> None:
        self.personal = personal
        self._clock = clock
        self._wall = wall
        self._answers: OrderedDict[str, Answer] = OrderedDict()
        self._begun: dict[Speaker, bytes] = {}
        self._listeners: set[asyncio.Queue[TraceLine]] = set()

    @property
    def answers(self) -> tuple[Answer, ...]:
        """The newest answer to each question, in the order in which they were asked."""
        return tuple(self._answers.values())

    @property
    def heard(self) -> bool:
        """Whether somebody listens; nobody's trace costs nothing."""
        return bool(self._listeners)

    def answered(self, question: str, lines: tuple[str, ...], took: float) -> None:
        """Keep an answer; `took` in seconds."""
        shown = tuple(line if self.personal else masked(line) for line in lines)
        self._answers[question] = Answer(at=self._clock() - took, question=question, lines=shown, took_s=took)
        self._answers.move_to_end(question)
        while len(self._answers) > _MOST_QUESTIONS:
            self._answers.popitem(last=False)

    def passed(self, speaker: Speaker, data: bytes) -> None:
        """Bytes went over the wire."""
        if not self._listeners:
            self._begun.clear()
            return
        *lines, rest = _LINE_END.split(self._begun.get(speaker, b"") + data)
        if len(rest) > _LONGEST_LINE or rest == b"> ":
            lines, rest = [*lines, rest], b""
        self._begun[speaker] = rest
        for line in filter(None, lines):
            said = line.decode("latin-1")
            shown = said if self.personal else masked(said)
            text = "".join(c if c.isprintable() else f"\\x{ord(c):02x}" for c in shown)
            self._hand_out(TraceLine(at=self._wall(), speaker=speaker, text=text))

    async def listen(self) -> AsyncGenerator[TraceLine, None]:
        """Yield the dialogue from now on."""
        waiting: asyncio.Queue[TraceLine] = asyncio.Queue(_MOST_LINES_WAITING)
        self._listeners.add(waiting)
        try:
            while True:
                yield await waiting.get()
        finally:
            self._listeners.discard(waiting)

    def _hand_out(self, line: TraceLine) -> None:
        for waiting in self._listeners:
            if waiting.full():
                waiting.get_nowait()
            waiting.put_nowait(line)


class AtLogs:
    """The AT log of every module by name; a log outlives the connections of its module."""

    def __init__(self, *, clock: Callable[[], float], wall: Callable[[], float], personal: bool) -> None:
        """`personal`: numbers, ICCIDs, IMSIs and IMEIs are kept as they are, not masked."""
        self._clock = clock
        self._wall = wall
        self._personal = personal
        self._logs: dict[str, AtLog] = {}

    def of(self, module: str) -> AtLog:
        """Return the log of a module, a new one at the first call."""
        if module not in self._logs:
            self._logs[module] = AtLog(clock=self._clock, wall=self._wall, personal=self._personal)
        return self._logs[module]

    def show_personal(self, personal: bool) -> None:
        """Mask personal data from now on, or no longer."""
        self._personal = personal
        for log in self._logs.values():
            log.personal = personal
