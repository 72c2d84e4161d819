"""A bank's row switch: all modules off the air and back with other cards, in few reports and one event."""

from __future__ import annotations

import asyncio

import pytest
from bounds import Timing
from real_processes import boottime
from small_bank import bank, first_arrival, true_claims

MODULES = 64
MOST_REPORTS = 12
"""Removals that come within 50 ms are one report, the rest of them a second; joins are collected for 2 s, so that
cards which come back over 16 s make eight. 64 single changes would be 128."""
TIMING = Timing(poll=1.0, settle=1.0, answer_timeout=3.0, lease=10.0, registration_grace=2.0, heartbeat=240.0)
SPEED = "8"


@pytest.mark.timeout(120)
async def test_a_row_switch_of_64_modules_makes_few_reports_and_one_event(tmp_path):
    async with bank(tmp_path, "--speed", SPEED, "--seed", "3", timing=TIMING, modules=MODULES) as (
        simulator,
        market,
        agent,
    ):
        await agent.start()
        old = (await first_arrival(market, agent, within=60)).numbers
        await asyncio.sleep(3.0)  # until the log has said which modules are live
        market.fresh.clear()
        said = len(agent.log)
        began = boottime()
        await simulator.do("row 1")
        async with asyncio.timeout(60):
            while not market.fresh or set(market.fresh[-1].claims) != await true_claims(simulator):
                await asyncio.sleep(0.2)
        await asyncio.sleep(1.5)  # the log waits a second whether more follows
        reports = list(market.fresh)
        lines = [line for line in agent.log[said:].splitlines() if "report of" not in line]

    assert len(old) == MODULES
    assert len(reports) <= MOST_REPORTS
    assert reports[0].at - began < 1.0
    assert not reports[-1].numbers & old
    assert [
        "dropped out together" in line or f"all {MODULES} modules are back" in line for line in lines
    ] == [
        True,
        True,
    ]
