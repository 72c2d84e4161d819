"""Hot-plug events from udev: one call for each burst. Events can be lost, so ports are also looked at periodically."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable

import pyudev

from drivers.ports.discovery import UDEVD

log = logging.getLogger(__name__)

BURST = 0.2
"""Seconds over which events are collected: the ttys of one pool appear within some tens of milliseconds."""
RECEIVE_BUFFER = 1 << 20
"""Bytes, above the kernel's usual 212992: a hub with 64 modems sends some hundred events at once."""


class Hotplug:
    """Calls `changed` when ttys were added, removed or changed, or when events were lost.

    An event comes after udev's rules have run, so links and permissions are final. Needs a running event loop.
    """

    def __init__(self, changed: Callable[[], None], *, burst: float = BURST) -> None:
        self.heard = False
        """Whether an event of a tty has come in this run: only then can they be relied upon."""
        self.changes = 0
        """How often `changed` was called."""
        self._changed = changed
        self._burst = burst
        self._monitor: pyudev.Monitor | None = None
        self._timer: asyncio.TimerHandle | None = None

    def start(self) -> bool:
        """Begin to listen; False where udev is not available, as in a container: that is not an error."""
        loop = asyncio.get_running_loop()
        try:
            monitor = pyudev.Monitor.from_netlink(pyudev.Context())
            monitor.filter_by("tty")
            monitor.start()
        except (OSError, ImportError) as error:
            log.info("no hot-plug events (%s); ports are searched periodically", error)
            return False
        try:
            monitor.set_receive_buffer_size(RECEIVE_BUFFER)
        except OSError as error:
            # Needs CAP_NET_ADMIN. An overflow is noticed, and costs one search.
            log.debug("udev's receive buffer keeps its size: %s", error)
        self._monitor = monitor
        loop.add_reader(monitor.fileno(), self._receive)
        if not UDEVD.exists():
            log.info("udevd does not run here; ports are searched periodically")
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
        changed = False
        try:
            while (device := self._monitor.poll(timeout=0)) is not None:
                changed = changed or bool(device.device_node)
        except OSError as error:
            log.debug("hot-plug events were lost: %s", error)
            self._report()  # at once: what was lost may be older than a burst
            return
        self.heard = self.heard or changed
        if changed and self._timer is None:
            # From the first event on, not from the last: a port that flaps must not keep the others waiting.
            self._timer = asyncio.get_running_loop().call_later(self._burst, self._report)

    def _report(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        self.changes += 1
        self._changed()
