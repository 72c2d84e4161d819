"""Hot-plug events, from umockdev's udev."""

from __future__ import annotations

import asyncio
import errno
from unittest.mock import Mock

import pytest

from drivers.ports import Hotplug


class Calls:
    """Counts calls, and lets a test wait for the next one."""

    def __init__(self) -> None:
        self._calls: asyncio.Queue[None] = asyncio.Queue()

    def __call__(self) -> None:
        self._calls.put_nowait(None)

    async def next(self) -> None:
        """Wait for the next call."""
        await asyncio.wait_for(self._calls.get(), 5)

    def none(self) -> bool:
        """Whether all calls were waited for."""
        return self._calls.empty()


@pytest.mark.umockdev
async def test_a_burst_of_events_is_one_call(usb):
    usb.plug("ft4232-pool")
    calls = Calls()
    hotplug = Hotplug(calls, burst=0.05)
    assert hotplug.start()
    for tty in usb.tty_paths("ft4232-pool"):
        usb.event(tty, "add")
    await calls.next()
    assert calls.none()
    usb.event(usb.tty_paths("ft4232-pool")[3], "remove")
    await calls.next()
    hotplug.stop()


@pytest.mark.umockdev
async def test_events_of_other_devices_are_ignored(usb):
    usb.plug("ft4232-pool")
    calls = Calls()
    hotplug = Hotplug(calls, burst=0)
    hotplug.start()
    usb.event("/devices/pci0000:00/0000:00:14.0/usb1/1-1", "change")
    usb.event(usb.tty_paths("ft4232-pool")[0], "change")
    await calls.next()
    assert calls.none()
    hotplug.stop()


@pytest.mark.umockdev
async def test_after_a_stop_nothing_is_called(usb):
    usb.plug("ft4232-pool")
    calls = Calls()
    hotplug = Hotplug(calls, burst=0)
    hotplug.start()
    hotplug.stop()
    hotplug.stop()
    usb.event(usb.tty_paths("ft4232-pool")[0], "add")
    again = Hotplug(calls, burst=0)
    again.start()
    usb.event(usb.tty_paths("ft4232-pool")[1], "add")
    await calls.next()
    again.stop()


class Overflowing:
    """A monitor whose socket overflowed."""

    def poll(self, timeout: float) -> None:
        """Fail as recv does then."""
        raise OSError(errno.ENOBUFS, "No buffer space available")


async def test_lost_events_are_a_change_at_once_and_prove_nothing_of_udev():
    calls = Calls()
    hotplug = Hotplug(calls, burst=3600)
    hotplug._monitor = Overflowing()
    hotplug._receive()
    assert not calls.none()
    assert (hotplug.changes, hotplug.heard) == (1, False)


class Telling:
    """A monitor with one event."""

    def __init__(self) -> None:
        self.events = [Mock(device_node="/dev/ttyUSB0")]

    def poll(self, timeout: float) -> object | None:
        """Return the next one."""
        return self.events.pop() if self.events else None


async def test_what_was_heard_once_is_known_and_each_burst_is_counted():
    calls = Calls()
    hotplug = Hotplug(calls, burst=0)
    assert not hotplug.heard
    for count in (1, 2):
        hotplug._monitor = Telling()
        hotplug._receive()
        await calls.next()
        assert (hotplug.heard, hotplug.changes) == (True, count)


async def test_without_udev_start_returns_false_and_logs_it(monkeypatch, caplog):
    def refuse(*_):
        raise OSError(errno.EPERM, "Operation not permitted")

    monkeypatch.setattr("pyudev.Monitor.from_netlink", refuse)
    hotplug = Hotplug(Calls())
    with caplog.at_level("INFO"):
        assert not hotplug.start()
    assert "periodically" in caplog.text
    hotplug.stop()
