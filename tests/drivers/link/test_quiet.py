"""Waiting for a quiet line, on a clock that only tests move."""

from __future__ import annotations

import asyncio

import pytest

from drivers.link.quiet import QuietTimer


async def test_without_a_timer_the_line_is_quiet_at_once(instant):
    assert await QuietTimer(0.2, lambda: None).wait(instant())


async def test_each_byte_begins_the_wait_anew_and_the_callback_comes_first(instant):
    order = []
    timer = QuietTimer(0.2, lambda: order.append("quiet"))
    timer.reset()
    asyncio.get_running_loop().call_later(0.15, timer.reset)
    assert await timer.wait(instant() + 5)
    order.append("waited")
    assert instant() == pytest.approx(0.35)
    assert order == ["quiet", "waited"]


async def test_a_line_that_is_never_quiet_is_given_up_in_time(instant):
    timer = QuietTimer(0.2, lambda: None)
    timer.reset()
    assert not await timer.wait(instant() + 0.1)


async def test_the_end_of_the_line_ends_the_wait(instant):
    called = []
    timer = QuietTimer(0.2, lambda: called.append(1))
    timer.reset()
    asyncio.get_running_loop().call_soon(timer.cancel)
    assert await timer.wait(instant() + 5)
    await asyncio.sleep(1)
    assert not called
