"""Time that jumps, stands still or is not known: no date changes, and nothing old is reported."""

from __future__ import annotations

import asyncio
import itertools
import time
from dataclasses import replace
from pathlib import Path

import pytest
from bounds import CALM, slack
from inner_agent import Leap, agent_inside, served_bank
from listening_market import Arrival
from missing import missing
from small_bank import MODULES, bank, first_arrival, next_arrival

FAKETIME = next(Path("/usr/lib").glob("*/faketime/libfaketimeMT.so.1"), None)
pytestmark = pytest.mark.timeout(240)
HOUR = 3600.0


def needs_faketime():
    if FAKETIME is None:
        missing("needs Debian's libfaketime, which .ci/debian-packages names")


def starts(arrivals: list[Arrival]) -> list[dict[str, int | None]]:
    return [arrival.starts for arrival in arrivals]


class FakeWall:
    """The wall clock of another process, moved through libfaketime's file."""

    def __init__(self, folder: Path, offset: str) -> None:
        self._file = folder / "faketime"
        self.set(offset)

    def set(self, offset: str) -> None:
        fresh = self._file.with_suffix(".fresh")
        fresh.write_text(f"{offset}\n")
        fresh.replace(self._file)

    @property
    def environment(self) -> dict[str, str]:
        return {
            "LD_PRELOAD": str(FAKETIME),
            "FAKETIME_NO_CACHE": "1",
            "FAKETIME_TIMESTAMP_FILE": str(self._file),
            "FAKETIME_DONT_FAKE_MONOTONIC": "1",
        }


async def test_jumps_of_the_wall_clock_change_no_date_and_delay_no_report(tmp_path):
    needs_faketime()
    wall = FakeWall(tmp_path, "+0")
    async with bank(tmp_path) as (_, market, agent):
        await agent.start(**wall.environment)
        before = await first_arrival(market, agent)
        for offset in ("+3600", "-7200"):
            wall.set(offset)
            for _ in range(2):
                await next_arrival(market, agent)
        await agent.kill()
        await agent.start(**wall.environment)
        await next_arrival(market, agent)

    gaps = [later.at - one.at for one, later in itertools.pairwise(market.arrivals)]
    assert all(start is not None for start in before.starts.values())
    assert starts(list(market.arrivals)) == [before.starts] * len(market.arrivals)
    assert max(gaps[:-1]) <= CALM.heartbeat + slack()


async def test_without_a_plausible_clock_there_is_no_date_until_the_clock_is_set(tmp_path):
    needs_faketime()
    wall = FakeWall(tmp_path, "-3650d")
    async with bank(tmp_path) as (_, market, agent):
        await agent.start(**wall.environment)
        first = await first_arrival(market, agent)
        wall.set("+0")
        async with asyncio.timeout(60):
            while None in (await next_arrival(market, agent)).starts.values():
                pass
        fixed = market.arrivals[-1].starts
        again = (await next_arrival(market, agent)).starts

    assert list(first.starts.values()) == [None] * MODULES
    assert all(abs(start - time.time()) < 60 for start in fixed.values())
    assert again == fixed


async def test_after_a_long_sleep_nothing_old_is_reported(tmp_path):
    clock = Leap()
    async with (
        served_bank(tmp_path, MODULES) as (simulator, market),
        agent_inside(tmp_path, simulator, market, clock=clock),
    ):
        while not market.arrivals:
            await asyncio.sleep(0.02)
        old = market.arrivals[-1].numbers
        for module in range(
            1, MODULES + 1
        ):  # the modules wake later than we do, and others' SIMs are in them
            await simulator.do(f"hang {module}")
            await simulator.do(f"swap {module} {MODULES * 3 + module}")
        clock.slept = HOUR
        count = len(market.arrivals)
        async with asyncio.timeout(60):
            while len(market.arrivals) < count + 2:
                await asyncio.sleep(0.02)
        after = list(market.arrivals)[count:]
        for module in range(1, MODULES + 1):
            await simulator.do(f"unhang {module}")
        async with asyncio.timeout(60):
            while len(market.arrivals[-1].claims) < MODULES:
                await asyncio.sleep(0.02)

    assert len(old) == MODULES
    assert all(not arrival.numbers & old for arrival in after)
    assert not market.arrivals[-1].numbers & old


async def test_after_a_long_sleep_the_first_report_comes_at_once(tmp_path):
    clock = Leap()
    async with (
        served_bank(tmp_path, 2) as (simulator, market),
        agent_inside(tmp_path, simulator, market, clock=clock, timing=replace(CALM, heartbeat=60.0)),
    ):
        while not market.arrivals:
            await asyncio.sleep(0.02)
        clock.slept = HOUR
        woken = time.monotonic()
        async with asyncio.timeout(60):
            while len(market.arrivals) < 2:
                await asyncio.sleep(0.02)
        took = time.monotonic() - woken

    assert took < 5.0 + slack()  # the reporter's longest nap: its timers stood still in the sleep
