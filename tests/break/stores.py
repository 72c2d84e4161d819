"""Attacks on the store: deleted and copied over while the agent runs, and damaged in many ways before a start."""

from __future__ import annotations

import asyncio
import json
import os
import random
import sqlite3
import time
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

from attack import Attack, Figure
from target import READY_WITHIN

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from target import Target

NOTICED_WITHIN = 60.0


def _store(target: Target) -> Path:
    config = json.loads(target.agent.config_path.read_text())
    return Path(target.agent.config_path.parent, config["store"])


async def _lost(target: Target) -> Sequence[Figure]:
    """Delete the store, then copy another file over it; kill the agent, and compare what it reports afterwards."""
    store, before = _store(target), dict(target.market.arrivals[-1].starts)
    for file in store.parent.glob(f"{store.name}*"):
        file.unlink()
    deleted = await _until_it_holds(store, len(before))
    store.write_bytes(os.urandom(store.stat().st_size))
    copied_over = await _until_it_holds(store, len(before))
    removal = await target.removals(2)
    await target.agent.kill()
    since = len(target.market.arrivals)
    await target.agent.start()
    await _whole(target, since)
    after = target.market.arrivals[-1].starts
    changed = sum(after.get(number) != start for number, start in before.items())
    return [
        Figure("until a deleted store is whole", deleted, NOTICED_WITHIN),
        Figure("until one that was copied over is", copied_over, NOTICED_WITHIN),
        removal,
        Figure("dates that changed by it", changed, 0, "dates"),
    ]


async def _until_it_holds(store: Path, sims: int) -> float:
    began = time.monotonic()
    while time.monotonic() - began < 2 * NOTICED_WITHIN:
        await asyncio.sleep(0.5)
        try:
            with closing(sqlite3.connect(f"{store.as_uri()}?mode=ro", uri=True, timeout=0.2)) as there:
                if there.execute("SELECT count(*) FROM sim WHERE date_start > 0").fetchone()[0] >= sims:
                    break
        except sqlite3.Error:
            continue
    return time.monotonic() - began


def _execute(*statements: str) -> Callable[[Path], None]:
    def damage(store: Path) -> None:
        with closing(sqlite3.connect(store)) as database:
            database.execute("PRAGMA ignore_check_constraints = ON")
            for statement in statements:
                database.execute(statement)
            database.commit()

    return damage


def _flip(store: Path) -> None:
    content, chance = bytearray(store.read_bytes()), random.Random(12)
    for _ in range(40):
        content[chance.randrange(len(content))] ^= 1 << chance.randrange(8)
    store.write_bytes(content)


def _cut(store: Path) -> None:
    store.write_bytes(store.read_bytes()[: store.stat().st_size // 2])


DAMAGES: tuple[Callable[[Path], None], ...] = (
    _execute("UPDATE place SET n = 3 WHERE n = 2", "UPDATE sim SET date_start = 2082758411, seen = -5"),
    _execute(
        "UPDATE learned SET number = '+46701999999'", "DROP TABLE live", "ALTER TABLE minute DROP COLUMN cap"
    ),
    _execute("PRAGMA user_version = 99", "UPDATE fact SET value = 'nan'"),
    _flip,
    _cut,
    lambda store: store.write_bytes(b""),
)


async def _damaged(target: Target) -> Sequence[Figure]:
    """Damage the store before each start: the agent must start, report the whole bank, and no strange number."""
    store, numbers = _store(target), set(target.market.arrivals[-1].numbers)
    slowest, strange, dead = 0.0, 0, 0
    for damage in DAMAGES:
        await target.agent.stop()
        damage(store)
        since = len(target.market.arrivals)
        await target.agent.start()
        slowest = max(slowest, await _whole(target, since))
        dead += target.agent.exit_code is not None
        strange += sum(not set(one.numbers) <= numbers for one in list(target.market.arrivals)[since:])
    return [
        Figure("slowest start until all is reported", slowest, READY_WITHIN),
        Figure("agents that did not start", dead, 0, "agents"),
        Figure("lists with a strange number", strange, 0, "lists"),
    ]


async def _whole(target: Target, since: int) -> float:
    """Wait until the whole bank is reported; return the seconds."""
    began = time.monotonic()
    while time.monotonic() - began < 2 * READY_WITHIN and target.agent.exit_code is None:
        newest = target.market.arrivals[-1]
        if len(target.market.arrivals) > since and len(newest.numbers) == target.modules:
            break
        await asyncio.sleep(0.05)
    return time.monotonic() - began


ATTACKS = (
    Attack(name="store_lost", waits=True, run=_lost),
    Attack(name="store_damaged", waits=True, run=_damaged),
)
