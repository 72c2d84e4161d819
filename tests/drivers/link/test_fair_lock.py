"""One speaker at a time, in the order of coming."""

from __future__ import annotations

import asyncio

import pytest

from drivers.link.fair_lock import FairLock


async def queue_up(turn, names, order):
    async def speak(name):
        async with turn:
            order.append(name)
            await asyncio.sleep(0)

    tasks = [asyncio.ensure_future(speak(name)) for name in names]
    await asyncio.sleep(0)
    return tasks


async def test_those_who_wait_speak_in_the_order_they_came():
    turn, order = FairLock(), []
    async with turn:
        tasks = await queue_up(turn, "abcde", order)
        assert turn.waiting == 5
        assert order == []
    await asyncio.gather(*tasks)
    assert order == list("abcde")
    assert not turn.taken


async def test_nobody_slips_in_while_the_turn_is_handed_over():
    turn, order = FairLock(), []
    async with turn:
        tasks = await queue_up(turn, "a", order)
    assert turn.taken
    assert not turn.take_now()
    await asyncio.gather(*tasks)
    assert turn.take_now()
    turn.give_back()


async def test_one_who_gives_up_waiting_is_passed_over():
    turn, order = FairLock(), []
    async with turn:
        tasks = await queue_up(turn, "abc", order)
        tasks[1].cancel()
        await asyncio.sleep(0)
        assert turn.waiting == 2
    await asyncio.gather(*tasks, return_exceptions=True)
    assert order == ["a", "c"]
    assert not turn.taken


async def test_one_who_is_cancelled_in_the_moment_of_the_hand_over_passes_it_on():
    turn, order = FairLock(), []
    await turn.take()
    tasks = await queue_up(turn, "ab", order)
    turn.give_back()
    tasks[0].cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    assert order == ["b"]
    assert not turn.taken


async def test_a_speaker_that_fails_gives_the_turn_back():
    turn = FairLock()
    with pytest.raises(ValueError, match="oops"):
        async with turn:
            raise ValueError("oops")
    assert not turn.taken
