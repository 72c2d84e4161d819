"""`simulate --hosts` as somebody types it, who wants to watch a takeover."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from redis_server import redis_server

ROOT = Path(__file__).parents[2]
WITHIN = 100.0


class Typed:
    """The command with a keyboard and what it has printed."""

    def __init__(self, folder, *arguments, **environment):
        self.lines: list[str] = []
        self._news = threading.Condition()
        self._process = subprocess.Popen(
            [sys.executable, "-u", "-m", "agent", "simulate", *arguments], cwd=folder, text=True,
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
            env=os.environ | {"PYTHONPATH": str(ROOT), "NO_COLOR": "1"} | environment,
        )  # fmt: skip
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self):
        for line in self._process.stdout:
            with self._news:
                self.lines.append(line.rstrip())
                self._news.notify_all()

    def type(self, line):
        """Type a line."""
        self._process.stdin.write(line + "\n")
        self._process.stdin.flush()

    def until(self, pattern, since=0):
        """Wait for a line; return what it matched."""

        def found():
            return next((match for line in self.lines[since:] if (match := re.search(pattern, line))), None)

        with self._news:
            assert self._news.wait_for(found, WITHIN), "\n".join(self.lines)
            return found()

    def ended(self):
        """Wait for its end."""
        code = self._process.wait(60)
        self._reader.join(10)
        for stream in (self._process.stdin, self._process.stdout):
            stream.close()
        return code


@pytest.mark.timeout(300)
def test_a_takeover_can_be_watched(tmp_path):
    redis_server()
    fleet = Typed(tmp_path, "--hosts", "2", "--modules", "2", "--mix", "EC25")
    fleet.until(r"bank-2: http://127\.0\.0\.1:\d+/")
    folder = Path(fleet.until(r"configuration and logs: (.*)")[1])
    leader = fleet.until(r"^(bank-[12]) speaks: 4 numbers in the list$")[1]
    other = "bank-2" if leader == "bank-1" else "bank-1"
    seen = len(fleet.lines)
    fleet.type(f"kill {leader}")
    fleet.until(rf"^{other} speaks: 2 numbers in the list", since=seen)
    fleet.type("hosts")
    fleet.until(r"^host +state +live", since=seen)
    fleet.type("nonsense bank-9")
    fleet.until(r'"event": "error"', since=seen)
    fleet.type("kill bank-9")
    fleet.until("there is no bank-9; hosts are bank-1, bank-2", since=seen)
    fleet.type("quit")
    assert fleet.ended() == 0
    assert not folder.exists()


@pytest.mark.parametrize("more", [("--json",), ("--links", "ports")])
def test_what_does_not_go_together_is_told(tmp_path, more):
    fleet = Typed(tmp_path, "--hosts", "2", *more)
    fleet.until("--hosts: use it without --links and --json")
    assert fleet.ended() == 2


def test_without_a_redis_it_says_how_to_get_one(tmp_path):
    fleet = Typed(tmp_path, "--hosts", "2", PATH=str(tmp_path))
    fleet.until("sudo apt-get install redis-server")
    assert fleet.ended() == 1
