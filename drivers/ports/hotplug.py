"""Tells that serial ports came or went, as udev reports it.

Responsible for turning udev's events into one call for each burst. Must not know which ports matter, nor keep
a list: events can be lost, so the truth is a periodic look by whoever is called; this makes it come sooner.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable

import pyudev

from drivers.ports.discovery import UDEVD

log = logging.getLogger(__name__)

BURST = 0.2
"""Seconds over which events are collected: the ttys of one pool come within some tens of milliseconds."""
RECEIVE_BUFFER = 1 << 20
"""Bytes, above the kernel's usual 212992: a hub with 64 modems sends some hundred events at once."""


class Hotplug:
    """Calls `changed` with the device nodes of the ttys that came, went or changed.

    The set is empty when events were lost: look at everything. An event comes after udev's rules have run, so
    links and permissions are as they will be. For use within a running event loop.
    """

    def __init__(self, changed: Callable[[frozenset[str]], None], *, burst: float = BURST) -> None:
        self._changed = changed
        self._burst = burst
        self._monitor: pyudev.Monitor | None = None
        self._nodes: set[str] = set()
        self._lost = False
        self._timer: asyncio.TimerHandle | None = None

    def start(self) -> bool:
        """Begin to listen; False where udev cannot be heard, which is no error: a container has none."""
        loop = asyncio.get_running_loop()
        try:
            monitor = pyudev.Monitor.from_netlink(pyudev.Context())
            monitor.filter_by("tty")
            monitor.start()
        except (OSError, ImportError) as error:
            log.info("no hot-plug events (%s); ports are looked for periodically", error)
            return False
        try:
            monitor.set_receive_buffer_size(RECEIVE_BUFFER)
        except OSError as error:
            # Needs CAP_NET_ADMIN. An overflow is noticed, and costs one look at everything.
            log.debug("udev's receive buffer stays as it is: %s", error)
        self._monitor = monitor
        loop.add_reader(monitor.fileno(), self._receive)
        if not UDEVD.exists():
            log.info("udevd does not run here; ports are looked for periodically")
        return True

    def stop(self) -> None:
        """Stop listening; what was collected is dropped."""
        if self._monitor is not None:
            asyncio.get_running_loop().remove_reader(self._monitor.fileno())
            self._monitor = None
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _receive(self) -> None:
        if self._monitor is None:
            return
        try:
            while (device := self._monitor.poll(timeout=0)) is not None:
                if device.device_node:
                    self._nodes.add(device.device_node)
        except OSError as error:
            log.debug("hot-plug events were lost: %s", error)
            self._lost = True
        if (self._nodes or self._lost) and self._timer is None:
            # From the first event on, not from the last: a port that flaps must not keep the others waiting.
            self._timer = asyncio.get_running_loop().call_later(self._burst, self._tell)

    def _tell(self) -> None:
        nodes = frozenset() if self._lost else frozenset(self._nodes)
        self._nodes.clear()
        self._lost = False
        self._timer = None
        self._changed(nodes)
