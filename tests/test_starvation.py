"""What processes wait for a CPU is counted, theirs below a process too, and nothing is counted while all run."""

from __future__ import annotations

import os
import subprocess
import sys

from starvation import Starvation

BUSY = "import time; end = time.monotonic() + 20\nwhile time.monotonic() < end: pass"


def test_two_busy_children_on_one_cpu_starve_each_other():
    one_cpu = {min(os.sched_getaffinity(0))}
    children = [subprocess.Popen([sys.executable, "-c", BUSY]) for _ in range(2)]
    try:
        for child in children:
            os.sched_setaffinity(child.pid, one_cpu)
        starvation = Starvation()
        while starvation.seconds() < 0.2:  # the test's own timeout ends it if nothing is ever counted
            starvation.sample()
    finally:
        for child in children:
            child.kill()
            child.wait()


def test_a_process_that_sleeps_waits_for_no_cpu():
    with subprocess.Popen(["sleep", "60"]) as child:
        starvation = Starvation(child.pid)
        for _ in range(50):
            starvation.sample()
        child.kill()
    assert starvation.seconds() < 0.1


def test_a_process_that_is_gone_is_passed_over():
    starvation = Starvation(2**22)
    starvation.sample()
    assert starvation.seconds() == 0.0
