"""A token bucket."""

from __future__ import annotations

import math


class TokenBucket:
    """A burst of `at_once`, refilled one per `every` seconds."""

    def __init__(self, at_once: int, every: float) -> None:
        self._ahead = (at_once - 1) * every
        self._every = every
        self._full_at = -math.inf
        """When the bucket is full again."""

    def take(self, now: float) -> float:
        """Take a token; return when it may be used, `now` or later."""
        at = max(now, self._full_at - self._ahead)
        self._full_at = max(self._full_at, at) + self._every
        return at
