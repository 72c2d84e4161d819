"""The limits of the process: descriptors that modules need, garbage collection, and the clock that leases need."""

from __future__ import annotations

import gc
import time
from typing import Final

from agent.config import Config
from agent.status.connections import MOST
from drivers.wire import descriptors_needed

FEW_CONNECTIONS: Final = 16
"""For the page where open files are scarce: then the banner about them must be seen."""


def boottime() -> float:
    """Return seconds since the machine started, suspends included: leases must not stop in them."""
    return time.clock_gettime(time.CLOCK_BOOTTIME)


def connections_beside(config: Config, limit: int | None) -> int:
    """Return how many connections the page may have, so that every module's ports still find their descriptors."""
    if limit is None:
        return MOST
    modules = config.bank.modules
    shared = modules if any(rule.share for rule in config.ports) else 0
    return min(MOST, max(FEW_CONNECTIONS, limit - descriptors_needed(modules, shared)))


def spare_the_collector() -> None:
    """Exempt what is there now from garbage collection, and collect the rest in pieces: the loop stands still for it.

    Else it walks through a hundred thousand permanent objects several times while a bank is first polled, for 100 ms
    each time. A piece of 6,000 new objects takes some 8 ms.
    """
    gc.freeze()
    gc.set_threshold(1_000, 6, 500)
