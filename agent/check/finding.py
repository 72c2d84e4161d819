"""One thing that `check` has to say.

Responsible for its form: how bad it is, what it is about, the fact, and how to mend it. Must not know how anything is
found out, nor how it is shown.
"""

from __future__ import annotations

import enum
from collections.abc import Iterable
from dataclasses import dataclass


class Level(enum.StrEnum):
    """How much a finding matters to a run."""

    OK = "ok"
    WARNING = "warning"
    """The agent runs, but its operator may not expect how."""
    PROBLEM = "problem"
    """It stops a good run, or loses numbers."""


@dataclass(frozen=True, slots=True)
class Finding:
    """`what` is the thing in a word or two, `text` the fact, `mend` what to do or type; empty where all is well."""

    level: Level
    what: str
    text: str
    mend: str = ""


def good(what: str, text: str) -> Finding:
    """Say that a thing is as it should be."""
    return Finding(Level.OK, what, text)


def warning(what: str, text: str, mend: str) -> Finding:
    """Say what may surprise."""
    return Finding(Level.WARNING, what, text, mend)


def problem(what: str, text: str, mend: str) -> Finding:
    """Say what stops a good run."""
    return Finding(Level.PROBLEM, what, text, mend)


def counted(number: int, thing: str) -> str:
    """Write a number of things."""
    return f"{number} {thing}" if number == 1 else f"{number} {thing}s"


def some(names: Iterable[str], most: int = 3) -> str:
    """Write the first few of many names, and how many more there are."""
    given = list(names)
    rest = len(given) - most
    return ", ".join(given) if rest <= 0 else f"{', '.join(given[:most])} and {rest} more"
