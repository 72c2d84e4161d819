"""Hot-plug events, from umockdev's udev."""

from __future__ import annotations

import asyncio
import errno

import pytest

from drivers.ports.hotplug import Hotplug


class Calls:
    """Collects what the monitor tells, and lets a test wait for it."""

    def __init__(self) -> None:
        self.seen: asyncio.Queue[frozenset[str]] = asyncio.Queue()

    async def next(self) -> frozenset[str]:
        """Wait for the next call."""
        return await asyncio.wait_for(self.seen.get(), 5)


@pytest.mark.umockdev
async def test_a_burst_of_events_is_told_once(usb):
    usb.plug("ft4232-pool")
    calls = Calls()
    hotplug = Hotplug(calls.seen.put_nowait, burst=0.05)
    assert hotplug.start()
    for tty in usb.tty_paths("ft4232-pool"):
        usb.event(tty, "add")
    assert await calls.next() == frozenset(f"/dev/ttyUSB{n}" for n in range(8))
    usb.event(usb.tty_paths("ft4232-pool")[3], "remove")
    assert await calls.next() == {"/dev/ttyUSB3"}
    hotplug.stop()


@pytest.mark.umockdev
async def test_events_of_other_devices_are_not_told(usb):
    usb.plug("ft4232-pool")
    calls = Calls()
    hotplug = Hotplug(calls.seen.put_nowait, burst=0)
    hotplug.start()
    usb.event("/devices/pci0000:00/0000:00:14.0/usb1/1-1", "change")
    usb.event(usb.tty_paths("ft4232-pool")[0], "change")
    assert await calls.next() == {"/dev/ttyUSB0"}
    assert calls.seen.empty()
    hotplug.stop()


@pytest.mark.umockdev
async def test_after_a_stop_nothing_is_told(usb):
    usb.plug("ft4232-pool")
    calls = Calls()
    hotplug = Hotplug(calls.seen.put_nowait, burst=0)
    hotplug.start()
    hotplug.stop()
    hotplug.stop()
    usb.event(usb.tty_paths("ft4232-pool")[0], "add")
    again = Hotplug(calls.seen.put_nowait, burst=0)
    again.start()
    usb.event(usb.tty_paths("ft4232-pool")[1], "add")
    assert await calls.next() == {"/dev/ttyUSB1"}
    again.stop()


class Overflowing:
    """A monitor whose socket overflowed."""

    def poll(self, timeout: float) -> None:
        """Fail as recv does then."""
        raise OSError(errno.ENOBUFS, "No buffer space available")


async def test_lost_events_mean_look_at_everything():
    calls = Calls()
    hotplug = Hotplug(calls.seen.put_nowait, burst=0)
    hotplug._monitor = Overflowing()
    hotplug._receive()
    assert await calls.next() == frozenset()


async def test_without_udev_it_says_so_and_goes_on(monkeypatch, caplog):
    def refuse(*_):
        raise OSError(errno.EPERM, "Operation not permitted")

    monkeypatch.setattr("pyudev.Monitor.from_netlink", refuse)
    hotplug = Hotplug(Calls().seen.put_nowait)
    with caplog.at_level("INFO"):
        assert not hotplug.start()
    assert "periodically" in caplog.text
    hotplug.stop()
