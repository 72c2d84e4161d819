from __future__ import annotations

import pytest

from agent.formats.hosts import is_loopback


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "127.9.9.9", "::1", "::1%lo"])
def test_this_machine(host):
    assert is_loopback(host)


@pytest.mark.parametrize(
    "host", ["", "0.0.0.0", "::", "192.168.1.2", "::ffff:10.0.0.1", "127.0.0.1.example", "bank"]
)
def test_another_machine_or_every_interface(host):
    assert not is_loopback(host)
