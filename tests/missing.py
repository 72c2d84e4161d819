"""What a test needs and this machine lacks: a skip that says why, and a failure where CI runs.

Responsible for that one rule. Must not know what is needed, nor how it is looked for.
"""

from __future__ import annotations

import os
import shutil
from typing import NoReturn

import pytest


def missing(reason: str) -> NoReturn:
    """End the test: .ci/debian-packages names what CI must have, so that there nothing is passed over."""
    if os.environ.get("CI"):
        pytest.fail(reason)
    pytest.skip(reason)


def need(program: str, package: str = "") -> None:
    """End the test where this machine lacks a program, which is in Debian's `package` of the same name or this one."""
    if shutil.which(program) is None:
        missing(f"needs {program}, from Debian's {package or program}")


def only_root(what: str) -> pytest.MarkDecorator:
    """Return the mark of a test that only root can run; an ordinary user's machine lacks nothing."""
    return pytest.mark.skipif(os.geteuid() != 0, reason=f"only root can {what}")
