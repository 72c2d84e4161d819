"""What a start takes from the store: the store itself, what was live at the last stop, and what modules told."""

from __future__ import annotations

import logging
from collections.abc import Callable
from pathlib import Path
from typing import Final

from agent.decision.verdict import Recalled
from agent.numbers.told import Telling, ToldNumbers
from agent.store.store import Store
from drivers.offload import offload

_log = logging.getLogger(__name__)

RECALL: Final = 600.0
"""Seconds after the last stop for which the agent trusts what was live then (docs/design.md §4)."""
OPEN_STORE: Final = 10.0
"""Seconds for the disk; after that the agent runs without a store."""


async def open_store(path: Path | None, wall: Callable[[], float]) -> Store:
    """Open the store, or one in memory where the disk does not answer. Raises StoreInUse."""
    try:
        return await offload(
            lambda: Store(path, wall=wall),
            name="open store",
            timeout=OPEN_STORE,
            dispose=Store.close,
        )
    except TimeoutError:
        _log.error("the disk of %s does not answer: nothing will survive a restart", path)
        return Store(None, wall=wall)


def recalled(store: Store, *, now: float, wall: float) -> dict[str, Recalled]:
    """Return what was live at the last stop, by module, if that is not long ago."""
    if not 0 <= wall - store.alive_at <= RECALL:
        return {}
    return {module: Recalled(iccid, now + RECALL) for module, iccid in store.live.items()}


def told_numbers(store: Store) -> ToldNumbers:
    """What each module told since it started, which the store keeps across restarts of the agent."""

    def keep(module: str, told: tuple[Telling, ...]) -> None:
        store.tellings.keep(module, [(one.iccid, one.number) for one in told])

    return ToldNumbers([Telling(*row) for row in store.tellings], on_change=keep)
