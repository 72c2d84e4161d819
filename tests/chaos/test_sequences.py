"""The agent's two promises under random trouble, short enough for every run; `soak.py` goes on for hours."""

from __future__ import annotations

import asyncio
import os

import pytest
from chaos_world import ChaosWorld

MODULES = 10
ROUNDS = 3
"""Each round is one sequence of trouble for each module, and one for the server: 60 sequences with two seeds."""
SEEDS = os.environ.get("SIMBANK_CHAOS_SEEDS", "grass,river").split(",")
MORE_DESCRIPTORS, MORE_THREADS, MORE_MEMORY = 3, 3, 10_000_000


async def trouble(folder, seed):
    """Let a world of its own run through all rounds."""
    folder.mkdir()
    world = ChaosWorld(folder, modules=MODULES, seed=seed)
    async with world.running():
        for _ in range(ROUNDS):
            await world.round()
    return world


@pytest.fixture(scope="module")
def worlds(tmp_path_factory):
    """Worlds after their trouble; they run side by side, for most of it is waiting."""
    folder = tmp_path_factory.mktemp("chaos")

    async def all_of_them():
        return await asyncio.gather(*(trouble(folder / seed, seed) for seed in SEEDS))

    return asyncio.run(all_of_them())


@pytest.mark.timeout(240)
def test_reports_stay_true_whatever_goes_wrong(worlds):
    assert [violation for world in worlds for violation in world.violations] == []


def test_the_bank_was_reported_whole_after_each_round_and_never_blocked(worlds):
    assert [len(world.tally.recoveries) for world in worlds] == [ROUNDS + 1] * len(worlds)
    assert [world.market.state().blocks for world in worlds] == [0] * len(worlds)


def test_trouble_leaves_no_descriptor_thread_or_memory_behind(worlds):
    for world in worlds:
        first, last = world.tally.footprints[0], world.tally.footprints[-1]
        assert last.descriptors <= first.descriptors + MORE_DESCRIPTORS
        assert last.threads <= first.threads + MORE_THREADS
        assert last.memory <= first.memory + MORE_MEMORY
