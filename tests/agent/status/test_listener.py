from __future__ import annotations

import asyncio
import contextlib
import errno
import socket
from typing import TYPE_CHECKING

import aiohttp
import pytest

from agent.status import listener as under_test
from agent.status.server import StatusServer
from tests.agent.shown_bank import ShownBank, serve

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

ASK = b"GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"


@pytest.fixture
async def server() -> AsyncIterator[StatusServer]:
    bank = ShownBank(3)
    async with serve(bank) as server:
        yield server


def connect(server: StatusServer, said: bytes) -> socket.socket:
    """Connect, which the kernel does alone, before the server has its turn."""
    one = socket.create_connection(("127.0.0.1", int(server.url.rsplit(":", 1)[1].strip("/"))))
    one.sendall(said)
    one.setblocking(False)
    return one


async def answer(one: socket.socket) -> bytes:
    """Read to the end, b"" where it was cut."""
    told = b""
    with contextlib.suppress(ConnectionError):
        while more := await asyncio.get_running_loop().sock_recv(one, 65536):
            told += more
    one.close()
    return told


@pytest.mark.parametrize("said", [b"", b"GET / HTTP/1.1\r\nHost: local"])
async def test_of_a_crowd_those_who_have_asked_come_in_and_the_silent_go(server, monkeypatch, said):
    monkeypatch.setattr(under_test, "AT_ONCE", 4)
    silent = [connect(server, said) for _ in range(50)]
    last = connect(server, ASK)
    assert b"200 OK" in await answer(last)
    assert len(server._connections) <= 9
    for one in silent:
        one.close()


async def test_of_a_crowd_those_who_have_left_again_cost_nothing(server, monkeypatch):
    monkeypatch.setattr(under_test, "AT_ONCE", 4)
    for _ in range(50):
        connect(server, ASK).close()
    assert b"200 OK" in await answer(connect(server, ASK))
    assert server._runner.server.requests_count <= 9


async def test_where_there_is_no_crowd_who_has_not_asked_yet_may_take_its_time(server):
    one = connect(server, b"")
    await asyncio.sleep(0.05)
    one.sendall(ASK)
    assert b"200 OK" in await answer(one)


async def test_near_the_limit_of_descriptors_nobody_comes_in_and_the_idle_go(server, monkeypatch):
    idle = connect(server, b"")
    await asyncio.sleep(0.05)
    assert len(server._connections) == 1
    monkeypatch.setattr(under_test, "descriptor_limit", lambda: 0)
    assert await answer(connect(server, ASK)) == b""
    assert await answer(idle) == b""
    assert len(server._connections) == 0


@pytest.mark.parametrize("why", [errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM])
async def test_without_descriptors_it_pauses_without_a_word_and_goes_on(server, monkeypatch, caplog, why):
    monkeypatch.setattr(under_test, "FULL_PAUSE_S", 0.02)
    listening = server._listener._sockets[0]
    full = iter([True, True])

    class Full:
        def accept(self):
            if next(full, False):
                raise OSError(why, "full")
            return listening.accept()

        def __getattr__(self, name: str):
            return getattr(listening, name)

    listener = server._listener
    loop = asyncio.get_running_loop()
    loop.remove_reader(listening)
    listener._sockets[0] = double = Full()
    loop.add_reader(listening, listener._accept, double)
    assert b"200 OK" in await answer(connect(server, ASK))
    assert caplog.text == ""


async def test_every_address_of_a_name_is_listened_on():
    bank = ShownBank(1)
    async with (
        serve(bank, listen="localhost:0") as server,
        aiohttp.ClientSession(server.url) as http,
        http.get("/healthz") as told,
    ):
        assert told.status == 200
