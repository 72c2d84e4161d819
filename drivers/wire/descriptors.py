"""How many descriptors this process may have, and how many its ports need."""

from __future__ import annotations

import resource

ENOUGH = 65536
"""512 ports at five each, many times over. The hard limit may be "unlimited"."""
PER_PORT = 5
"""The tty, and the two pipes with which pyserial wakes its readers."""
BESIDE = 128
"""Store, log, page, watchers, reports."""


def raise_descriptor_limit(enough: int = ENOUGH) -> int:
    """Raise the soft RLIMIT_NOFILE to `enough` or to the hard limit; never lower it. Returns it."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = enough if hard == resource.RLIM_INFINITY else min(enough, hard)
    if soft == resource.RLIM_INFINITY or soft >= wanted:
        return soft
    resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
    return wanted


def descriptors_needed(ports: int) -> int:
    """How many descriptors an agent needs that holds so many ports open."""
    return BESIDE + PER_PORT * ports


def descriptor_limit() -> int | None:
    """The soft limit of this process; None where there is none."""
    soft = resource.getrlimit(resource.RLIMIT_NOFILE)[0]
    return None if soft == resource.RLIM_INFINITY else soft
