"""One list of ports, however the machine behaves."""

from __future__ import annotations

import logging
import os
import threading

import pytest

from agent import port_source
from agent.config import PortRule
from agent.port_source import PortSource


@pytest.fixture
def terminal():
    near, far = os.openpty()
    yield os.ttyname(far)
    os.close(near)
    os.close(far)


def rules(*paths: str) -> tuple[PortRule, ...]:
    return tuple(PortRule(path=path) for path in paths)


async def test_paths_and_globs_are_found_with_the_rules_that_lead_there(terminal):
    source = PortSource(rules("/dev/none", terminal, terminal[:-1] + "[0-9]"), None)
    found = {one.port.path: one.rules for one in await source.look()}
    assert found[terminal] == (1, 2)


async def test_while_the_machine_cannot_be_looked_at_the_last_list_holds(terminal, monkeypatch, caplog):
    source = PortSource(rules(terminal), None)
    before = await source.look()
    assert before
    release = threading.Event()
    monkeypatch.setattr(port_source, "LOOK_WITHIN", 0.05)
    for trouble in (
        lambda _: release.wait(5),
        _fails(OSError("no sysfs")),
        _fails(RuntimeError("no thread")),
    ):
        monkeypatch.setattr(port_source, "_find", trouble)
        with caplog.at_level(logging.WARNING, logger="agent.port_source"):
            assert await source.look() == before
    release.set()
    assert len(caplog.records) == 1  # said once, not every second
    monkeypatch.undo()
    assert await source.look() == before


def _fails(error: Exception):
    def find(_paths):
        raise error

    return find
