"""A mark on the disk while a request is under way, by which the next run knows how the last one ended.

A process that the kernel's timer ends cannot say so itself.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from pathlib import Path
from typing import Final

from drivers.offload import offload

_BOOT: Final = Path("/proc/sys/kernel/random/boot_id")
WITHIN: Final = 0.5
"""Seconds that a request waits for the mark; without it the timer works as well, and nobody is told."""


class RequestMark:
    """One file. All instants are of CLOCK_BOOTTIME."""

    def __init__(self, path: Path, *, boot: Callable[[], str] = lambda: _BOOT.read_text().strip()) -> None:
        self._path = path
        try:
            self._boot = boot()
        except OSError:
            self._boot = ""

    def found(self, now: float) -> bool:
        """Return whether the last run was ended by its timer, and remove the mark. Reads the disk."""
        try:
            boot, _, text = self._path.read_text().strip().partition(" ")
            ends = float(text)
        except (OSError, ValueError):
            return False
        finally:
            with contextlib.suppress(OSError):
                self._path.unlink(missing_ok=True)
        return boot == self._boot and now >= ends

    async def set(self, ends: float) -> None:
        """Note that the process ends at this instant unless its request is over before."""
        await self._quickly(lambda: self._path.write_text(f"{self._boot} {ends}\n"))

    async def clear(self) -> None:
        """Note that the request is over."""
        await self._quickly(lambda: self._path.unlink(missing_ok=True))

    async def _quickly(self, work: Callable[[], object]) -> None:
        with contextlib.suppress(OSError, TimeoutError):
            await offload(work, name="fleet mark", timeout=WITHIN)
