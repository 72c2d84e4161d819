from __future__ import annotations

import asyncio
import socket
import threading
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agent.onlinesim import dns
from agent.onlinesim.client import OnlinesimClient, open_session
from agent.onlinesim.dns import MOST_HANGING, MOST_THREADS, OffloadResolver, may_begin
from agent.onlinesim.messages import CheckWork
from agent.onlinesim.outcome import Failed, FailureKind
from agent.onlinesim.schedule import ReportPolicy
from drivers.offload import HANGS_AFTER


@pytest.fixture
def hang():
    """A lookup that hangs until the test is over; `begun` lists the hosts."""
    over = threading.Event()

    def lookup(host, port, family):
        lookup.begun.append(host)
        over.wait()
        return []

    lookup.begun = []
    yield lookup
    over.set()


async def test_a_name_is_looked_up():
    found = await OffloadResolver().resolve("localhost", 80, socket.AF_INET)
    assert (found[0]["host"], found[0]["port"]) == ("127.0.0.1", 80)


async def test_an_unknown_name_is_an_error():
    with pytest.raises(OSError, match=r".+"):
        await OffloadResolver().resolve("nowhere.invalid", 80)


async def test_a_name_that_cannot_be_is_an_error():
    with pytest.raises(OSError, match=r".+"):
        await OffloadResolver().resolve("a" * 70 + ".example", 80)


async def test_a_link_local_address_keeps_its_interface():
    def lookup(host, port, family):
        return [(socket.AF_INET6, socket.SOCK_STREAM, 6, "", ("fe80::1", 80, 0, 3))]

    found = await OffloadResolver(lookup).resolve("router", 80, socket.AF_INET6)
    assert found[0]["host"] == "fe80::1%3"


async def test_a_lookup_that_hangs_is_given_up(hang):
    with pytest.raises(OSError, match=r"no answer within 0\.01 s"):
        await OffloadResolver(hang, timeout=0.01).resolve("example.org", 80)


async def begun(hang, count: int) -> int:
    """How many lookups hang, once there are `count`: each gets its thread when those before it have hung a while."""
    async with asyncio.timeout(10):
        while len(hang.begun) < count:
            await asyncio.sleep(0.001)
    await asyncio.sleep(2 * HANGS_AFTER)  # no further one begins
    return len(hang.begun)


async def test_lookups_that_hang_are_few_and_the_loop_goes_on(hang):
    names = OffloadResolver(hang, timeout=0.01)
    for _ in range(MOST_HANGING * 2):
        with pytest.raises(OSError, match=r"no answer|still hang"):
            await names.resolve("example.org", 80)
    assert await begun(hang, MOST_HANGING) == MOST_HANGING


def asked(pauses):
    """When lookups begin that all hang for ever, where one is tried after each of these pauses."""
    now, began = 0.0, []
    for pause in pauses:
        now += pause
        if may_begin([now - one for one in began]):
            began.append(now)
    return began


def test_lookups_that_never_return_end_no_window():
    began = asked([10.0] * 8_640)  # a day
    assert began[MOST_HANGING] - began[0] <= 60.0, "four that hang are forgotten after a minute"
    window = ReportPolicy().window
    assert max(later - one for one, later in pairwise(began)) < window
    assert len(began) < MOST_THREADS + 86_400 / 240 + 1, "a thread for each: not more of them than this"


def test_few_begin_at_once():
    assert len(asked([0.1] * 500)) == MOST_HANGING


@settings(max_examples=50)
@given(st.lists(st.floats(0.5, 300.0), max_size=200))
def test_whatever_hangs_a_lookup_begins_before_a_window_is_over(pauses):
    began = asked(pauses)
    now = sum(pauses)
    assert may_begin([now + 240.0 - one for one in began])


async def test_a_lookup_begins_again_once_those_that_hang_are_forgotten(hang, monkeypatch):
    names = OffloadResolver(hang, timeout=0.01)
    for _ in range(MOST_HANGING):
        with pytest.raises(OSError, match="no answer"):
            await names.resolve("example.org", 80)
    with pytest.raises(OSError, match="earlier lookups that still hang: 4"):
        await names.resolve("example.org", 80)
    monkeypatch.setattr(dns, "FORGET_AFTER", 0.0)
    with pytest.raises(OSError, match="no answer"):
        await names.resolve("example.org", 80)
    assert await begun(hang, MOST_HANGING + 1) == MOST_HANGING + 1


async def test_names_are_found_again_when_lookups_come_back():
    over = threading.Event()

    def lookup(host, port, family):
        over.wait()
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", port))]

    names = OffloadResolver(lookup, timeout=0.01)
    for _ in range(MOST_HANGING):
        with pytest.raises(OSError, match="no answer"):
            await names.resolve("example.org", 80)
    over.set()
    async with asyncio.timeout(5):
        while names._running:
            await asyncio.sleep(0.001)
    assert (await names.resolve("example.org", 80))[0]["host"] == "127.0.0.1"


async def test_a_request_whose_lookup_hangs_fails_and_the_next_one_starts_anew(hang):
    async with open_session() as session:
        session.connector._resolver = OffloadResolver(hang, timeout=0.02)
        client = OnlinesimClient(session, "https://example.org", "some-key")
        for _ in range(2):
            outcome = await client.send(CheckWork())
            assert isinstance(outcome, Failed)
            assert outcome.kind is FailureKind.DNS


def test_a_lookup_that_hangs_does_not_hold_up_the_end(hang):
    async def ask():
        with pytest.raises(OSError, match="no answer"):
            await OffloadResolver(hang, timeout=0.01).resolve("example.org", 80)

    asyncio.run(ask())
