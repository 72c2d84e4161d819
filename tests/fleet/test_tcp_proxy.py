"""The proxy carries, cuts, freezes and slows, or no test with it proves anything."""

from __future__ import annotations

import asyncio
import contextlib
import time

import pytest
from tcp_proxy import TcpProxy


@contextlib.asynccontextmanager
async def echo_behind_a_proxy(**kind):
    async def echo(reader, writer):
        while data := await reader.read(1000):
            writer.write(data)
        writer.close()

    server = await asyncio.start_server(echo, "127.0.0.1", 0)
    async with server, TcpProxy(server.sockets[0].getsockname()[1], **kind) as proxy:
        yield proxy


@contextlib.asynccontextmanager
async def client(proxy):
    reader, writer = await asyncio.open_connection("127.0.0.1", proxy.port)

    async def say(text: bytes) -> bytes:
        writer.write(text)
        return await reader.read(1000)

    try:
        yield say
    finally:
        writer.close()


async def answers(said, within=0.3):
    try:
        async with asyncio.timeout(within):
            return await said
    except (TimeoutError, ConnectionError):
        return None


async def test_it_carries_both_ways():
    async with echo_behind_a_proxy() as proxy, client(proxy) as say:
        assert await say(b"one") == b"one"
        assert await say(b"two") == b"two"


async def test_a_cut_ends_connections_and_refuses_new_ones():
    async with echo_behind_a_proxy() as proxy, client(proxy) as say:
        assert await say(b"one") == b"one"
        proxy.set(refuses=True)
        assert await answers(say(b"two")) in {b"", None}
        async with client(proxy) as again:
            assert await answers(again(b"three")) in {b"", None}
        proxy.set()
        async with client(proxy) as again:
            assert await again(b"four") == b"four"


@pytest.mark.parametrize("direction", ["frozen_up", "frozen_down"])
async def test_a_frozen_way_says_nothing_and_goes_on_later(direction):
    async with echo_behind_a_proxy() as proxy, client(proxy) as say:
        assert await say(b"one") == b"one"
        proxy.set(**{direction: True})
        assert await answers(say(b"two")) is None
        async with client(proxy) as new:
            assert await answers(new(b"new")) is None
        proxy.set()
        assert await say(b"!") in {b"two", b"two!"}


async def test_a_delay_is_for_each_direction():
    async with echo_behind_a_proxy() as proxy, client(proxy) as say:
        proxy.set(delay=0.1)
        began = time.monotonic()
        assert await say(b"one") == b"one"
        assert time.monotonic() - began >= 0.2


async def test_some_connections_are_reset_and_others_are_not():
    async with echo_behind_a_proxy(seed="7") as proxy:
        proxy.set(resets=0.5)
        answered = 0
        for _ in range(40):
            async with client(proxy) as say:
                answered += await answers(say(b"one")) == b"one"
    assert 5 < answered < 35


async def test_only_those_are_carried_who_said_a_word():
    async with echo_behind_a_proxy() as proxy, client(proxy) as one, client(proxy) as other:
        assert await one(b"i am bank-1") == b"i am bank-1"
        assert await other(b"i am bank-2") == b"i am bank-2"
        proxy.set(only=b"bank-2")
        assert await other(b"still") == b"still"
        assert await answers(one(b"still")) in {b"", None}
