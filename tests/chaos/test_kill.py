"""kill -9 at random instants: nothing that must survive is lost, and the first report afterwards is whole and true."""

from __future__ import annotations

import asyncio
import os
import random
import shutil
import sqlite3
from dataclasses import replace

import pytest
from bounds import CALM
from real_processes import boottime
from small_bank import MODULES, bank, first_arrival, true_claims
from starvation import starved

KILLS = int(os.environ.get("SIMBANK_CHAOS_KILLS", "12"))


def readable(store, scratch):
    """Open a copy of what the killed agent left, as sqlite would after a power cut; return its complaints."""
    shutil.rmtree(scratch, ignore_errors=True)
    scratch.mkdir()
    for path in store.parent.glob(f"{store.name}*"):
        shutil.copy(path, scratch)
    database = sqlite3.connect(scratch / store.name)
    try:
        return database.execute("PRAGMA integrity_check").fetchall()
    finally:
        database.close()


@pytest.mark.timeout(30 + 12 * KILLS)
async def test_kills_at_random_instants_lose_no_date_and_make_no_partial_report(tmp_path):
    chance = random.Random(f"kill {KILLS}")
    store = tmp_path / "store.db"
    starts = {}
    async with bank(tmp_path, "--speed", "10") as (simulator, market, agent):
        for attempt in range(KILLS + 1):
            market.fresh.clear()
            await agent.start()
            last = attempt == KILLS
            if last or chance.random() < 0.4:
                report = await first_arrival(market, agent)
                assert set(report.claims) == await true_claims(simulator), f"after kill {attempt}"
                await asyncio.sleep(chance.uniform(0.0, 1.0))
            else:
                await asyncio.sleep(chance.uniform(0.05, 2.0))
            await agent.kill()
            for arrival in market.fresh:
                assert set(arrival.claims) == await true_claims(simulator), f"after kill {attempt}"
                for number, start in arrival.starts.items():
                    assert start is not None
                    assert starts.setdefault(number, start) == start, f"after kill {attempt}"
            if store.exists():
                assert readable(store, tmp_path / "copy") == [("ok",)]
            if chance.random() < 0.3:
                await simulator.do(f"swap {chance.randrange(1, MODULES + 1)} {MODULES * 10 + attempt}")

    assert len(starts) >= MODULES
    assert market.count >= 2


@pytest.mark.timeout(240)
async def test_sims_that_were_live_when_the_agent_was_killed_skip_settling(tmp_path):
    async with bank(tmp_path, timing=replace(CALM, settle=3.0)) as (_, market, agent):
        began = boottime()
        await agent.start()
        slow = (await first_arrival(market, agent)).at - began
        await asyncio.sleep(1.0)
        await agent.kill()
        market.fresh.clear()
        began = boottime()
        await agent.start()
        quick = await first_arrival(market, agent)

    assert slow >= 3.0
    assert quick.at - began < 2.8 + starved()
    assert len(quick.claims) == MODULES


@pytest.mark.timeout(240)
async def test_the_first_report_waits_for_modules_that_are_booting(tmp_path):
    async with bank(tmp_path, "--boot", "--speed", "3", timing=CALM) as (
        simulator,
        market,
        agent,
    ):
        await agent.start()
        booting_at = boottime()
        while not market.fresh:
            asked_at = boottime()
            truth = await simulator.truth()
            if any(not facts["answers"] or facts["sim"] == "starting" for facts in truth.values()):
                booting_at = asked_at
            await asyncio.sleep(0.05)

    assert market.fresh[0].at > booting_at


@pytest.mark.timeout(240)
async def test_a_bank_without_any_card_is_reported_empty_and_only_then(tmp_path):
    async with bank(tmp_path) as (simulator, market, agent):
        for module in range(1, MODULES + 1):
            await simulator.do(f"pull {module} quiet")
        await agent.start()
        report = await first_arrival(market, agent)

    assert report.claims == []
