"""Attacks on what the operator's files hold: a file of numbers that is lost, damaged or in another encoding."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import time
from typing import TYPE_CHECKING

import aiohttp
from attack import Attack, Figure
from target import GIVE_UP, READY_WITHIN

if TYPE_CHECKING:
    from collections.abc import Sequence

    from target import Target

RELOADED = 2.0
"""Seconds in which a reload has taken effect, and a report has told of it."""


def _damages(whole: bytes) -> list[bytes | None]:
    """What a file may hold instead; None: there is none."""
    in_a_row = whole.index(b"\n", len(whole) // 2) + 10
    return [
        None,
        b"",
        bytes(len(whole)),
        b"PK\x03\x04" + whole,
        whole[:in_a_row],
        whole.replace(b",+", b";;"),
        os.urandom(4096),
        whole.decode().encode("utf-16"),
        (whole.decode() + "# полка 3\n").encode("cp1251"),
    ]


async def _damaged(target: Target) -> Sequence[Figure]:
    """Let a file correct all numbers, damage it in many ways, reload and start anew: its numbers must stand."""
    path = target.folder / "sims.csv"
    numbers = {card: f"+4670000{n:04}" for n, card in enumerate(await _cards(target))}
    whole = "".join(["iccid,number\n", *(f"{card},{number}\n" for card, number in numbers.items())]).encode()
    path.write_bytes(whole)
    config = json.loads(target.agent.config_path.read_text())
    target.agent.write_config(config | {"sims_file": "sims.csv"})
    target.agent.signal(signal.SIGHUP)
    wanted = set(numbers.values())
    took = await _until_reported(target, wanted)
    others = 0
    for content in _damages(whole):
        path.unlink(missing_ok=True)
        if content is not None:
            path.write_bytes(content)
        since = len(target.market.arrivals)
        target.agent.signal(signal.SIGHUP)
        await asyncio.sleep(RELOADED)
        others += sum(set(one.numbers) != wanted for one in list(target.market.arrivals)[since:])
    path.unlink()
    await target.agent.stop()
    since = len(target.market.arrivals)
    await target.agent.start()
    started = await _until_reported(target, wanted, since)
    strange = sum(not set(one.numbers) <= wanted for one in list(target.market.arrivals)[since:])
    return [
        Figure("until the file counts", took, 10.0),
        Figure("lists that differ from the file", others, 0, "lists"),
        Figure("a start without the file, whole after", started, READY_WITHIN),
        Figure("lists with other numbers behind it", strange, 0, "lists"),
    ]


async def _cards(target: Target) -> list[str]:
    async with aiohttp.ClientSession() as http, http.get(f"{target.url}/api/v1/status") as answer:
        return [row["iccid"] for row in (await answer.json())["modules"]]


async def _until_reported(target: Target, wanted: set[str], since: int = 0) -> float:
    began = time.monotonic()
    while time.monotonic() - began < GIVE_UP + READY_WITHIN:
        if len(target.market.arrivals) > since and set(target.market.arrivals[-1].numbers) == wanted:
            break
        await asyncio.sleep(0.05)
    return time.monotonic() - began


ATTACKS = (Attack(name="files_damaged", run=_damaged),)
