"""What a conversation tells of the bytes it was given.

Responsible for the shapes alone. Must not know how an event came about, nor who acts on it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

from drivers.at.commands import Command


@dataclass(frozen=True, slots=True)
class Answered:
    """The question is answered, with these lines of payload (possibly none)."""

    command: Command
    lines: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Refused:
    """The module said no; `code` as in `drivers.errors.Refused`, `lines` is what came before."""

    command: Command
    code: int | None
    words: str
    lines: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Interleaved:
    """Somebody's message came while this was asked, and what was the answer cannot be told: ask again."""

    command: Command


@dataclass(frozen=True, slots=True)
class Unsolicited:
    """News: a line that nobody asked for."""

    line: str


@dataclass(frozen=True, slots=True)
class MessageLine:
    """A line of somebody's message, as it came, behind the news that announced it: nothing to us."""

    line: str


@dataclass(frozen=True, slots=True)
class Garbled:
    """Text that no rule knows: noise, a line too long, or more payload than any answer has."""

    line: str


@dataclass(frozen=True, slots=True)
class Prompted:
    """The module waits for the text of somebody's message: answer with `Conversation.escape()`."""


@dataclass(frozen=True, slots=True)
class Connected:
    """The port went over to data: nothing may be said until the line is back."""

    line: str


@dataclass(frozen=True, slots=True)
class ForeignEcho:
    """The echo of a command that we did not send: somebody else uses this port."""

    line: str


@dataclass(frozen=True, slots=True)
class UnexpectedResult:
    """A verdict while nothing was asked."""

    line: str


@dataclass(frozen=True, slots=True)
class Resynced:
    """Nothing of earlier questions can follow any more: the next one may be asked."""


Event: TypeAlias = (
    Answered
    | Refused
    | Interleaved
    | Unsolicited
    | MessageLine
    | Garbled
    | Prompted
    | Connected
    | ForeignEcho
    | UnexpectedResult
    | Resynced
)
