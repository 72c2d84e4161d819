"""How long to wait before trying again.

Responsible for a series of seconds. Must not know what is tried, what time it is, nor how waiting is done.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator


def backoff(chance: Callable[[], float], *, first: float = 1.0, most: float = 30.0) -> Iterator[float]:
    """Endless seconds to wait, never below `first` nor above `most`.

    Each ceiling is twice the one before; the wait lies in the upper half below it, where `chance` (0 to 1, as
    from `random.random`) puts it, so that many hosts which fail together do not come back together.
    """
    ceiling = first
    while True:
        yield max(first, ceiling * (1.0 + chance()) / 2.0)
        ceiling = min(most, ceiling * 2.0)
