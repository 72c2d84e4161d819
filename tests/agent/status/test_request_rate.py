from __future__ import annotations

import asyncio

from agent.status.request_rate import RequestRate


async def test_a_burst_passes_at_once_and_the_rest_at_the_rate():
    rate, loop = RequestRate(rate=100.0, burst=10.0), asyncio.get_running_loop()
    began = loop.time()
    for _ in range(10):
        await rate.turn(1)
    assert not rate._waiting
    await asyncio.gather(*(rate.turn(1) for _ in range(5)))
    assert loop.time() - began >= 0.04 - 1e-6


async def test_who_has_asked_least_goes_first_and_equals_in_their_order():
    rate = RequestRate(rate=1000.0, burst=0.0)
    passed: list[str] = []

    async def visit(name: str, asked: int) -> None:
        await rate.turn(asked)
        passed.append(name)

    await rate.turn(0)
    await asyncio.gather(*(visit(*one) for one in [("loop", 50), ("new", 1), ("other", 50), ("newer", 1)]))
    assert passed == ["new", "newer", "loop", "other"]


async def test_who_leaves_while_waiting_uses_no_turn():
    rate, loop = RequestRate(rate=20.0, burst=0.0), asyncio.get_running_loop()
    await rate.turn(0)
    crowd = [asyncio.create_task(rate.turn(1)) for _ in range(1000)]
    await asyncio.sleep(0)
    for one in crowd:
        one.cancel()
    used = rate._next
    await rate.turn(1)
    assert rate._next - used <= 0.05 + 1e-6 + max(0.0, loop.time() - used)
