"""One list of ports, however the machine behaves."""

from __future__ import annotations

import logging
import os
import threading

import pytest

from agent.bank import port_source
from agent.bank.port_source import PortSource
from agent.config import PortRole, PortRule
from drivers.ports import Found, Port
from drivers.ports.ports import UsbPlace


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
    found = {one.port.path: one.rules for one in await source.list_ports()}
    assert found[terminal] == (1, 2)


async def test_while_the_machine_cannot_be_looked_at_the_last_list_holds(terminal, monkeypatch, caplog):
    source = PortSource(rules(terminal), None)
    before = await source.list_ports()
    assert before
    release = threading.Event()
    monkeypatch.setattr(port_source, "LIST_WITHIN", 0.05)
    for trouble in (
        _fails(OSError("no sysfs")),
        _fails(RuntimeError("no thread")),
        lambda _: release.wait(5),
    ):
        monkeypatch.setattr(port_source, "_find", trouble)
        with caplog.at_level(logging.WARNING, logger="agent.bank.port_source"):
            assert await source.list_ports() == before
    assert len(caplog.records) == 1  # logged once, not every second
    release.set()


async def test_a_look_that_comes_late_is_taken_and_no_other_is_begun_beside_it(on_usb, monkeypatch):
    source = PortSource(rules("usb"), None)
    on_usb["/dev/ttyUSB0"] = (0,)
    first = await source.list_ports()
    found = port_source._find
    release, begun = threading.Event(), []

    def slow(paths):
        begun.append(paths)
        release.wait(5)
        return found(paths)

    monkeypatch.setattr(port_source, "LIST_WITHIN", 0.02)
    monkeypatch.setattr(port_source, "_find", slow)
    on_usb["/dev/ttyUSB1"] = (0,)
    assert [await source.list_ports() for _ in range(3)] == [first] * 3
    assert len(begun) == 1
    release.set()
    monkeypatch.setattr(port_source, "LIST_WITHIN", 5.0)
    assert [one.port.path for one in await source.list_ports()] == ["/dev/ttyUSB0", "/dev/ttyUSB1"]
    assert len(begun) == 1


async def test_a_look_that_never_comes_is_given_up_at_last(terminal, monkeypatch):
    source = PortSource(rules(terminal), None)
    before = await source.list_ports()
    release = threading.Event()
    monkeypatch.setattr(port_source, "FORGET_LOOK_AFTER", 0.02)
    with monkeypatch.context() as hung:
        hung.setattr(port_source, "_find", lambda _: release.wait(5))
        assert await source.list_ports() == before
    assert await source.list_ports() == before  # by a look of its own
    release.set()


def _fails(error: Exception):
    def find(_paths):
        raise error

    return find


@pytest.fixture
def on_usb(monkeypatch):
    """What is listed, by path: the rules that lead there."""
    found: dict[str, tuple[int, ...]] = {}
    ports = lambda _: [Found(Port(path), led) for path, led in found.items()]  # noqa: E731
    monkeypatch.setattr(port_source, "ports_for", ports)
    return found


async def test_a_newcomer_may_be_the_control_port_until_its_link_had_time_to_come(on_usb):
    now = [100.0]
    control = PortRule.model_validate({"path": "/dev/serial/by-path/bank", "role": "control"})
    source = PortSource((*rules("usb"), control), None, lambda: now[0])

    async def paths():
        return [one.port.path for one in await source.list_ports()]

    on_usb["/dev/ttyUSB0"] = (0,)
    assert await paths() == ["/dev/ttyUSB0"]  # was there before us, and so were its links
    on_usb["/dev/ttyUSB1"] = (0,)
    assert await paths() == ["/dev/ttyUSB0"]
    now[0] += port_source.LINKS_WITHIN + 0.1
    assert await paths() == ["/dev/ttyUSB0", "/dev/ttyUSB1"]
    on_usb["/dev/ttyUSB2"] = (0,)
    assert "/dev/ttyUSB2" not in await paths()
    on_usb["/dev/ttyUSB2"] = (0, 1)
    assert {one.port.path: one.rules for one in await source.list_ports()}["/dev/ttyUSB2"] == (0, 1)
    on_usb["/dev/ttyUSB3"] = (0,)
    assert "/dev/ttyUSB3" in await paths()  # the control port is known, this is another
    on_usb["/dev/ttyUSB2"] = (0,)
    assert "/dev/ttyUSB2" not in await paths()  # its link is made anew


class Events:
    """What udev would have told."""

    def __init__(self) -> None:
        self.heard, self.changes = False, 0


class Looking:
    """A source with a clock of its own, whose looks are counted."""

    def __init__(self, monkeypatch, *paths: str) -> None:
        self.now, self.looks, self.events = 100.0, 0, Events()
        self.source = PortSource(rules(*paths), None, clock=lambda: self.now, events=self.events)
        find = port_source._find

        def counted(paths):
            self.looks += 1
            return find(paths)

        monkeypatch.setattr(port_source, "_find", counted)

    async def looks_in(self, seconds: int) -> int:
        """How often it looks while it is asked each second."""
        before = self.looks
        for _ in range(seconds):
            await self.source.list_ports()
            self.now += 1.0
        return self.looks - before


async def test_until_an_event_came_it_looks_each_second_and_then_rarely(on_usb, monkeypatch):
    on_usb["/dev/ttyUSB0"] = (0,)
    looking = Looking(monkeypatch, "usb")
    assert await looking.looks_in(20) == 20
    looking.events.heard = True
    assert await looking.looks_in(20) == 2
    looking.events.changes += 1
    on_usb["/dev/ttyUSB1"] = (0,)
    assert len(await looking.source.list_ports()) == 2


async def test_an_event_during_a_look_makes_another_one(on_usb, monkeypatch):
    looking = Looking(monkeypatch, "usb")
    looking.events.heard = True
    found = port_source._find

    def meanwhile(paths):
        ports = found(paths)
        looking.events.changes += 1  # it may have come too late for this look
        return ports

    monkeypatch.setattr(port_source, "_find", meanwhile)
    assert await looking.looks_in(3) == 3


async def test_what_no_event_would_tell_is_looked_at_each_second(on_usb, terminal, monkeypatch):
    on_usb["/dev/ttyUSB0"] = (0,)
    looking = Looking(monkeypatch, "usb", "/tmp/link-of-socat", terminal)
    looking.events.heard = True
    assert await looking.looks_in(5) == 5


async def test_a_glob_that_leads_to_usb_is_told_of_by_events(monkeypatch):
    on_usb = [Found(Port("/dev/ttyUSB0", UsbPlace("1-1", 0)), (0,))]
    monkeypatch.setattr(port_source, "ports_for", lambda _: on_usb)
    looking = Looking(monkeypatch, "/dev/ttyUSB*")
    looking.events.heard = True
    assert await looking.looks_in(5) == 1


async def test_a_port_that_is_held_back_is_looked_at_until_it_is_used(on_usb, monkeypatch):
    """While the control port is missing, new ports may be it: their links are made without an event for us."""
    control = PortRule(path="/dev/simbank/control", role=PortRole.CONTROL)
    looking = Looking(monkeypatch, "usb")
    looking.source._rules = (*rules("usb"), control)
    looking.events.heard = True
    await looking.looks_in(1)
    on_usb["/dev/ttyUSB0"] = (0,)
    looking.events.changes += 1
    assert await looking.looks_in(3) == 3
    assert await looking.source.list_ports()


async def test_a_look_that_failed_is_followed_by_another(on_usb, monkeypatch):
    looking = Looking(monkeypatch, "usb")
    looking.events.heard = True
    with monkeypatch.context() as broken:
        broken.setattr(port_source, "_find", _fails(OSError("no sysfs")))
        await looking.source.list_ports()
    assert await looking.looks_in(3) == 1
