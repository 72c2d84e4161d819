"""What holds for every test: how hard hypothesis tries, and that the agent only asks.

`default` is deterministic, so that a test that passed passes again; `fuzz` searches anew each time, with as
many inputs for each property as SIMBANK_FUZZ_EXAMPLES tells: `pytest --hypothesis-profile=fuzz -k fuzz`.
"""

from __future__ import annotations

import os

from hypothesis import HealthCheck, settings

pytest_plugins = ["only_asks", "slow"]

settings.register_profile("default", derandomize=True, max_examples=100, deadline=None)
settings.register_profile(
    "fuzz",
    max_examples=int(os.environ.get("SIMBANK_FUZZ_EXAMPLES", "20000")),
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
    print_blob=True,
)
settings.load_profile("default")


def pytest_addoption(parser):
    """Let the contract be held against hardware."""
    parser.addoption("--module", metavar="PORT", help="hold tests/contract against the module at this port")
