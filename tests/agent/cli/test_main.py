"""The first moments of the program, when most of it is not imported yet."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[3]

CTRL_C_WHILE_IMPORTING = """
import os, signal, sys

class Interrupted:
    def find_spec(self, name, path=None, target=None):
        if name == "agent.config":
            os.kill(os.getpid(), signal.SIGINT)

sys.meta_path.insert(0, Interrupted())
sys.argv = ["simbank-agent", "schema"]
from agent.__main__ import main
main()
"""


def test_ctrl_c_while_the_program_is_still_importing_ends_it_quietly(tmp_path):
    done = subprocess.run(
        [sys.executable, "-c", CTRL_C_WHILE_IMPORTING],
        cwd=tmp_path, env=os.environ | {"PYTHONPATH": str(ROOT)}, capture_output=True, timeout=200, check=False,
    )  # fmt: skip
    assert (done.returncode, done.stdout, done.stderr) == (-signal.SIGINT, b"", b"")


def test_a_ctrl_c_that_the_parent_ignores_stays_ignored(tmp_path):
    ignoring = "import signal; signal.signal(signal.SIGINT, signal.SIG_IGN)\n"
    done = subprocess.run(
        [sys.executable, "-c", ignoring + CTRL_C_WHILE_IMPORTING],
        cwd=tmp_path, env=os.environ | {"PYTHONPATH": str(ROOT)}, capture_output=True, timeout=200, check=False,
    )  # fmt: skip
    assert (done.returncode, done.stderr) == (0, b"")
    assert b"onlinesim" in done.stdout


def test_it_imports_nothing_else_before_it_can_hear_ctrl_c(tmp_path):
    program = "import sys, agent.__main__; print(*(name for name in sys.modules if '.' not in name))"
    done = subprocess.run(
        [sys.executable, "-c", program],
        cwd=tmp_path, env=os.environ | {"PYTHONPATH": str(ROOT)}, capture_output=True, text=True, timeout=200,
        check=True,
    )  # fmt: skip
    assert {"typer", "rich", "pydantic", "aiohttp", "asyncio"}.isdisjoint(done.stdout.split())
