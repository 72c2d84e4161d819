"""Bodies of answers: each is made once for a version of the snapshot, however many ask for it."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from typing import Any, TypeVar

from agent.status.snapshot import Snapshot

T = TypeVar("T")


class Bodies:
    """What was made of the newest snapshot, by a key that says what it is."""

    def __init__(self) -> None:
        self._version = 0
        self._made: dict[Hashable, Any] = {}

    def of(self, version: int, snapshot: Snapshot, key: Hashable, make: Callable[[Snapshot], T]) -> T:
        """Return what `make` makes of this version of the snapshot. A key always has the same `make`."""
        if version != self._version:
            self._version = version
            self._made.clear()
        if key not in self._made:
            self._made[key] = make(snapshot)
        made: T = self._made[key]
        return made
