"""USB devices that are not there: umockdev serves /sys, /dev and udev's events from a text."""

from __future__ import annotations

import os
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from loopback import far, no_leaks, pty_far  # noqa: F401  fixtures
from memory_wires import instant  # noqa: F401  a fixture
from missing import missing

TREES = Path(__file__).parent.parent / "udev" / "trees"


def _mocked() -> bool:
    return "libumockdev-preload" in os.environ.get("LD_PRELOAD", "")


def pytest_runtest_setup(item: pytest.Item) -> None:
    if item.get_closest_marker("umockdev") is None or _mocked():
        return
    missing("needs Debian's umockdev and .ci/with-udev-mock around pytest, as `make test` does it")


def _umockdev() -> Any:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ImportWarning)  # Debian's gi has an importer of the old kind
        import gi

        gi.require_version("UMockdev", "1.0")
        from gi.repository import UMockdev
    return UMockdev


class UsbBus:
    """The USB of a host that umockdev plays."""

    def __init__(self) -> None:
        self.testbed: Any = _umockdev().Testbed.new()

    def plug(self, tree: str) -> None:
        """Add the devices of tests/udev/trees/TREE.umockdev."""
        self.testbed.add_from_string((TREES / f"{tree}.umockdev").read_text())

    def tty_paths(self, tree: str) -> list[str]:
        """Give the paths under /sys of the tree's ttys, in its order."""
        lines = (TREES / f"{tree}.umockdev").read_text().splitlines()
        return [line.removeprefix("P: ") for line in lines if line.startswith("P: ") and "/tty/" in line]

    def event(self, device: str, action: str) -> None:
        """Send udev's event about a device."""
        self.testbed.uevent(f"/sys{device}", action)

    def remove(self, device: str) -> None:
        """Take a device's files away."""
        self.testbed.remove_device(f"/sys{device}")

    def unplug_all(self) -> None:
        """Take all devices away."""
        # Not Testbed.clear(): it keeps the nodes in mind, and aborts when one of them comes again.
        self.testbed = None
        self.testbed = _umockdev().Testbed.new()


@pytest.fixture
def usb(monkeypatch: pytest.MonkeyPatch) -> Iterator[UsbBus]:
    # A udevd of this machine knows nothing of what is played, and would not be done with it for ever.
    monkeypatch.setattr("drivers.ports.discovery.UDEVD", TREES / "no-udevd")
    bus = UsbBus()
    yield bus
    del bus.testbed
