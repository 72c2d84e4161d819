"""The shape of a function that answers a command.

Responsible for one type, so that the files of commands need not know each other.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

from drivers.simulator.syntax import Command

if TYPE_CHECKING:
    from drivers.simulator.module import SimulatedModule
    from drivers.simulator.session import Session

Handler = Callable[["SimulatedModule", "Session", Command], Iterable[str]]
"""Returns the lines of the answer, or raises a Refusal or FinalText."""
