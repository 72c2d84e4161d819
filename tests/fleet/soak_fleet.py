"""`make soak-fleet`: every story with real times, then random trouble for SOAK minutes; exit code 1 with a violation.

    SOAK=60 STORIES=kills,sleeps python tests/fleet/soak_fleet.py

A world of its own for each story, so that one that fails stops no other; files stay in the folder that is printed.
"""

from __future__ import annotations

import asyncio
import os
import random
import sys
import tempfile
import time
import traceback
from collections.abc import Callable
from pathlib import Path

import scenarios
from fleet_world import FleetWorld
from scenarios import Story
from sentinel_world import SentinelWorld, master_killed, minority
from windows import WINDOW, longest_silence

LEASE = 15.0
HANDOVER = 75.0
ENDLESS: tuple[Story, ...] = (
    scenarios.kills, scenarios.quick_restart, scenarios.sleeps, scenarios.engine_restarts, scenarios.engine_troubles,
    scenarios.member_cuts, scenarios.leader_cuts, scenarios.bad_ways, scenarios.stops,
)  # fmt: skip
STORIES: dict[str, tuple[Story, type[FleetWorld]]] = {
    **{story.__name__: (story, FleetWorld) for story in (*ENDLESS, scenarios.engine_clock,
                                                        scenarios.wrong_password, scenarios.one_name,
                                                        scenarios.other_key, scenarios.doubts,
                                                        scenarios.onlinesim_lost)},
    "engine_keeps": (scenarios.engine_keeps, FleetWorld),
    "master_killed": (master_killed, SentinelWorld),
    "minority": (minority, SentinelWorld),
}  # fmt: skip


async def real_time(name: str, folder: Path) -> list[str]:
    """Tell one story with the shortest lease that config.yaml allows; return what was wrong."""
    story, kind = STORIES[name]
    more = {"keeps": True} if name == "engine_keeps" else {}
    world = kind(folder / name, lease=LEASE, heartbeat=5.0, times={}, **more)
    world.handover_within = HANDOVER
    return await _watched(name, lambda: _tell(world, story), world)


async def _tell(world: FleetWorld, story: Story) -> None:
    async with world.running():
        await story(world)


async def _watched(name: str, tell: Callable[[], object], world: FleetWorld) -> list[str]:
    began = time.monotonic()
    try:
        await tell()
    except Exception as error:  # noqa: BLE001  whatever it is, the other stories go on
        world.violations.append(f"{name}: {error}\n{traceback.format_exc(limit=3)}")
    wrong = world.violations
    took = time.monotonic() - began
    print(f"{name:18} {len(world.market.lists):5} lists, {len(wrong)} wrong, {took:.0f} s", flush=True)
    print(*wrong, sep="\n", end="\n" * bool(wrong), flush=True)
    return wrong


async def at_random(minutes: float, seed: str, folder: Path) -> list[str]:
    """Tell stories in random order to one world with scaled times."""
    chance = random.Random(seed)
    world = FleetWorld(folder / "random")
    end = time.monotonic() + minutes * 60

    async def tell() -> None:
        async with world.running():
            while time.monotonic() < end:
                await chance.choice(ENDLESS)(world)
                print(
                    f"{(end - time.monotonic()) / 60:5.1f} min left, {len(world.violations)} wrong",
                    flush=True,
                )

    return await _watched(f"random {seed}", tell, world)


async def every_second(folder: Path) -> list[str]:
    """Kill the leader at every second of the heartbeat's cycle, five worlds at a time."""
    wrong: list[str] = []
    for first in range(0, 20, 5):
        offsets = [first + each + 0.5 for each in range(5)]
        found = await asyncio.gather(*(longest_silence(folder / f"window-{one:g}", one) for one in offsets))
        for offset, (silence, violations) in zip(offsets, found, strict=True):
            print(
                f"killed {offset:4.1f} s after a report: {silence:.1f} s of silence, {WINDOW:g} allowed",
                flush=True,
            )
            wrong += violations + ([f"a window was missed: {silence:.1f} s"] if silence >= WINDOW else [])
    return wrong


async def main() -> int:
    """Run, print, and return the exit code."""
    minutes, seed = float(os.environ.get("SOAK", "30")), os.environ.get("SEED", f"{time.time():.0f}")
    names = os.environ.get("STORIES", ",".join(STORIES)).split(",")
    folder = Path(tempfile.mkdtemp(prefix="simbank-soak-fleet-"))
    print(
        f"{len(names)} stories with a lease of {LEASE:g} s, then {minutes:g} minutes, seed {seed}; {folder}",
        flush=True,
    )
    wrong: list[str] = []
    for first in range(0, len(names), 3):
        for found in await asyncio.gather(*(real_time(name, folder) for name in names[first : first + 3])):
            wrong += found
    if "STORIES" not in os.environ:
        wrong += await every_second(folder)
    if minutes:
        wrong += await at_random(minutes, seed, folder)
    print(f"violations  {len(wrong)}")
    return int(bool(wrong))


if __name__ == "__main__":
    sys.exit(asyncio.run(main()))
