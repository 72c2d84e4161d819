"""What `make break` would run can be run, so that nobody finds out only then."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

RUN = Path(__file__).with_name("run.py")


@pytest.mark.slow
def test_every_attack_can_be_loaded_and_has_a_name_of_its_own():
    listed = subprocess.run(
        [sys.executable, str(RUN), "--list"], capture_output=True, text=True, timeout=60, check=True
    )
    names = listed.stdout.splitlines()
    assert len(names) == len(set(names)) > 10
