"""What a test needs and this machine lacks: a skip that says why, and a failure where CI runs.

Responsible for that one rule. Must not know what is needed, nor how it is looked for.
"""

from __future__ import annotations

import os
from typing import NoReturn

import pytest


def missing(reason: str) -> NoReturn:
    """End the test: .ci/debian-packages names what CI must have, so that there nothing is passed over."""
    if os.environ.get("CI"):
        pytest.fail(reason)
    pytest.skip(reason)
