"""The limit of descriptors; set in a process of its own, as it cannot be taken back."""

from __future__ import annotations

import subprocess
import sys

import pytest


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
