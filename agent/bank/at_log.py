"""The AT dialogue with one module, for people: the newest answer to each command, and a live trace.

All that goes out is masked unless personal data may be shown (config `log: personal`).
"""

from __future__ import annotations

import asyncio
import enum
import re
from collections import OrderedDict
from collections.abc import AsyncGenerator, Callable, Collection
from dataclasses import dataclass, replace
from typing import Final

from agent.formats.masking import masked
from agent.formats.printable import printable

_MAX_ANSWERS: Final = 40
"""More commands than any dialect has."""
_MAX_WAITING: Final = 1000
"""Lines for a reader that is slower than the module; the oldest are lost."""
_MAX_LINE: Final = 4096
"""Bytes."""
_LINE_END: Final = re.compile(rb"[\r\n]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """A module's newest answer to one of our commands."""

    at: float
    """On the agent's clock."""
    command: str
    """As it was sent."""
    lines: tuple[str, ...]
    took_s: float


class Sender(enum.StrEnum):
    """Who sent a line."""

    AGENT = "agent"
    CLIENT = "client"
    MODULE = "module"


@dataclass(frozen=True, slots=True, kw_only=True)
class TraceLine:
    """One line that went over a module's wire."""

    at: float
    """UNIX time."""
    sender: Sender
    text: str
    module: str = ""


Reader = asyncio.Queue[TraceLine]
"""Where a reader gets its lines, of one module or of several."""


class AtLog:
    """The dialogue with one module, on whatever connection."""

    def __init__(
        self, *, clock: Callable[[], float], wall: Callable[[], float], personal: bool, module: str = ""
    ) -> None:
        """`personal`: show numbers, ICCIDs, IMSIs and IMEIs as they are."""
        self.personal = personal
        self._module = module
        self._clock = clock
        self._wall = wall
        self._answers: OrderedDict[str, Answer] = OrderedDict()
        self._unfinished: dict[Sender, bytes] = {}
        self._readers: set[Reader] = set()

    @property
    def answers(self) -> tuple[Answer, ...]:
        """The newest answer to each command, in the order in which they were sent."""
        return tuple(replace(answer, lines=self._shown(answer.lines)) for answer in self._answers.values())

    @property
    def followed(self) -> bool:
        """Whether somebody reads the trace; without a reader it costs nothing."""
        return bool(self._readers)

    def note_answer(self, command: str, lines: tuple[str, ...], took: float) -> None:
        """Keep an answer that came just now, `took` seconds after its command; it is masked when it is shown."""
        self._answers[command] = Answer(at=self._clock() - took, command=command, lines=lines, took_s=took)
        self._answers.move_to_end(command)
        while len(self._answers) > _MAX_ANSWERS:
            self._answers.popitem(last=False)

    def _shown(self, lines: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(printable(line if self.personal else masked(line)) for line in lines)

    def note_bytes(self, sender: Sender, data: bytes) -> None:
        """Add what went over the wire to the trace."""
        if not self._readers:
            self._unfinished.clear()
            return
        *lines, rest = _LINE_END.split(self._unfinished.get(sender, b"") + data)
        if len(rest) > _MAX_LINE or rest == b"> ":
            lines, rest = [*lines, rest], b""
        self._unfinished[sender] = rest
        for line in filter(None, lines):
            raw = line.decode("latin-1")
            shown = raw if self.personal else masked(raw)
            text = "".join(c if c.isprintable() else f"\\x{ord(c):02x}" for c in shown)
            self._send(TraceLine(at=self._wall(), sender=sender, text=text, module=self._module))

    def attach(self, reader: Reader) -> None:
        """Let a reader have the dialogue from now on."""
        self._readers.add(reader)

    def detach(self, reader: Reader) -> None:
        """Let a reader have nothing more."""
        self._readers.discard(reader)

    def _send(self, line: TraceLine) -> None:
        for waiting in self._readers:
            if waiting.full():
                waiting.get_nowait()
            waiting.put_nowait(line)


MOST_MODULES: Final = 8_192
"""Modules of which a log or a history is kept: names come and go for years."""


class AtLogs:
    """The AT log of every module by name; a log outlives the connections of its module."""

    def __init__(self, *, clock: Callable[[], float], wall: Callable[[], float], personal: bool) -> None:
        """`personal`: numbers, ICCIDs, IMSIs and IMEIs are shown as they are, not masked."""
        self._clock = clock
        self._wall = wall
        self._personal = personal
        self._logs: dict[str, AtLog] = {}
        self._readers_of_all: set[Reader] = set()

    def of(self, module: str) -> AtLog:
        """Return the log of a module, a new one at the first call."""
        if module not in self._logs:
            self._logs[module] = log = AtLog(
                clock=self._clock, wall=self._wall, personal=self._personal, module=module
            )
            for reader in self._readers_of_all:
                log.attach(reader)
            if len(self._logs) > MOST_MODULES:
                del self._logs[next(iter(self._logs))]
        return self._logs[module]

    async def follow(self, modules: Collection[str] = ()) -> AsyncGenerator[TraceLine, None]:
        """Yield the dialogue with these modules from now on, without any with all, those to come too.

        A reader that is slower than they are loses the oldest lines.
        """
        reader: Reader = asyncio.Queue(_MAX_WAITING)
        if not modules:
            self._readers_of_all.add(reader)
        logs = [self.of(module) for module in modules] or list(self._logs.values())
        for log in logs:
            log.attach(reader)
        try:
            while True:
                yield await reader.get()
        finally:
            self._readers_of_all.discard(reader)
            for log in (*logs, *self._logs.values()):
                log.detach(reader)

    def show_personal(self, personal: bool) -> None:
        """Mask personal data from now on, or no longer."""
        self._personal = personal
        for log in self._logs.values():
            log.personal = personal
