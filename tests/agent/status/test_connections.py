from __future__ import annotations

import asyncio
import contextlib
import logging
import socket
from typing import TYPE_CHECKING

import aiohttp
import pytest
from aiohttp.http import HttpProcessingError
from hand_clock import HandClock

from agent.status.connection import LIMIT_S, State
from agent.status.connections import GRACE_S, LOG_EVERY_S, MOST_OF_A_PEER, Connections
from agent.status.server import StatusServer
from tests.agent.shown_bank import ShownBank, serve

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

TOKEN = "correct-horse-battery"
HERE = "127.0.0.1"


class World:
    """Connections that are protocols without sockets, and a clock that stands still."""

    def __init__(self, most: int = 4) -> None:
        self.clock = HandClock(100.0)
        self.all = Connections(most, now=self.clock)
        self._server = aiohttp.web.Server(lambda request: None)

    def open(self, peer: str = HERE, own: str = HERE):
        self.clock.now += GRACE_S
        return self.all.open(self._server, peer, own)


@pytest.fixture
async def world() -> AsyncIterator[World]:
    world = World()
    yield world
    world.all.close()


async def test_the_oldest_idle_one_of_the_busiest_peer_makes_room(world):
    alone = world.open("192.0.2.1")
    crowd = [world.open("192.0.2.2") for _ in range(3)]
    newest = world.open("192.0.2.3")
    assert newest in world.all
    assert alone in world.all
    assert [one in world.all for one in crowd] == [False, True, True]


async def test_one_that_asks_again_is_not_the_oldest(world):
    first, second, *_ = [world.open() for _ in range(4)]
    first._enter(State.WAITING)
    world.all.waits(first)
    world.open()
    assert first in world.all
    assert second not in world.all


async def test_one_at_work_is_not_cut_before_idle_slow_and_stuck_ones(world):
    working, streaming, paced, idle = [world.open() for _ in range(4)]
    working._enter(State.ANSWERING)
    streaming._enter(State.STREAMING)
    paced.asked = 2
    paced._enter(State.PACED)
    gone = []
    for _ in range(4):
        before = set(world.all._open)
        if new := world.open():
            new._enter(State.STREAMING)
            gone.append((before - set(world.all._open)).pop())
        world.clock.now += 2
    assert gone == [idle, paced, working]
    assert streaming in world.all


async def test_of_those_who_wait_for_their_turn_whoever_has_asked_most_makes_room(world):
    for asked, one in zip((1, 30, 2, 4), [world.open() for _ in range(4)], strict=True):
        one.asked = asked
        one._enter(State.PACED)
    world.open()
    assert [one.asked for one in world.all._open] == [1, 2, 4, 0]


async def test_who_asks_for_the_first_time_keeps_its_place_and_so_does_who_has_just_come(world):
    for one in [world.open() for _ in range(3)]:
        one.asked = 1
        one._enter(State.PACED)
    newest = world.open()
    assert not world.all.may_come()
    assert world.all.open(world._server, HERE, HERE) is None
    world.clock.now += GRACE_S
    assert world.all.may_come()
    world.open()
    assert newest not in world.all


async def test_when_nobody_can_be_spared_the_newcomer_goes(world):
    for one in [world.open() for _ in range(4)]:
        one._enter(State.ANSWERING)
    assert world.open() is None
    assert len(world.all) == 4


async def test_whoever_has_the_token_is_spared_before_strangers(world):
    known, *strangers = [world.open() for _ in range(4)]
    known.proven = True
    world.open()
    assert known in world.all
    assert strangers[0] not in world.all


@pytest.mark.parametrize(
    ("peer", "own", "most"),
    [
        ("192.0.2.1", "192.0.2.9", MOST_OF_A_PEER),
        ("2001:db8::1", "2001:db8:1::9", MOST_OF_A_PEER),
        ("127.0.0.1", "127.0.0.1", 64),
        ("::1", "::1", 64),
        ("192.0.2.9", "192.0.2.9", 64),
    ],
)
async def test_a_peer_that_is_not_this_machine_has_few(peer, own, most):
    world = World(most=64)
    for _ in range(100):
        world.open(peer, own)
    assert len(world.all) == most
    world.all.close()


async def test_the_addresses_of_one_customer_are_one_peer():
    world = World(most=64)
    for n in range(40):
        world.open(f"2001:db8::{n:x}", "2001:db8:1::9")
    assert len(world.all) == MOST_OF_A_PEER
    world.all.close()


async def test_connections_with_the_token_do_not_count_among_the_few():
    world = World(most=64)
    for _ in range(20):
        world.open("192.0.2.1", "192.0.2.9").proven = True
    assert len(world.all) == 20
    world.all.close()


async def test_what_is_over_its_time_ends_however_it_drips(world):
    one = world.open()
    world.clock.now += LIMIT_S - 1
    one.data_received(b"GET / HTTP/1.1\r\n")
    for _ in range(int(LIMIT_S) - 1):
        world.clock.now += 1
        one.data_received(b"X")
        world.all.sweep()
        assert one in world.all
    world.clock.now += 1
    world.all.sweep()
    assert one not in world.all


@pytest.mark.parametrize(("state", "ends"), [(s, s is not State.STREAMING) for s in State])
async def test_every_state_but_a_stream_has_its_time(world, state, ends):
    one = world.open()
    one._enter(state)
    world.clock.now += LIMIT_S
    world.all.sweep()
    assert (one not in world.all) is ends


async def test_what_happened_is_one_line_a_minute_and_none_of_it_theirs(world, caplog):
    for _ in range(3):
        for _ in range(50):
            world.open()
            world.all.failed(HttpProcessingError(message="secret bytes"))
        world.all.sweep()
        world.clock.now += LOG_EVERY_S / 2
    assert caplog.messages == [
        "status server: 46 connections turned away, 50 requests that were no HTTP",
        "status server: 100 connections turned away, 100 requests that were no HTTP",
    ]


async def test_a_fault_of_ours_is_logged_without_the_text_of_its_error(world, caplog):
    def fail():
        raise ValueError("secret bytes")

    for _ in range(3):
        try:
            fail()
        except ValueError as why:
            world.all.failed(why)
    [message] = caplog.messages
    assert message.startswith("a request failed with ValueError:\n")
    assert "in fail" in message
    assert "secret bytes" not in message.replace('raise ValueError("secret bytes")', "")


# the same over real sockets


@pytest.fixture
async def server() -> AsyncIterator[StatusServer]:
    bank = ShownBank(3)
    async with serve(bank, connections=6) as server:
        yield server


def address(server: StatusServer) -> tuple[str, int]:
    return HERE, int(server.url.rsplit(":", 1)[1].strip("/"))


async def test_a_crowd_that_says_nothing_keeps_nobody_out(server):
    crowd = [await asyncio.open_connection(*address(server)) for _ in range(40)]
    async with aiohttp.ClientSession(server.url) as http, http.get("/healthz") as answer:
        assert answer.status == 200
    assert len(server._connections) <= 6
    for reader, writer in crowd:
        writer.transport.abort()
        with contextlib.suppress(ConnectionError):
            await reader.read()


async def test_a_reader_that_takes_nothing_does_not_keep_its_place(server, monkeypatch):
    monkeypatch.setattr("agent.status.connection.LIMIT_S", 0.2)
    _reader, writer = await asyncio.open_connection(*address(server), limit=1)
    writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    writer.transport.pause_reading()
    for _ in range(50):
        writer.write(b"GET /static/page.js HTTP/1.1\r\nHost: localhost\r\n\r\n" * 30)
    async with asyncio.timeout(20):
        while len(server._connections):
            await asyncio.sleep(0.05)
    writer.transport.abort()


@pytest.mark.parametrize(
    "sent",
    [
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
        b"GET / HTTP/1.1\r\nAuthorization: Bearer " + TOKEN.encode() + b"\0\r\n\r\n",
        b"GET /?token=" + TOKEN.encode() + b" HTTP/9.9\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\nZZ" + TOKEN.encode() + b"\r\n",
        b"GET / HTTP/1.1\r\nHost: localhost\r\nContent-Length: " + TOKEN.encode() + b"\r\n\r\n",
        b'GET / HTTP/1.1\r\nHost: localhost\r\nCookie: a="' + TOKEN.encode() + b"\x01; ,;=\r\n\r\n",
        b"GET http://[" + TOKEN.encode() + b"/ HTTP/1.1\r\nHost: [" + TOKEN.encode() + b"\r\n\r\n",
        b"GET " + TOKEN.encode() * 500 + b" HTTP/1.1\r\n\r\n",
        TOKEN.encode() + b"\r\n" * 300,
    ],
)  # fmt: skip
async def test_no_byte_of_a_stranger_reaches_the_log(server, sent, caplog):
    caplog.set_level(logging.DEBUG)
    logging.getLogger("asyncio").setLevel(logging.WARNING)
    reader, writer = await asyncio.open_connection(*address(server))
    writer.write(sent)
    writer.write_eof()
    with contextlib.suppress(ConnectionError):
        await reader.read()
    writer.close()
    server._connections.sweep()
    assert TOKEN not in caplog.text
    assert "Traceback" not in caplog.text


async def test_loops_of_requests_share_one_snapshot_and_one_body(server):
    bank = server._view
    taken = bank.taken
    async with aiohttp.ClientSession(server.url) as http:
        for _ in range(5):
            for path in ("/api/v1/status", "/metrics", "/api/v1/payload", "/readyz", "/api/v1/modules/Port1"):
                async with http.get(path) as answer:
                    await answer.read()
                    assert answer.status == 200
    assert bank.taken - taken <= 10  # one for each fifth of a second
