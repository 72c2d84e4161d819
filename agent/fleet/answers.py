"""What the engine answers, as values, and the errors of asking it: for those who must not know redis-py."""

from __future__ import annotations

from dataclasses import dataclass


class EngineAway(Exception):
    """No usable answer; whether the command was carried out is not known. Its text never holds a password."""


class NotThatEngine(EngineAway):
    """The connection is to another process, or to other data, than what was read before: nothing was sent."""


@dataclass(frozen=True, slots=True)
class About:
    """What the engine says of itself; empty texts where it does not."""

    version: str = ""
    role: str = ""
    identity: str = ""
    """One process with one history of data; "" where it does not tell."""
    eviction: str = ""


@dataclass(frozen=True, slots=True)
class Turn:
    """What a host heard in its turn."""

    taken: bool
    """Whether the beat was written: another run has the name otherwise."""
    record: str
    other_beat: str = ""
    """The beat of the run that has the name."""
    has_set: bool = False
    said: str = ""
    watched: str = ""
    """The beat of the host that the caller watches, "" for none."""
