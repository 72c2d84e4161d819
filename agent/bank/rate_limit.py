"""Token buckets: how often something may happen."""

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


class Allowance:
    """A token bucket for what may be folded: while one waits for its time, further ones take no token."""

    def __init__(self, at_once: int, every: float) -> None:
        self._bucket = TokenBucket(at_once, every)
        self._waits_until = -math.inf

    def take(self, now: float) -> float | None:
        """Return when this one may be acted upon, `now` or later; None if it belongs to one that waits already."""
        if self._waits_until > now:
            return None
        self._waits_until = self._bucket.take(now)
        return self._waits_until
