"""Whether another program reads a port too: of two readers each gets a part of the bytes."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from functools import lru_cache
from typing import Final

from drivers.errors import DriverError, NoAnswer
from drivers.wire import fuser_command, others_hidden

EVIDENCE: Final = 3
"""So many answers with missing parts within EVIDENCE_WITHIN make a suspicion: one may be noise."""
EVIDENCE_WITHIN: Final = 120.0
"""Seconds."""
MOST_TAKEN: Final = 8
"""Bytes that the kernel received on the port and nobody gave us; fewer may be under way."""
LINE_LIMIT: Final = 256
"""Bytes kept of a line that does not end."""

_RESULTS: Final = ("OK", "ERROR")
_PARTS_OF_RESULTS: Final = frozenset(
    whole[start:end]
    for whole in _RESULTS
    for start in range(len(whole))
    for end in range(start + 1, len(whole) + 1)
) - set(_RESULTS)


class OtherReader:
    """Collects what speaks for another reader of one tty; no port of a serial server has one."""

    def __init__(self, address: str, *, clock: Callable[[], float], taken: Callable[[], int]) -> None:
        """`taken` returns how many bytes the kernel received for the port that we never read; 0 if unknown."""
        self._address = address
        self._clock = clock
        self._taken = taken
        self._command = ""
        self._line = b""
        self._damaged = False
        self._evidence: deque[float] = deque(maxlen=EVIDENCE)

    def sent(self, data: bytes) -> None:
        """Note what was written: the answer to it begins."""
        self._command = data.decode("ascii", errors="replace").strip()

    def received(self, data: bytes) -> None:
        """Note what was read."""
        *lines, rest = (self._line + data).replace(b"\n", b"\r").split(b"\r")
        self._line = rest[-LINE_LIMIT:]
        for line in filter(None, lines):
            self._damaged |= is_part(line.decode("ascii", errors="replace").strip(), self._command)

    def ended(self, outcome: tuple[str, ...] | DriverError) -> None:
        """Note how a command ended: with an answer whole, in parts, or without its final result."""
        # The Wavecom family omits it behind this one alone (docs/at-field-guide.md §1.1).
        halved = isinstance(outcome, NoAnswer) and bool(outcome.lines) and "CPIN" not in outcome.command
        if self._damaged or halved:
            self._evidence.append(self._clock())
        self._damaged = False

    @property
    def suspected(self) -> bool:
        """Whether parts of the answers go elsewhere, or are lost on the line."""
        if self._taken() >= MOST_TAKEN:
            return True
        enough = len(self._evidence) == EVIDENCE
        return enough and self._clock() - self._evidence[0] <= EVIDENCE_WITHIN

    def hint(self) -> str:
        """What to tell people beside "no answer"; empty where nothing speaks for another reader, and none is hidden."""
        if not self._address.startswith("/dev/"):
            return ""
        command = fuser_command(self._address)
        if self.suspected:
            return f"parts of its answers are missing: another program reads this port too ({command} shows which)"
        if others_hidden() and not self._address.startswith("/dev/pts/"):
            return f"or another program reads this port too: {command} shows which"
        return ""


def is_part(line: str, command: str) -> bool:
    """Whether a line is what was left of a result, of the answer's name, or of the echo of the command."""
    if len(line) > LINE_LIMIT:
        return False
    if line in _PARTS_OF_RESULTS:
        return True
    beginning, colon, _ = line.partition(":")
    if colon and beginning and beginning in _parts_of_name(command):
        return True
    return len(line) > 2 and line != command and line in command


@lru_cache(maxsize=256)
def _parts_of_name(command: str) -> frozenset[str]:
    """What is left of the name without its beginning; without its sign alone it is whole: some modules omit that."""
    name = _name(command)
    return frozenset(name[start:] for start in range(2, len(name)))


def _name(command: str) -> str:
    """The name with which the answer begins: +CPIN of AT+CPIN?."""
    text = command.removeprefix("AT").partition(";")[0]
    return text.partition("?")[0].partition("=")[0] if text[:1] in {"+", "^", "#", "*", "$", "%", "!"} else ""
