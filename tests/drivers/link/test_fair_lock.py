"""One holder at a time, first come, first served."""

from __future__ import annotations

import asyncio

import pytest

from drivers.link.fair_lock import FairLock


async def queue_up(lock, names, order):
    async def hold(name):
        async with lock:
            order.append(name)
            await asyncio.sleep(0)

    tasks = [asyncio.ensure_future(hold(name)) for name in names]
    await asyncio.sleep(0)
    return tasks


async def test_waiters_get_the_lock_in_the_order_they_came():
    lock, order = FairLock(), []
    async with lock:
        tasks = await queue_up(lock, "abcde", order)
        assert order == []
    await asyncio.gather(*tasks)
    assert order == list("abcde")
    assert not lock.locked


async def test_nobody_slips_in_while_the_lock_is_handed_over():
    lock, order = FairLock(), []
    async with lock:
        tasks = await queue_up(lock, "a", order)
    assert lock.locked
    assert not lock.acquire_nowait()
    await asyncio.gather(*tasks)
    assert lock.acquire_nowait()
    lock.release()


async def test_one_who_gives_up_waiting_is_passed_over():
    lock, order = FairLock(), []
    async with lock:
        tasks = await queue_up(lock, "abc", order)
        tasks[1].cancel()
        await asyncio.sleep(0)
    await asyncio.gather(*tasks, return_exceptions=True)
    assert order == ["a", "c"]
    assert not lock.locked


async def test_one_who_is_cancelled_in_the_moment_of_the_hand_over_passes_it_on():
    lock, order = FairLock(), []
    await lock.acquire()
    tasks = await queue_up(lock, "ab", order)
    lock.release()
    tasks[0].cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    assert order == ["b"]
    assert not lock.locked


async def test_a_holder_that_fails_releases_the_lock():
    lock = FairLock()
    with pytest.raises(ValueError, match="oops"):
        async with lock:
            raise ValueError("oops")
    assert not lock.locked
