"""Snapshots as they change, for any number of readers.

Responsible for taking snapshots no more often than people can see, for telling each reader only what
changed since what it was last told, and for memory: one snapshot for all and one reference per reader,
however slow that reader is. Must not know HTTP nor who reads.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable
from dataclasses import dataclass

from agent.status.snapshot import Json, Snapshot, head_json, row_json, to_json

GAP_S = 0.2
"""At most five updates in a second: more is flicker."""
IDLE_S = 2.0
"""Look again after so long though nobody said that anything changed: time alone changes some of it."""


class SnapshotFeed:
    """Hands the newest snapshot to whoever waits for it; `take` makes one and must not block."""

    def __init__(self, take: Callable[[], Snapshot], *, gap: float = GAP_S, idle: float = IDLE_S) -> None:
        self._take = take
        self._gap = gap
        self._idle = idle
        self._news = asyncio.Event()
        self._turn = asyncio.Lock()
        self._version = 0
        self._taken_at = float("-inf")
        self._snapshot: Snapshot | None = None

    def changed(self) -> None:
        """Something that people see has changed."""
        self._news.set()

    async def after(self, seen: int) -> tuple[int, Snapshot]:
        """A snapshot newer than version `seen` (0: none), and its version; waits for `idle` at most."""
        if seen and seen == self._version:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(self._idle):
                    await self._news.wait()
        async with self._turn:
            # Whoever comes first takes it for all who wait for the same news.
            if self._snapshot is None or seen == self._version or self._news.is_set() or self._is_old():
                return await self._take_one()
            return self._version, self._snapshot

    def _is_old(self) -> bool:
        return asyncio.get_running_loop().time() - self._taken_at >= self._idle

    async def _take_one(self) -> tuple[int, Snapshot]:
        now = asyncio.get_running_loop().time
        await asyncio.sleep(max(0.0, self._taken_at + self._gap - now()))
        self._news.clear()
        snapshot = self._snapshot = self._take()
        self._taken_at = now()
        self._version += 1
        return self._version, snapshot


@dataclass(frozen=True, slots=True)
class Update:
    """One event for a reader.

    `snapshot` holds everything, `change` the head and the rows that differ, `heartbeat` the head and no row.
    """

    event: str
    body: Json


def update(told: Snapshot | None, newest: Snapshot, now: float, lang: str) -> Update:
    """What a reader who was told `told` must be told to know `newest`."""
    if told is None or [row.name for row in told.modules] != [row.name for row in newest.modules]:
        return Update("snapshot", to_json(newest, now, lang))
    rows = [
        row_json(row, now, lang)
        for row, before in zip(newest.modules, told.modules, strict=True)
        if row is not before and row != before
    ]
    return Update("change" if rows else "heartbeat", head_json(newest, now, lang) | {"modules": rows})
