"""Streams that are closed, full, unread or in another encoding, and Ctrl-C: mostly in a process of its own."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from agent.cli.process import allow_interrupt, run

ROOT = Path(__file__).parents[3]
COMMANDS = [["schema"], ["--help"], ["sims"]]
"""What prints by itself, by click, and by rich."""


@pytest.fixture
def folder(tmp_path):
    config = "ports: [{path: /dev/none}]\nstatus: {listen: '127.0.0.1:1'}\n"  # where no agent can be
    (tmp_path / "config.yaml").write_text(config, encoding="utf-8")
    return tmp_path


def simbank(folder, *arguments, environment=(), **streams):
    known = os.environ | {"PYTHONPATH": str(ROOT)}
    return subprocess.run(
        [sys.executable, "-m", "agent", *arguments],
        cwd=folder, env=known | dict(environment), timeout=200, check=False,
        **{"stdout": subprocess.PIPE, "stderr": subprocess.PIPE} | streams,
    )  # fmt: skip


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_a_full_disk_is_one_line_and_a_problem(folder, command):
    with Path("/dev/full").open("w") as full:
        done = simbank(folder, *command, stdout=full)
    assert (done.returncode, done.stderr) == (1, b"output: No space left on device\n")


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_who_reads_no_further_has_read_enough(folder, command):
    read_end, write_end = os.pipe()
    os.close(read_end)
    try:
        done = simbank(folder, *command, stdout=write_end)
    finally:
        os.close(write_end)
    assert (done.returncode, done.stderr) == (0, b"")


def test_who_reads_no_further_still_gets_the_code_of_what_was_found(folder):
    (folder / "config.yaml").write_text("version: 2\n", encoding="utf-8")
    read_end, write_end = os.pipe()
    os.close(read_end)
    try:
        done = simbank(folder, "check", stdout=write_end)
    finally:
        os.close(write_end)
    assert (done.returncode, done.stderr) == (78, b"")


def test_a_command_does_its_work_without_stdout(folder):
    program = (
        "import os, sys\nos.close(1)\nos.execv(sys.executable, [sys.executable, '-m', 'agent', 'schema'])\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=folder, capture_output=True, timeout=200, check=False,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
    )  # fmt: skip
    assert (done.returncode, done.stderr) == (0, b"")


ASCII = {"PYTHONIOENCODING": "ascii"}


def test_data_is_utf_8_whatever_the_terminal_speaks(folder):
    done = simbank(folder, "schema", environment=ASCII)
    assert done.returncode == 0
    assert "…" in done.stdout.decode("utf-8")
    assert json.loads(done.stdout)


def test_a_letter_that_the_terminal_does_not_have_ends_no_command(folder):
    (folder / "config.yaml").write_text(
        "ports: [{path: /dev/none, name: ü}]\nstore: ü.db\n", encoding="utf-8"
    )
    done = simbank(folder, "check", environment=ASCII)
    assert b"?.db" in done.stdout
    assert b"Traceback" not in done.stderr


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
    allow_interrupt()
    assert signal.getsignal(signal.SIGINT) is signal.SIG_IGN


HALF_MADE = """
import asyncio, os, signal
from agent.app import event_loop
from agent.cli.process import run

def half_made(made=event_loop.new_event_loop):
    os.kill(os.getpid(), signal.SIGINT)
    return made()

event_loop.new_event_loop = half_made
signal.signal(signal.SIGINT, signal.SIG_DFL)
run(asyncio.sleep(9))
"""


def test_an_event_loop_that_is_not_made_yet_ends_with_the_process():
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", HALF_MADE], capture_output=True, timeout=200, check=False,
        env=os.environ | {"PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
    )  # fmt: skip
    assert (done.returncode, done.stderr) == (-signal.SIGINT, b"")
