"""How many descriptors this process may have.

Responsible for the soft limit alone. Must not know what they are used for.
"""

from __future__ import annotations

import resource

ENOUGH = 65536
"""Descriptors: 512 ports at five each, many times over. The hard limit may be "unlimited"."""


def raise_descriptor_limit(enough: int = ENOUGH) -> int:
    """Lift RLIMIT_NOFILE to `enough` or as far as the hard limit allows; never lower it. Returns it."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = enough if hard == resource.RLIM_INFINITY else min(enough, hard)
    if soft == resource.RLIM_INFINITY or soft >= wanted:
        return soft
    resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
    return wanted
