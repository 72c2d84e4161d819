"""A module behind a TCP port."""

import socket

import pytest

from drivers.errors import PortUnavailable
from drivers.wire import open_wire


async def test_where_nobody_listens_the_reason_is_the_kernels():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        address = f"socket://127.0.0.1:{probe.getsockname()[1]}"
        with pytest.raises(PortUnavailable) as refused:
            await open_wire(address)
    assert refused.value.detail == f"{address}: Connection refused"
