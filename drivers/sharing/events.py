"""What a guest's dialogue asks of whoever drives it.

Responsible for the shapes alone. Must not know how an event came about.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias


@dataclass(frozen=True, slots=True)
class Show:
    """Bytes for the guest."""

    data: bytes


@dataclass(frozen=True, slots=True)
class Send:
    """Bytes of the guest for the module."""

    data: bytes


@dataclass(frozen=True, slots=True)
class Leave:
    """Our own byte for the module: the guest's text is given up."""

    data: bytes


@dataclass(frozen=True, slots=True)
class Wanted:
    """A command is whole: the line is wanted."""


@dataclass(frozen=True, slots=True)
class Unasked:
    """A line that came during the guest's turn and is no part of its answer: it may be news to us."""

    line: str


@dataclass(frozen=True, slots=True)
class Ended:
    """The line is free."""

    in_step: bool
    """Whether all that the guest asked for is answered; where not, an answer may still come."""
    rest: bytes = b""
    """What the module said behind the verdict; it is not the guest's."""
    remake: bool = False
    """The guest brought back settings of its own making: ours are to be made anew."""


Event: TypeAlias = Show | Send | Leave | Wanted | Unasked | Ended
