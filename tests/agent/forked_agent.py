"""`simbank-agent` in a process of its own, forked from one that has it imported: a start costs a tenth.

What a start itself is like is proved where `python -m agent` is started: tests/agent/cli/test_main.py, test_process.py.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable
from multiprocessing.context import ForkServerProcess
from pathlib import Path

from agent.__main__ import main

ROOT = Path(__file__).parents[2]
IMPORTED = [
    "agent.cli.app", "agent.cli.check", "agent.cli.errors", "agent.cli.income", "agent.cli.run", "agent.cli.scan",
    "agent.cli.sims", "agent.cli.status_screen", "agent.cli.trace", "aiohttp",
]  # fmt: skip

_CONTEXT = multiprocessing.get_context("forkserver")
_CONTEXT.set_forkserver_preload(IMPORTED)


def forked(work: Callable[..., None], *arguments: object) -> ForkServerProcess:
    """Have a process, forked from one that has imported the program, do this work."""
    kept = os.environ.get("PYTHONPATH")
    os.environ["PYTHONPATH"] = str(ROOT)  # where the process that forks imports from, once it is started
    try:
        process = _CONTEXT.Process(target=work, args=arguments, daemon=True)
        process.start()
    finally:
        del os.environ["PYTHONPATH"]
        if kept is not None:
            os.environ["PYTHONPATH"] = kept
    return process


class Forked:
    """A command that runs."""

    def __init__(
        self, folder: Path, arguments: tuple[str, ...], stdout: Path, stderr: Path, **more: str
    ) -> None:
        self._process = forked(_command, str(folder), arguments, os.environ | more, str(stdout), str(stderr))
        self.pid = self._process.pid

    def send_signal(self, number: signal.Signals) -> None:
        """Send a signal."""
        os.kill(self.pid, number)

    def poll(self) -> int | None:
        """Return how it ended, None if it runs."""
        return self._process.exitcode

    def wait(self, within: float) -> int:
        """Return how it ended. Raises TimeoutExpired, after which it runs no more."""
        self._process.join(within)
        code = self._process.exitcode
        if code is None:
            self._process.kill()
            raise subprocess.TimeoutExpired("simbank-agent", within)
        return code


def simbank(folder: Path, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run a command to its end."""
    with tempfile.TemporaryDirectory(prefix="simbank-said-") as said:
        stdout, stderr = Path(said) / "stdout", Path(said) / "stderr"
        code = Forked(folder, arguments, stdout, stderr, **environment).wait(200)
        return subprocess.CompletedProcess(
            arguments, code, stdout.read_text("utf-8"), stderr.read_text("utf-8")
        )


def become(arguments: tuple[str, ...], environment: dict[str, str], stdout: str, stderr: str) -> None:
    """Have the command line, environment and streams of a command, in the forked process."""
    os.environ.clear()
    os.environ.update(environment)
    for descriptor, path in ((0, os.devnull), (1, stdout), (2, stderr)):
        opened = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o600)
        os.dup2(opened, descriptor)
        os.close(opened)
    sys.stdin = os.fdopen(0, closefd=False)
    sys.stdout = os.fdopen(1, "w", closefd=False)
    sys.stderr = os.fdopen(2, "w", buffering=1, errors="backslashreplace", closefd=False)
    sys.argv = ["simbank-agent", *arguments]


def _command(
    folder: str, arguments: tuple[str, ...], environment: dict[str, str], stdout: str, stderr: str
) -> None:
    """Be the command, in the forked process."""
    os.chdir(folder)
    become(arguments, environment, stdout, stderr)
    main()
