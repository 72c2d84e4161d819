"""What a client's dialogue asks of whoever drives it.

Responsible for the shapes alone. Must not know how an event came about.
"""

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
class Leave:
    """Our own byte for the module: the client's text is given up."""

    data: bytes


@dataclass(frozen=True, slots=True)
class Wanted:
    """A command is whole: the line is wanted."""


@dataclass(frozen=True, slots=True)
class Unasked:
    """A line that came during the client's turn and is no part of its answer: it may be news to us."""

    line: str


@dataclass(frozen=True, slots=True)
class Ended:
    """The line is free."""

    in_step: bool
    """Whether all that the client asked for is answered; where not, an answer may still come."""
    rest: bytes = b""
    """What the module said behind the verdict; it is not the client's."""
    remake: bool = False
    """The client brought back settings of its own making: ours are to be made anew."""


Event: TypeAlias = Show | Send | Leave | Wanted | Unasked | Ended
