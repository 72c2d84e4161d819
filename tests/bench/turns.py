"""How late an event loop is: the length of each of its turns, in which it sees nothing else."""

from __future__ import annotations

import json
import socket
import sys
import threading
import time
from pathlib import Path
from typing import Any, Final

from agent.app.event_loop import FewAtOnce

_STARTS: Final = frozenset(
    {"subprocess.Popen", "os.posix_spawn", "os.fork", "os.forkpty", "os.exec", "os.system"}
)


class Turns:
    """The turns of this process's loop since `taken`, and how many other programs it started."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._worst = self._worst_cpu = 0.0
        self._lengths: list[float] = []
        self._programs = 0

    def note(self, length: float, cpu: float) -> None:
        """Take one turn in: seconds on the wall, and seconds of CPU of the loop's own thread."""
        with self._lock:
            self._worst = max(self._worst, length)
            self._worst_cpu = max(self._worst_cpu, cpu)
            self._lengths.append(length)

    def started(self, event: str, _arguments: object) -> None:
        """Count programs: an audit hook."""
        if event in _STARTS:
            self._programs += 1

    def taken(self) -> dict[str, float]:
        """What was noted, in ms; and count from 0 again."""
        with self._lock:
            lengths, self._lengths = sorted(self._lengths), []
            told = {
                "worst_ms": self._worst * 1000,
                "worst_cpu_ms": self._worst_cpu * 1000,
                "p99_ms": lengths[len(lengths) * 99 // 100] * 1000 if lengths else 0.0,
                "turns": len(lengths),
                "programs": self._programs,
            }
            self._worst = self._worst_cpu = 0.0
        self._programs = 0
        return told

    def tell_at(self, path: Path) -> None:
        """Tell whoever connects to this socket, in a thread."""
        listening = socket.socket(socket.AF_UNIX)
        listening.bind(str(path))
        listening.listen()
        threading.Thread(target=self._tell, args=(listening,), daemon=True).start()

    def _tell(self, listening: socket.socket) -> None:
        while True:
            with listening.accept()[0] as visitor:
                visitor.sendall(json.dumps(self.taken()).encode())


def watch_turns() -> Turns:
    """Note the turns of the event loop that is made next. The cost is four readings of clocks a turn, 1 µs."""
    turns = Turns()
    select = FewAtOnce.select
    since: tuple[float, float] | None = None

    def watched(selector: FewAtOnce, timeout: float | None = None) -> list[Any]:
        nonlocal since
        if since is not None:
            turns.note(time.monotonic() - since[0], time.thread_time() - since[1])
        events = select(selector, timeout)
        since = time.monotonic(), time.thread_time()
        return events

    FewAtOnce.select = watched  # type: ignore[method-assign]  # to look on
    sys.addaudithook(turns.started)
    return turns


async def turns_of(path: Path) -> dict[str, float]:
    """What a process tells at this socket."""
    import asyncio

    reader, writer = await asyncio.open_unix_connection(str(path))
    told: dict[str, float] = json.loads(await reader.read())
    writer.close()
    return told
