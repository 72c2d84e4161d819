"""Who has the slave side of our pseudo-terminals open: counts opens and closes through inotify(7).

The kernel merges equal events that nobody has read yet, so that two opens at once count as one: a client whose bytes
come although none should be there corrects the count. Without inotify every terminal counts as open.
"""

from __future__ import annotations

import asyncio
import ctypes
import os
import struct
from collections.abc import Callable
from typing import Self

IN_CLOSE = 0x08 | 0x10
IN_OPEN = 0x20
IN_Q_OVERFLOW = 0x4000
EVENT = struct.Struct("iIII")

_libc = ctypes.CDLL(None, use_errno=True)


class PtyWatch:
    """Counts the descriptors of clients on watched device nodes; needs a running event loop."""

    def __init__(self) -> None:
        self._fd: int = _libc.inotify_init1(os.O_NONBLOCK | os.O_CLOEXEC)
        self._counts: dict[int, int] = {}
        self._when_left: dict[int, Callable[[], None]] = {}
        self._loop = asyncio.get_running_loop()
        if self._fd >= 0:
            self._loop.add_reader(self._fd, self.read_events)

    def watch(self, path: str, when_left: Callable[[], None]) -> int:
        """Start to count opens of `path`; `when_left` is called when the last client has closed it.

        By then another one may have opened it.
        """
        if self._fd < 0:
            return -1
        watch: int = _libc.inotify_add_watch(self._fd, path.encode(), IN_OPEN | IN_CLOSE)
        if watch >= 0:
            self._counts[watch] = 0
            self._when_left[watch] = when_left
        return watch

    def forget(self, watch: int) -> None:
        """Stop counting; the node may be gone already."""
        if self._when_left.pop(watch, None) is not None:
            self._counts.pop(watch, None)
            _libc.inotify_rm_watch(self._fd, watch)

    def is_open(self, watch: int) -> bool:
        """Whether a client has the node open; reads new events before it says no."""
        if watch < 0 or self._counts.get(watch, 1):
            return True
        self.read_events()
        return bool(self._counts.get(watch, 1))

    def correct(self, watch: int, count: int) -> None:
        """Correct a count that is known better; drops the events that led to it."""
        self.read_events()
        if watch in self._counts:
            self._counts[watch] = count

    def read_events(self) -> None:
        """Count all events that wait."""
        left: set[int] = set()
        while events := self._events():
            for watch, mask in events:
                self._count(watch, mask, left)
        for watch in left:
            if watch in self._when_left:
                self._when_left[watch]()

    def _events(self) -> list[tuple[int, int]]:
        try:
            data = os.read(self._fd, 65536)
        except BlockingIOError:
            return []
        events, offset = [], 0
        while offset < len(data):
            watch, mask, _cookie, length = EVENT.unpack_from(data, offset)
            events.append((watch, mask))
            offset += EVENT.size + length
        return events

    def _count(self, watch: int, mask: int, left: set[int]) -> None:
        if mask & IN_Q_OVERFLOW:
            self._counts = dict.fromkeys(self._counts, 1)
        if watch not in self._counts:
            return
        if mask & IN_OPEN:
            self._counts[watch] += 1
        elif mask & IN_CLOSE and self._counts[watch]:
            self._counts[watch] -= 1
            if not self._counts[watch]:
                left.add(watch)

    def close(self) -> None:
        """Give the descriptor back."""
        if self._fd >= 0:
            self._loop.remove_reader(self._fd)
            os.close(self._fd)
            self._fd = -1
        self._counts.clear()
        self._when_left.clear()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
