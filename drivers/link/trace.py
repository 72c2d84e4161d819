"""What goes over a link: whose bytes, and how often what happened.

Responsible for the words and the counts. Must not know how either comes about.
"""

from __future__ import annotations

import enum
from dataclasses import dataclass


class Direction(enum.StrEnum):
    """Whose bytes a trace shows."""

    TO_MODULE = "to module"
    """Ours: everything here is on the allow-list."""
    FROM_MODULE = "from module"
    GUEST_TO_MODULE = "guest to module"
    """What a guest sent is the guest's."""
    MODULE_TO_GUEST = "module to guest"


@dataclass(slots=True)
class Counters:
    """What happened on one link since it was opened."""

    asked: int = 0
    refused: int = 0
    timeouts: int = 0
    resyncs: int = 0
    overtaken: int = 0
    """Questions that somebody's message came upon, so that they were asked again."""
    prompts: int = 0
    urcs: int = 0
    garbled: int = 0
    foreign: int = 0
    """Echoes of commands that we did not send: another program uses the port."""
    bytes_in: int = 0
    bytes_out: int = 0
    lent: int = 0
    """How often a guest had the line."""
