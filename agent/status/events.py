"""Snapshots as they change, for any number of readers.

All readers share one snapshot, however slow they are; each costs a reference.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable
from typing import Literal

from agent.status.encode import Json, differences, head_json, status_json
from agent.status.snapshot import Snapshot

GAP_S = 0.2
"""Shortest time between two snapshots: more than five a second is flicker."""
IDLE_S = 2.0
"""Longest time between two snapshots, as some values change with time alone."""

Event = Literal["snapshot", "change", "heartbeat"]


class SnapshotFeed:
    """Gives the newest snapshot to each reader; `take` makes one and must not block. `gap`, `idle`: seconds."""

    def __init__(self, take: Callable[[], Snapshot], *, gap: float = GAP_S, idle: float = IDLE_S) -> None:
        self._take = take
        self._gap = gap
        self._idle = idle
        self._dirty = asyncio.Event()
        self._lock = asyncio.Lock()
        self._version = 0
        self._taken_at = float("-inf")
        self._snapshot: Snapshot | None = None

    def changed(self) -> None:
        """Note that something that people see has changed."""
        self._dirty.set()

    async def current(self) -> tuple[int, Snapshot]:
        """Return a snapshot that has every change that was noted by now, and its version; `gap` old at most."""
        async with self._lock:  # many who ask at once share the next one
            if self._snapshot is None or self._dirty.is_set() or self._age() >= self._gap:
                return await self._take_one()
            return self._version, self._snapshot

    async def latest(self) -> tuple[int, Snapshot]:
        """Return the newest snapshot there is, and its version; waits only where that is older than `idle`."""
        if self._snapshot is None or self._is_old():
            return await self.current()
        return self._version, self._snapshot

    async def after(self, seen: int) -> tuple[int, Snapshot]:
        """Return a snapshot newer than version `seen` (0: none), and its version; waits for `idle` at most."""
        if seen and seen == self._version:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(self._idle):
                    await self._dirty.wait()
        async with self._lock:  # the first reader takes it for all: who comes later has what the others have
            if self._snapshot is None or seen == self._version or self._is_old():
                return await self._take_one()
            return self._version, self._snapshot

    def _is_old(self) -> bool:
        return self._age() >= self._idle

    def _age(self) -> float:
        return asyncio.get_running_loop().time() - self._taken_at

    async def _take_one(self) -> tuple[int, Snapshot]:
        now = asyncio.get_running_loop().time
        await asyncio.sleep(max(0.0, self._taken_at + self._gap - now()))
        self._dirty.clear()
        snapshot = self._snapshot = self._take()
        self._taken_at = now()
        self._version += 1
        return self._version, snapshot


def update(sent: Snapshot | None, newest: Snapshot, now: float, lang: str) -> tuple[Event, Json]:
    """Return the event that brings a reader from the snapshot that was sent last to the newest.

    `snapshot` has everything, `change` what differs of head and rows, `heartbeat` nothing but `seen`: that a module
    answered again is no change, and is told in a few bytes.
    """
    if sent is None or [row.name for row in sent.modules] != [row.name for row in newest.modules]:
        return "snapshot", status_json(newest, now, lang)
    before = head_json(sent, now, lang)
    head = {key: value for key, value in head_json(newest, now, lang).items() if value != before[key]}
    rows, seen = _rows(sent, newest, now, lang)
    return "change" if head or rows else "heartbeat", head | {"modules": rows, "seen": seen}


def _rows(sent: Snapshot, newest: Snapshot, now: float, lang: str) -> tuple[list[Json], dict[str, float]]:
    """Return what differs of each row, and how long ago those were seen of which nothing else does."""
    rows: list[Json] = []
    seen: dict[str, float] = {}
    for row, before in zip(newest.modules, sent.modules, strict=True):
        if row is before:
            continue
        changes = differences(before, row, now, lang)
        if changes.keys() == {"seen_s"}:
            seen[row.name] = changes["seen_s"]
        elif changes:
            rows.append({"name": row.name} | changes)
    return rows, seen
