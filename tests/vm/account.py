"""The account at Onlinesim that the guest sells to: the sandbox's rules on a port of this machine, in a thread."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from agent.sandbox.server import Sandbox

KEY: Final = "key-of-the-virtual-host"


@dataclass(frozen=True, slots=True)
class Report:
    """An accepted list: when it came (UNIX time), and its entries by number."""

    at: float
    entries: dict[str, dict[str, Any]]


class Account:
    """Listens on `port` from the start until `close`."""

    def __init__(self, port: int, *, modules: int) -> None:
        self._sandbox = Sandbox(modules=modules, key=KEY, clock=time.time, history=5000)
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()
        asyncio.run_coroutine_threadsafe(self._sandbox.serve(port=port), self._loop).result(10)

    def close(self) -> None:
        """Listen no more."""
        asyncio.run_coroutine_threadsafe(self._sandbox.close(), self._loop).result(10)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)

    @property
    def blocks(self) -> int:
        """How often the account was blocked for too many numbers."""
        return self._sandbox.state().blocks

    def reports(self, since: float = 0.0) -> list[Report]:
        """The accepted lists that came after `since`, oldest first."""
        return [
            Report(one.at, {str(entry["number"]): dict(entry) for entry in one.entries})
            for one in self._sandbox.accepted
            if one.at > since
        ]

    def wait_for(
        self, fits: Callable[[dict[str, dict[str, Any]]], bool], *, since: float, timeout: float = 180
    ) -> Report:
        """Wait for an accepted list after `since` whose entries fit; return the first, or raise TimeoutError."""
        end = time.monotonic() + timeout
        while time.monotonic() < end:
            for report in self.reports(since):
                if fits(report.entries):
                    return report
            time.sleep(0.05)
        counts = [len(report.entries) for report in self.reports(since)][-10:]
        raise TimeoutError(f"no such report within {timeout:.0f} s; the last had {counts} numbers")
