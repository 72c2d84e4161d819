"""A fleet in trouble, with times a tenth of the real ones: every list is judged.

Stories wait more than they compute, so two worlds live at a time. All stories, real times and every second of the
heartbeat's cycle are `make soak-fleet`.
"""

from __future__ import annotations

import asyncio

import pytest
from fleet_world import FleetWorld
from scenarios import (
    Story,
    doubts,
    engine_restarts,
    kills,
    leader_cuts,
    one_name,
    onlinesim_lost,
    other_key,
    sleeps,
    stops,
    wrong_password,
)
from sentinel_world import SentinelWorld, master_killed
from windows import WINDOW, longest_silence

GROUPS = {
    "hosts die and sleep": ([kills], [sleeps]),
    "the engine and the ways to it": ([engine_restarts, wrong_password], [leader_cuts]),
    "orders and strangers": ([stops], [one_name, other_key]),
    "what a leader hears": ([onlinesim_lost], [doubts]),
}

# On a busy machine a lead may be lost again and again, which is no fault.
pytestmark = pytest.mark.timeout(900)


async def told(folder, stories: list[Story], kind: type[FleetWorld] = FleetWorld) -> list[str]:
    """Tell some stories to one world and return what was wrong."""
    world = kind(folder)
    async with world.running():
        for story in stories:
            await story(world)
    assert secrets_in(world) == []
    return world.violations


def secrets_in(world: FleetWorld) -> list[str]:
    """Return what the engine heard that it must not hear."""
    said = "".join(text for watch in [world.watch] for text in watch.heard)
    personal = {value for facts in world.seen_cards.values() for value in facts}
    return [value for value in personal if value in said] + (["the key"] if world.key in said else [])


@pytest.mark.parametrize("group", GROUPS)
async def test_every_list_is_whole_and_true_whatever_happens(tmp_path, group):
    found = await asyncio.gather(
        *(told(tmp_path / str(index), stories) for index, stories in enumerate(GROUPS[group]))
    )
    assert [words for violations in found for words in violations] == []


async def test_with_sentinel_the_list_goes_on_when_the_master_dies(tmp_path):
    assert await told(tmp_path, [master_killed], SentinelWorld) == []


async def test_no_window_is_missed_when_the_leader_dies(tmp_path):
    silences = await asyncio.gather(
        *(longest_silence(tmp_path / f"{offset:g}", offset) for offset in (0.5, 19.8))
    )
    assert [violations for _, violations in silences if violations] == []
    assert max(silence for silence, _ in silences) < WINDOW
