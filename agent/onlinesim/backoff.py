"""How long to wait before trying again."""

from __future__ import annotations

from collections.abc import Callable, Iterator


def backoff(chance: Callable[[], float], *, first: float = 1.0, most: float = 30.0) -> Iterator[float]:
    """Yield seconds to wait without end, from `first` to `most`: exponential, with jitter.

    Each ceiling is twice the one before; `chance` (0 to 1, as `random.random`) places the wait in the upper half below
    it, so that hosts which fail together do not come back together.
    """
    ceiling = first
    while True:
        yield max(first, ceiling * (1.0 + chance()) / 2.0)
        ceiling = min(most, ceiling * 2.0)
