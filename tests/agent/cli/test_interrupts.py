from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys

import pytest

from agent.cli.interrupts import interruptible, run


async def interrupted_and_tidy(tidied):
    try:
        os.kill(os.getpid(), signal.SIGINT)
        await asyncio.Event().wait()
    finally:
        tidied.append(True)


@pytest.fixture
def ends_on_the_spot():
    before = signal.signal(signal.SIGINT, signal.SIG_DFL)
    yield
    signal.signal(signal.SIGINT, before)


def test_what_waits_is_put_away_on_ctrl_c(ends_on_the_spot):
    tidied = []
    with pytest.raises(KeyboardInterrupt):
        run(interrupted_and_tidy(tidied))
    assert tidied == [True]


def test_its_result_is_returned(ends_on_the_spot):
    assert run(asyncio.sleep(0, "done")) == "done"


def test_an_ignored_ctrl_c_stays_ignored(ends_on_the_spot):
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    interruptible()
    assert signal.getsignal(signal.SIGINT) is signal.SIG_IGN


HALF_MADE = """
import asyncio, os, signal
from agent.cli.interrupts import run

class Policy(asyncio.DefaultEventLoopPolicy):
    def new_event_loop(self):
        os.kill(os.getpid(), signal.SIGINT)
        return super().new_event_loop()

asyncio.set_event_loop_policy(Policy())
signal.signal(signal.SIGINT, signal.SIG_DFL)
run(asyncio.sleep(9))
"""


def test_an_event_loop_that_is_not_made_yet_ends_with_the_process():
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", HALF_MADE], capture_output=True, timeout=50, check=False,
        env=os.environ | {"PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
    )  # fmt: skip
    assert (done.returncode, done.stderr) == (-signal.SIGINT, b"")
