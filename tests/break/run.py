"""`make break`: the attacks, one after another, and a table: attack, figure, bound, ok. Exit code 1 where one fails.

    python tests/break/run.py              all of them
    python tests/break/run.py idle token   those whose names hold one of these words
    python tests/break/run.py --list       their names

An attack is an `Attack` (attack.py) in the tuple `ATTACKS` of a file beside this one; `FILES` below names the files.
"""

from __future__ import annotations

import asyncio
import importlib
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from attack import Attack, Figure

HERE = Path(__file__).parent
FILES = ("visitors", "account", "files", "stores", "modules")
"""Files with attacks, in the order in which they run."""
TOGETHER = 3
"""Attacks that mostly wait and run at once."""
ATTACK_WITHIN = 300.0
"""Seconds; an attack that is not over by then has failed."""


def main(words: list[str]) -> int:
    """Run, print, and return the exit code."""
    attacks: list[Attack] = [one for name in FILES for one in importlib.import_module(name).ATTACKS]
    if "--list" in words:
        print(*(one.name for one in attacks), sep="\n")
        return 0
    chosen = [one for one in attacks if not words or any(word in one.name for word in words)]
    width = max((len(one.name) for one in chosen), default=0)
    began, failures = time.monotonic(), 0
    for together in _groups(chosen):
        started = time.monotonic()
        for one, figures in zip(together, asyncio.run(_all_figures(together)), strict=True):
            for figure in figures:
                value = f"{figure.what} {figure.value:.2f} {figure.unit}"
                bound = f"{figure.most:g} {figure.unit}"
                failures += not figure.ok
                print(
                    f"{one.name:{width}} | {value:36} | {bound:16} | {'ok' if figure.ok else 'FAILED'}",
                    flush=True,
                )
        print(f"{time.monotonic() - started:.0f} s", flush=True)
    print(f"{len(chosen)} attacks in {time.monotonic() - began:.0f} s, {failures} figures out of bounds")
    return 1 if failures or not chosen else 0


def _groups(attacks: list[Attack]) -> list[list[Attack]]:
    """Return the attacks in the order in which they run: alone, or with others that mostly wait."""
    waiting = [one for one in attacks if one.waits]
    return [
        *([one] for one in attacks if not one.waits),
        *(waiting[at : at + TOGETHER] for at in range(0, len(waiting), TOGETHER)),
    ]


async def _all_figures(attacks: list[Attack]) -> list[Sequence[Figure]]:
    return await asyncio.gather(*(_figures(one) for one in attacks))


async def _figures(one: Attack) -> Sequence[Figure]:
    from attack import Figure
    from target import Target

    with tempfile.TemporaryDirectory(prefix="simbank-break-") as folder:
        try:
            async with asyncio.timeout(ATTACK_WITHIN), Target(Path(folder), one).running() as target:
                return await one.run(target)
        except Exception as why:  # noqa: BLE001  whatever went wrong, the others still run
            print(f"{one.name}: {type(why).__name__}: {why}", file=sys.stderr)
            return [Figure("broken off", 1, 0, "times")]


if __name__ == "__main__":
    sys.path[:0] = [str(HERE), str(HERE.parent / "chaos"), str(HERE.parent), str(HERE.parent.parent)]
    sys.exit(main(sys.argv[1:]))
