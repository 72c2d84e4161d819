from __future__ import annotations

import asyncio
import socket
import threading

import pytest

from agent.onlinesim import dns
from agent.onlinesim.client import Failed, OnlinesimClient, TroubleKind, open_session
from agent.onlinesim.dns import HUNG_AT_MOST, THREADS_AT_MOST, ThreadPerLookup


@pytest.fixture
def hang():
    """A lookup which hangs until the test is over."""
    over = threading.Event()

    def lookup(host, port, family):
        over.wait()
        return []

    yield lookup
    over.set()


async def test_a_name_is_looked_up():
    found = await ThreadPerLookup().resolve("localhost", 80, socket.AF_INET)
    assert (found[0]["host"], found[0]["port"]) == ("127.0.0.1", 80)


async def test_an_unknown_name_is_an_error():
    with pytest.raises(OSError, match=r".+"):
        await ThreadPerLookup().resolve("nowhere.invalid", 80)


async def test_a_name_that_cannot_be_is_an_error():
    with pytest.raises(OSError, match=r".+"):
        await ThreadPerLookup().resolve("a" * 70 + ".example", 80)


async def test_a_link_local_address_keeps_its_interface():
    def lookup(host, port, family):
        return [(socket.AF_INET6, socket.SOCK_STREAM, 6, "", ("fe80::1", 80, 0, 3))]

    found = await ThreadPerLookup(lookup).resolve("router", 80, socket.AF_INET6)
    assert found[0]["host"] == "fe80::1%3"


async def test_a_lookup_that_hangs_is_given_up(hang):
    with pytest.raises(OSError, match=r"no answer within 0\.01 s"):
        await ThreadPerLookup(hang, patience=0.01).resolve("example.org", 80)


def lookups() -> set[threading.Thread]:
    """The threads that look up a name now; others come and go."""
    return {thread for thread in threading.enumerate() if thread.name.startswith("lookup")}


async def test_lookups_that_hang_are_few_and_the_loop_goes_on(hang):
    names = ThreadPerLookup(hang, patience=0.01)
    before = lookups()
    for _ in range(HUNG_AT_MOST * 2):
        with pytest.raises(OSError, match=r"no answer|still hang"):
            await names.resolve("example.org", 80)
    assert len(lookups() - before) == HUNG_AT_MOST


async def test_lookups_that_hung_long_ago_do_not_end_lookups_for_ever(hang, monkeypatch):
    monkeypatch.setattr(dns, "FORGOTTEN_AFTER_S", 0.0)
    names = ThreadPerLookup(hang, patience=0.001)
    before = lookups()
    for _ in range(THREADS_AT_MOST + 3):
        with pytest.raises(OSError, match=r"no answer|still hang"):
            await names.resolve("example.org", 80)
    assert len(lookups() - before) == THREADS_AT_MOST


async def test_names_are_found_again_when_lookups_come_back():
    over = threading.Event()

    def lookup(host, port, family):
        over.wait()
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", port))]

    names = ThreadPerLookup(lookup, patience=0.01)
    for _ in range(HUNG_AT_MOST):
        with pytest.raises(OSError, match="no answer"):
            await names.resolve("example.org", 80)
    over.set()
    async with asyncio.timeout(5):
        while names._running:
            await asyncio.sleep(0.001)
    assert (await names.resolve("example.org", 80))[0]["host"] == "127.0.0.1"


async def test_a_request_whose_lookup_hangs_is_trouble_and_the_next_one_starts_anew(hang):
    async with open_session() as session:
        session.connector._resolver = ThreadPerLookup(hang, patience=0.02)
        client = OnlinesimClient(session, "https://example.org", "some-key")
        for _ in range(2):
            outcome = await client.send([])
            assert isinstance(outcome, Failed)
            assert outcome.kind is TroubleKind.DNS


def test_a_lookup_that_hangs_does_not_hold_up_the_end(hang):
    async def ask():
        with pytest.raises(OSError, match="no answer"):
            await ThreadPerLookup(hang, patience=0.01).resolve("example.org", 80)

    asyncio.run(ask())
