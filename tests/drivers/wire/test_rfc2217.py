"""The client of RFC 2217: what a server says before it closes."""

from __future__ import annotations

import socket

import pytest
from serial import rfc2217

from drivers.errors import PortUnavailable
from drivers.wire.rfc2217 import open_rfc2217

NEGOTIATION = b"\xff\xfb\x03\xff\xfd\x03\xff\xfb\x01\xff\xfe\x01\xff\xfd\x00\xff\xfb\x00\xff\xfd,"
"""As ser2net sends it, also to a client that it turns away."""


@pytest.mark.parametrize("before", [b"", NEGOTIATION])
async def test_what_a_server_said_before_it_closed_is_read_although_it_takes_nothing_any_more(
    no_leaks, monkeypatch, before
):
    listener = socket.create_server(("127.0.0.1", 0))

    def turned_away(*_: object, **__: object) -> socket.socket:
        client = socket.socket()
        client.connect(listener.getsockname())
        server, _address = listener.accept()
        server.sendall(before + b"Port already in use\r\n")
        server.close()
        return client

    monkeypatch.setattr(rfc2217.socket, "create_connection", turned_away)
    with listener, pytest.raises(PortUnavailable) as why:
        await open_rfc2217("rfc2217://127.0.0.1:4001", baudrate=115200, timeout=5)
    assert why.value.said == b"Port already in use\r\n"
