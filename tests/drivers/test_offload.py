"""Blocking calls aside: bounded waiting, and nothing lost of what comes late."""

from __future__ import annotations

import asyncio
import threading
import time
from unittest.mock import Mock

import pytest
from loopback import eventually

from drivers.offload import HANGS_AFTER, offload


async def test_the_result_and_the_error_of_the_call_come_back(no_leaks):
    assert await offload(lambda: 7, name="seven", timeout=5) == 7
    with pytest.raises(ZeroDivisionError):
        await offload(lambda: 1 // 0, name="error", timeout=5)


async def test_a_call_that_hangs_is_left_and_its_late_result_disposed_of(no_leaks):
    let_go, disposed = threading.Event(), []
    with pytest.raises(TimeoutError):
        await offload(lambda: let_go.wait() and "late", name="late", timeout=0.01, dispose=disposed.append)
    assert disposed == []
    let_go.set()
    await eventually(lambda: disposed == ["late"])


async def test_a_late_error_disturbs_nobody(no_leaks):
    let_go = threading.Event()

    def fail():
        let_go.wait()
        raise OSError("late")

    with pytest.raises(TimeoutError):
        await offload(fail, name="late", timeout=0.01)
    let_go.set()


async def test_a_cancelled_wait_puts_the_result_away(no_leaks):
    let_go, disposed = threading.Event(), []
    waiting = asyncio.ensure_future(
        offload(lambda: let_go.wait() and "late", name="late", timeout=5, dispose=disposed.append)
    )
    await asyncio.sleep(0)
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    let_go.set()
    await eventually(lambda: disposed == ["late"])


async def test_a_result_that_comes_in_the_moment_of_the_cancellation_is_disposed_of(no_leaks, monkeypatch):
    disposed, settle = [], []
    loop = asyncio.get_running_loop()
    monkeypatch.setattr(loop, "call_soon_threadsafe", lambda *call: settle.append(call))
    waiting = asyncio.ensure_future(
        offload(lambda: "just now", name="just now", timeout=5, dispose=disposed.append)
    )
    await eventually(lambda: settle)
    callback, result = settle.pop()
    callback(result)
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    assert disposed == ["just now"]


def test_a_result_after_the_end_of_the_loop_is_disposed_of():
    let_go, done, disposed = threading.Event(), threading.Event(), []

    def note(late):
        disposed.append(late)
        done.set()

    async def leave_early():
        with pytest.raises(TimeoutError):
            await offload(lambda: let_go.wait() and "late", name="late", timeout=0.01, dispose=note)

    asyncio.run(leave_early())
    let_go.set()
    assert done.wait(5)
    assert disposed == ["late"]


async def test_a_queue_that_moves_needs_one_thread_however_long_it_is(no_leaks):
    """A thousand ports that open take longer than one that hangs, and none of them does."""
    before, most = threading.active_count(), 0

    def work():
        nonlocal most
        time.sleep(HANGS_AFTER / 20)
        most = max(most, threading.active_count() - before)

    await asyncio.gather(*(offload(work, name="one of many", timeout=60) for _ in range(100)))
    assert most <= 3  # one whose CPU was taken away for so long counts as hanging


async def test_whoever_waits_behind_calls_that_hang_gets_another_thread(no_leaks):
    let_go = threading.Event()
    hanging = [asyncio.ensure_future(offload(let_go.wait, name="hangs", timeout=60)) for _ in range(3)]
    assert await offload(lambda: 7, name="seven", timeout=60) == 7
    let_go.set()
    assert await asyncio.gather(*hanging) == [True] * 3


async def test_without_another_thread_a_job_waits_for_one_that_there_is(no_leaks, monkeypatch):
    let_go = threading.Event()
    hanging = asyncio.ensure_future(offload(let_go.wait, name="hangs", timeout=60))
    waiting = asyncio.ensure_future(offload(lambda: 7, name="seven", timeout=60))
    await asyncio.sleep(0)  # both are queued
    monkeypatch.setattr(threading.Thread, "start", Mock(side_effect=RuntimeError("can't start new thread")))
    await asyncio.sleep(4 * HANGS_AFTER)
    let_go.set()
    assert await waiting == 7
    assert await hanging
