"""How long the processes of a test waited for a CPU: what a bound in wall time grows by on a busy machine.

The kernel counts the time that a thread spends on a run queue: the second field of /proc/PID/schedstat. It is sampled
for this process and everything below it, so that a bound stays as it is on a quiet machine.
"""

from __future__ import annotations

import os
import threading
import time
from collections import Counter, deque
from itertools import chain
from pathlib import Path

WINDOW = 60.0
"""Seconds: no bound of this folder looks further back."""
EVERY = 0.1


class Starvation:
    """Adds up, from `start` on, what the main threads of a tree of processes waited for a CPU."""

    def __init__(self, root: int = os.getpid()) -> None:
        self._root = root
        self._waited: dict[int, int] = {}
        self._samples: deque[tuple[float, float, dict[int, int]]] = deque()
        """When, how long all waited since the look before, and each in nanoseconds."""

    def start(self) -> None:
        """Sample in a thread of its own, for as long as this process lives."""
        threading.Thread(target=self._run, name="starvation", daemon=True).start()

    def seconds(self) -> float:
        """Return what they waited, all together, in the last `WINDOW` seconds."""
        since = time.monotonic() - WINDOW
        return sum(waited for at, waited, _ in list(self._samples) if at >= since)

    def longest(self, window: float, most: int) -> float:
        """Return what those waited together, in the last seconds, that waited longest: so many of them."""
        since = time.monotonic() - window
        each: Counter[int] = Counter()
        for at, _, added in list(self._samples):
            if at >= since:
                each.update(added)
        return sum(waited for _, waited in each.most_common(most)) / 1e9

    def sample(self) -> None:
        """Look once."""
        now = time.monotonic()
        waited = {pid: ns for pid in _tree(self._root) if (ns := _run_queue_ns(pid)) is not None}
        added = {pid: ns - self._waited.get(pid, 0) for pid, ns in waited.items()}
        if self._waited:
            self._samples.append((now, max(0, sum(added.values())) / 1e9, added))
        self._waited = waited
        while self._samples and self._samples[0][0] < now - WINDOW:
            self._samples.popleft()

    def _run(self) -> None:
        while True:
            self.sample()
            time.sleep(EVERY)


def _tree(root: int) -> list[int]:
    try:
        tasks = list(Path(f"/proc/{root}/task").iterdir())
        children = [int(pid) for task in tasks for pid in (task / "children").read_text().split()]
    except OSError:  # it ended, or the kernel does not tell
        children = []
    return [root, *chain.from_iterable(_tree(child) for child in children)]


def _run_queue_ns(pid: int) -> int | None:
    try:
        return int(Path(f"/proc/{pid}/schedstat").read_text().split()[1])
    except (OSError, IndexError, ValueError):
        return None


_OURS = Starvation()
_OURS.start()


def starved() -> float:
    """Return for how many seconds of the last minute this process and its children waited for a CPU."""
    return _OURS.seconds()


def starved_lately(window: float, most: int) -> float:
    """Return for how many of the last seconds those waited together that waited longest: so many of them."""
    return _OURS.longest(window, most)
