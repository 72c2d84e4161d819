"""How often something may be done: some times at once, and then once in a while.

Responsible for when the next time is. Must not know what is done.
"""

from __future__ import annotations

import math


class TokenBucket:
    """So many times at once; each of them is allowed again after `every` seconds."""

    def __init__(self, at_once: int, every: float) -> None:
        self._ahead = (at_once - 1) * every
        self._every = every
        self._used_up_to = -math.inf
        """The time at which all that was taken is allowed again."""

    def take(self, now: float) -> float:
        """Return when what is wanted now may be done, `now` itself or later; it counts as done then."""
        at = max(now, self._used_up_to - self._ahead)
        self._used_up_to = max(self._used_up_to, at) + self._every
        return at
