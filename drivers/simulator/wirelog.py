"""A record of all bytes that entered or left simulated modules, one JSON object per line.

{"t": seconds on CLOCK_BOOTTIME, "module": name, "port": path, "in" or "out": bytes as latin-1, "note": text of the
starter}. Each line is one append, so that a killed process leaves whole lines and processes can share a file.
"""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable
from typing import Self

ENVIRONMENT = "SIMBANK_WIRE_LOG"
"""Environment: a file to which every simulator of a test run appends."""

NOTE = "SIMBANK_WIRE_LOG_NOTE"
"""Environment: a text for every entry of the simulator."""

Clock = Callable[[], float]
"""Seconds on CLOCK_BOOTTIME."""


def boottime() -> float:
    """Return the seconds since boot, suspended time included."""
    return time.clock_gettime(time.CLOCK_BOOTTIME)


class WireLog:
    """Appends to the named files; does nothing without one."""

    def __init__(self, *paths: str | os.PathLike[str], clock: Clock = boottime, note: str = "") -> None:
        flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC
        distinct = dict.fromkeys(os.fspath(path) for path in paths)
        self._descriptors = [os.open(path, flags, 0o644) for path in distinct]
        self._clock = clock
        self._note = {"note": note} if note else {}

    @classmethod
    def from_environment(cls, *paths: str | os.PathLike[str]) -> Self:
        """Append to the given files and to the one in the environment, with its note."""
        named = os.environ.get(ENVIRONMENT)
        return cls(*paths, *([named] if named else []), note=os.environ.get(NOTE, ""))

    def note(self, module: str, port: str, direction: str, data: bytes) -> None:
        """Record bytes that went "in" to a module or "out" of it."""
        if not self._descriptors:
            return
        entry = {"t": self._clock(), "module": module, "port": port, direction: data.decode("latin-1")}
        entry |= self._note
        line = json.dumps(entry).encode() + b"\n"
        for descriptor in self._descriptors:
            os.write(descriptor, line)

    def close(self) -> None:
        """Close the files."""
        while self._descriptors:
            os.close(self._descriptors.pop())
