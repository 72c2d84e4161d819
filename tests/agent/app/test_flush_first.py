"""The disk first, then the server; but no report waits for a disk that does not come to it."""

from __future__ import annotations

import threading

import pytest

from agent.app import flush_first
from agent.app.flush_first import KEPT_WITHIN, FlushFirst


class Client:
    def __init__(self, happened):
        self._happened = happened

    async def post(self, message):
        self._happened.append(message)
        return "accepted"


class Disk:
    """A store whose disk is as slow as `keep` makes it."""

    def __init__(self, happened, keep=lambda: None):
        self._happened = happened
        self._keep = keep

    def kept(self, timeout):
        self._keep()
        self._happened.append(timeout)
        return True


@pytest.fixture
def happened():
    return []


async def test_a_message_goes_when_the_disk_holds_what_it_says(happened):
    sender = FlushFirst(Client(happened), Disk(happened))
    assert await sender.post("message") == "accepted"
    assert happened == [KEPT_WITHIN, "message"]


async def test_a_message_does_not_wait_for_a_disk_that_hangs(happened, monkeypatch):
    monkeypatch.setattr(flush_first, "KEPT_WITHIN", -0.4)
    released = threading.Event()
    try:
        sender = FlushFirst(Client(happened), Disk(happened, keep=lambda: released.wait(30)))
        assert await sender.post("message") == "accepted"
        assert happened == ["message"]
    finally:
        released.set()
