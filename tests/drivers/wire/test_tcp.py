"""A module behind a TCP port."""

import socket

import pytest

from drivers.errors import PortUnavailable
from drivers.wire import open_wire


async def test_where_nothing_listens_the_reason_is_the_kernels():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        address = f"socket://127.0.0.1:{probe.getsockname()[1]}"
        with pytest.raises(PortUnavailable) as refused:
            await open_wire(address)
    assert refused.value.detail == f"{address}: Connection refused"


@pytest.mark.parametrize("scheme", ["socket", "rfc2217"])
@pytest.mark.parametrize(
    "rest",
    [
        "bank..lan:3001",
        "a" * 70 + ":3001",
        ".lan:1",
        "[bad:1",
        "bank.lan",
        ":1",
        "bank.lan:99999",
        "\udcff:1",
    ],
)
async def test_an_address_that_can_be_none_is_a_port_that_cannot_be_opened(scheme, rest):
    with pytest.raises(PortUnavailable, match=f"is not {scheme}://host:port"):
        await open_wire(f"{scheme}://{rest}")


@pytest.mark.parametrize("trouble", [UnicodeError("label too long"), socket.gaierror(-2, "Name not known")])
async def test_a_name_that_cannot_be_resolved_is_a_port_that_cannot_be_opened(monkeypatch, trouble):
    def fails(*_args, **_named):
        raise trouble

    monkeypatch.setattr(socket, "getaddrinfo", fails)
    with pytest.raises(PortUnavailable, match=r"label too long|Name not known"):
        await open_wire("socket://bank.lan:3001")


async def test_a_kind_of_address_that_this_machine_has_not_is_passed_over(monkeypatch):
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        server.listen()
        here = (socket.AF_INET, socket.SOCK_STREAM, 6, "", server.getsockname())
        unknown = (12345, socket.SOCK_STREAM, 6, "", ("::1", 1, 0, 0))
        monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: [unknown, here])
        wire = await open_wire("socket://bank.lan:3001")
        await wire.close()
        monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: [unknown])
        with pytest.raises(PortUnavailable, match="Address family not supported"):
            await open_wire("socket://bank.lan:3001")
