"""One wire has a share of the process, however much comes over it."""

from __future__ import annotations

import asyncio
import itertools
import os
import tty
from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.wire import open_wire, wire
from drivers.wire import tty as wire_tty
from drivers.wire.cpu_budget import BURST, LONGEST_PAUSE, SHARE, CpuBudget


@given(st.lists(st.tuples(st.floats(0, 0.01), st.floats(0, 1.0)), max_size=200))
def test_whatever_comes_costs_no_more_than_the_share(chunks):
    budget, now, cost = CpuBudget(), 0.0, 0.0
    for took, later in chunks:
        cost += took
        pause = budget.pause_after(took, now)
        assert 0.0 <= pause <= LONGEST_PAUSE
        assert cost <= BURST + 0.01 + SHARE * now + 1e-9
        now += pause + later


def test_what_a_module_truly_answers_waits_for_nothing():
    budget = CpuBudget()
    assert not any(budget.pause_after(0.001, second / 10) for second in range(1000))


@pytest.mark.parametrize("cost", [0.0, 1.0])
async def test_a_wire_whose_bytes_cost_too_much_is_read_a_little_later(cost, monkeypatch):
    master, slave = os.openpty()
    tty.setraw(slave)
    opened = await open_wire(os.ttyname(slave))
    calls: list[str] = []
    spent = iter(range(10**6))
    monkeypatch.setattr(wire.time, "thread_time", lambda: cost * next(spent))
    for name in ("_hold", "_go_on"):
        method = getattr(opened, name)
        monkeypatch.setattr(opened, name, lambda name=name, method=method: (calls.append(name), method())[0])
    arrived = asyncio.Event()
    opened.on_data = lambda _data: arrived.set()
    for _ in range(3):
        arrived.clear()
        os.write(master, b"RDY\r\n")
        async with asyncio.timeout(5):
            await arrived.wait()
    assert calls[:4] == (["_hold", "_go_on"] * 2 if cost else [])
    await opened.close()
    os.close(master)
    os.close(slave)


async def test_what_the_kernel_does_for_a_read_counts(monkeypatch):
    master, slave = os.openpty()
    tty.setraw(slave)
    opened = await open_wire(os.ttyname(slave))
    spent = itertools.count()
    monkeypatch.setattr(wire_tty, "time", SimpleNamespace(thread_time=lambda: float(next(spent))))
    held = asyncio.Event()
    monkeypatch.setattr(opened, "_hold", held.set)
    os.write(master, b"RDY\r\n")
    async with asyncio.timeout(5):
        await held.wait()
    await opened.close()
    os.close(master)
    os.close(slave)
