"""What a conversation makes of the bytes it was given."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

from drivers.at.commands import Command


@dataclass(frozen=True, slots=True)
class Answered:
    """The answer is complete, with these lines of payload (possibly none)."""

    command: Command
    lines: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Refused:
    """The module refused; `code` and `words` as in `drivers.errors.Refused`, `lines` is what came before."""

    command: Command
    code: int | None
    words: str
    lines: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Interleaved:
    """An incoming message was interleaved with the answer, which cannot be separated from it: ask again."""

    command: Command


@dataclass(frozen=True, slots=True)
class Unsolicited:
    """A URC."""

    line: str


@dataclass(frozen=True, slots=True)
class MessageLine:
    """A line of an incoming message's text, as it came, after the URC that announced it."""

    line: str


@dataclass(frozen=True, slots=True)
class Garbled:
    """A line that fits no rule: noise, a line too long, or more payload than any answer has."""

    line: str


@dataclass(frozen=True, slots=True)
class Prompted:
    """The module waits for the text of a message: answer with `Conversation.escape()`."""


@dataclass(frozen=True, slots=True)
class Connected:
    """The port went into data mode: nothing may be sent until it is back."""

    line: str


@dataclass(frozen=True, slots=True)
class ForeignEcho:
    """The echo of a command that we did not send: another program uses this port."""

    line: str


@dataclass(frozen=True, slots=True)
class UnexpectedResult:
    """A final result while no question was under way."""

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
