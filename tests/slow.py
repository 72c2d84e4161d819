"""Which tests are slow: `make quick` leaves them out, and a test that is slow without being listed fails.

Slow is what needs processes, a browser, other programs, random faults or real waiting: by its folder or file below, or
by the mark `slow` on the test. The limit is CPU time, of the test and of the processes that it waited for, so that it
does not depend on what else the machine is doing.
"""

from __future__ import annotations

import resource
import time
from collections.abc import Generator
from pathlib import Path
from typing import Any, Final

import pytest
from hypothesis.strategies import text

SLOW: Final = (
    "tests/agent/app/test_russian_log.py",
    "tests/agent/app/test_wiring.py",
    "tests/agent/bank/test_hot_plug.py",
    "tests/agent/check/test_host.py",
    "tests/agent/cli/test_app.py",
    "tests/agent/cli/test_main.py",
    "tests/agent/cli/test_simulate.py",
    "tests/agent/cli/test_process.py",
    "tests/agent/onlinesim/test_schedule_promises.py",
    "tests/bench/",
    "tests/browser/",
    "tests/chaos/",
    "tests/contract/test_on_a_port.py",
    "tests/docs/test_examples.py",
    "tests/docs/test_vendor_example.py",
    "tests/drivers/simulator/test_gammu.py",
    "tests/fleet/",
    "tests/packaging/",
    "tests/sharing/",
    "tests/test_it_only_asks.py",
    "tests/udev/",
)
CPU_LIMIT: Final = 1.0
"""Seconds that a test may take without being slow."""
_ROOT: Final = Path(__file__).parent.parent


def pytest_configure(config: pytest.Config) -> None:
    """Make the mark known."""
    config.addinivalue_line(
        "markers", "slow: takes more than a second of CPU, or needs processes; not in `make quick`"
    )


def pytest_collection_finish() -> None:
    """Have hypothesis make its table of characters, a second or two on a new machine, at nobody's cost."""
    text().validate()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what the list names."""
    for item in items:
        if item.path.relative_to(_ROOT).as_posix().startswith(SLOW):
            item.add_marker("slow")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Generator[None, Any, Any]:
    """Fail a test that takes long and does not say so."""
    began = _cpu()
    result = yield
    took = _cpu() - began
    if item.config.getoption("--hypothesis-profile", default=None) == "fuzz":
        return result  # as many inputs as somebody has time for
    if took > CPU_LIMIT and item.get_closest_marker("slow") is None:
        pytest.fail(f"took {took:.1f} s of CPU: make it faster, or mark it slow", pytrace=False)
    return result


def _cpu() -> float:
    children = resource.getrusage(resource.RUSAGE_CHILDREN)
    return time.process_time() + children.ru_utime + children.ru_stime
