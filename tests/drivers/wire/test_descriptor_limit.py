"""The limit of descriptors; set in a process of its own, as it cannot be taken back."""

from __future__ import annotations

import contextlib
import subprocess
import sys

import pytest

from drivers.errors import PortProblem, PortUnavailable
from drivers.wire import descriptors


def limit_after(start, enough):
    code = (
        f"import resource; resource.setrlimit(resource.RLIMIT_NOFILE, {start!r})\n"
        "from drivers.wire import raise_descriptor_limit\n"
        f"print(raise_descriptor_limit({enough}), resource.getrlimit(resource.RLIMIT_NOFILE)[0])"
    )
    printed = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True).stdout
    said, real = printed.split()
    assert said == real
    return int(real)


@pytest.mark.parametrize(
    ("start", "enough", "expected"),
    [
        ((256, 512), 400, 400),
        ((256, 512), 4000, 512),
        ((300, 512), 100, 300),
        ((256, 256), 1000, 256),
    ],
)
def test_the_soft_limit_rises_as_far_as_needed_and_allowed(start, enough, expected):
    assert limit_after(start, enough) == expected


def test_ports_leave_descriptors_for_reports(monkeypatch):
    """However many are opened at once."""
    monkeypatch.setattr(descriptors, "_most_used", lambda: 512)
    monkeypatch.setattr(descriptors, "_used", lambda: 300)
    monkeypatch.setattr(descriptors, "descriptor_limit", lambda: 300 + 64 + 2)
    with contextlib.ExitStack() as opening:
        for _ in range(2):
            opening.enter_context(descriptors.room_for_a_port("/dev/ttyUSB0"))
        with pytest.raises(PortUnavailable) as refused, descriptors.room_for_a_port("/dev/ttyUSB2"):
            pass
    assert refused.value.problem is PortProblem.BROKEN
    assert "kept for reports" in refused.value.detail
    with descriptors.room_for_a_port("/dev/ttyUSB2"):
        pass
    monkeypatch.setattr(descriptors, "descriptor_limit", lambda: None)
    with descriptors.room_for_a_port("/dev/ttyUSB2"):
        pass


def test_descriptors_are_counted_only_where_their_bound_leaves_a_doubt(monkeypatch):
    """Listing them takes half a millisecond of the event loop where there are a thousand."""
    counted = []
    monkeypatch.setattr(descriptors, "_used", lambda: counted.append(1) or 300)
    monkeypatch.setattr(descriptors, "descriptor_limit", lambda: 4096)
    with descriptors.room_for_a_port("/dev/ttyUSB0"):
        pass
    assert not counted
    monkeypatch.setattr(descriptors, "_most_used", lambda: 4096)
    with descriptors.room_for_a_port("/dev/ttyUSB0"):
        pass
    assert counted


def test_the_bound_is_never_below_what_is_open():
    assert descriptors._most_used() >= descriptors._used()
