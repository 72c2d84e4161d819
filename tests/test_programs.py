"""Programs of tests/ that only a word of make starts: each can be loaded, so that nobody finds out too late."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
STARTED = re.findall(
    r"^\t(?:PYTHONPATH=(\S+) )?\$\(BIN\)/python (tests/\S+\.py)",
    (ROOT / "Makefile").read_text(),
    re.MULTILINE,
)


def test_make_starts_programs():
    assert "tests/chaos/soak.py" in {program for _, program in STARTED}


@pytest.mark.slow
@pytest.mark.parametrize(("path", "program"), STARTED, ids=[program for _, program in STARTED])
def test_the_program_can_be_loaded(path, program):
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    folder = str(ROOT / program).rpartition("/")[0]
    load = (
        f"import runpy, sys; sys.path.insert(0, {folder!r}); runpy.run_path({program!r}, run_name='loaded')"
    )
    done = subprocess.run(
        [sys.executable, "-c", load], cwd=ROOT, env=environment | ({"PYTHONPATH": path} if path else {}),
        capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
