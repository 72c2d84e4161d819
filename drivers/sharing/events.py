"""What a client's dialogue asks of the shared port that drives it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias


@dataclass(frozen=True, slots=True)
class Show:
    """Bytes for the client."""

    data: bytes


@dataclass(frozen=True, slots=True)
class Send:
    """Bytes of the client for the module."""

    data: bytes


@dataclass(frozen=True, slots=True)
class Inject:
    """A byte of our own for the module: ESC, which ends the client's message text."""

    data: bytes


@dataclass(frozen=True, slots=True)
class GrantWanted:
    """A command line is complete and waits for the link's lock."""


@dataclass(frozen=True, slots=True)
class Unsolicited:
    """A line that came during the client's command and does not belong to its answer: it may be a URC to us."""

    line: str


@dataclass(frozen=True, slots=True)
class Released:
    """The lock is to be released."""

    in_step: bool
    """Whether everything that the client sent is answered; otherwise an answer may still come."""
    rest: bytes = b""
    """What came behind the final result; it does not belong to the client."""
    restore_settings: bool = False
    """The client has reset the module's settings, so that ours have to be made again."""


Event: TypeAlias = Show | Send | Inject | GrantWanted | Unsolicited | Released
