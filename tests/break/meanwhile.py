"""The same figures for every attack that goes on while the agent works."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from attack import Figure, in_another_process

if TYPE_CHECKING:
    from target import Target

UNDER_WAY = 4.0
"""Seconds after which an attack is at its height."""
LOG_KB = 20.0
MEMORY_MB = 40.0
ANSWER_S = 3.0
PAGE_S = 10.0


async def measure_under(
    target: Target, work: Callable[..., None], *arguments: Any, **headers: str
) -> list[Figure]:
    """Run `work` in a process of its own and measure removals, `/healthz`, page, memory, log and reports meanwhile.

    `headers` are those of the operator who opens the page.
    """
    memory, log = target.agent.footprint().memory, len(target.agent.log_path.read_bytes())
    async with in_another_process(work, *arguments):
        await asyncio.sleep(UNDER_WAY)
        began, cpu = time.monotonic(), target.cpu()
        removal = await target.removals(2)
        health = max([await target.answers_in("/healthz") for _ in range(3)])
        page = await target.page_opens_in(**headers)
        load = (target.cpu() - cpu) / (time.monotonic() - began)
        grown = target.agent.footprint().memory - memory
        said = len(target.agent.log_path.read_bytes()) - log
    return [
        removal,
        Figure("/healthz answers", health, ANSWER_S),
        Figure("the page opens", page, PAGE_S),
        Figure("memory grows by", grown / 1e6, MEMORY_MB, "MB"),
        Figure("the log grows by", said / 1e3, LOG_KB, "kB"),
        Figure("CPU", load * 100, 150.0, "% of a core"),
    ]
