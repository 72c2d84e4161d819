"""How many descriptors this process may have, how many its ports need, and how many are kept free for all else."""

from __future__ import annotations

import os
import resource
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from drivers.errors import PortProblem, PortUnavailable

ENOUGH = 65536
"""Thousands of ports. The hard limit may be "unlimited"."""
PER_PORT = 1
"""The tty or the socket."""
PER_SHARED_PORT = 1
"""Our end of the pseudo-terminal for clients."""
BESIDE = 128
"""Store, log, page, watchers, reports."""
KEPT_FREE = 64
"""No port is opened when fewer would be left, or a quarter of all where the limit is low: reports need them."""

_in_flight = 0
"""Ports that are being opened, and may not have their descriptors yet. Used on the event loop alone."""


def raise_descriptor_limit(enough: int = ENOUGH) -> int:
    """Raise the soft RLIMIT_NOFILE to `enough` or to the hard limit; never lower it. Returns it."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = enough if hard == resource.RLIM_INFINITY else min(enough, hard)
    if soft == resource.RLIM_INFINITY or soft >= wanted:
        return soft
    resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
    return wanted


def descriptors_needed(ports: int, shared: int = 0) -> int:
    """How many descriptors an agent needs that holds so many ports open, and offers so many shared ones."""
    return BESIDE + PER_PORT * ports + PER_SHARED_PORT * shared


def descriptor_limit() -> int | None:
    """The soft limit of this process; None where there is none."""
    soft = resource.getrlimit(resource.RLIMIT_NOFILE)[0]
    return None if soft == resource.RLIM_INFINITY else soft


@contextmanager
def room_for_a_port(address: str) -> Iterator[None]:
    """Open a port in this block. Raises PortUnavailable where it would take what reports and the page need."""
    global _in_flight  # noqa: PLW0603  the process has one table of descriptors
    limit = descriptor_limit()
    if limit is not None and not _enough_free(limit, _most_used()) and not _enough_free(limit, _used()):
        detail = f"{address}: only {limit} open files are allowed; the rest is kept for reports"
        raise PortUnavailable(PortProblem.BROKEN, detail)
    _in_flight += 1
    try:
        yield
    finally:
        _in_flight -= 1


def _enough_free(limit: int, used: int) -> bool:
    """Whether another port leaves what is kept free."""
    return limit - used - PER_PORT * (_in_flight + 1) >= min(KEPT_FREE, limit // 4)


def _most_used() -> int:
    """The size of the process's table, which it never has more descriptors than; listing a thousand takes half a ms."""
    try:
        with Path("/proc/self/status").open("rb") as status:
            return next(int(line.split()[1]) for line in status if line.startswith(b"FDSize:"))
    except (OSError, StopIteration):
        return _used()


def _used() -> int:
    """How many descriptors this process has now."""
    try:
        return len(os.listdir("/proc/self/fd"))  # noqa: PTH208  as in locks.py
    except FileNotFoundError:
        return 0  # no /proc here
    except OSError:  # none is left for this
        return descriptor_limit() or 0
