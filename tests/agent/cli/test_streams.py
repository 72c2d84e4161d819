"""Standard streams that are closed, full, unread, or speak another encoding: each in a process of its own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
COMMANDS = [["schema"], ["--version"], ["--help"], ["sims", "--help"], ["sims", "--csv"], ["sims"]]


@pytest.fixture
def folder(tmp_path):
    config = "ports: [{path: /dev/none}]\nstatus: {listen: '127.0.0.1:1'}\n"  # where no agent can be
    (tmp_path / "config.yaml").write_text(config, encoding="utf-8")
    return tmp_path


def simbank(folder, *arguments, unbuffered=False, environment=(), **streams):
    known = os.environ | {"PYTHONPATH": str(ROOT), "PYTHONUNBUFFERED": "1" if unbuffered else ""}
    return subprocess.run(
        [sys.executable, "-m", "agent", *arguments],
        cwd=folder, env=known | dict(environment), timeout=50, check=False,
        **{"stdout": subprocess.PIPE, "stderr": subprocess.PIPE} | streams,
    )  # fmt: skip


@pytest.mark.parametrize("unbuffered", [False, True])
@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_a_full_disk_is_one_line_and_a_problem(folder, command, unbuffered):
    with Path("/dev/full").open("w") as full:
        done = simbank(folder, *command, unbuffered=unbuffered, stdout=full)
    assert (done.returncode, done.stderr) == (1, b"stdout: No space left on device\n")


def test_where_nothing_can_be_said_at_all_the_code_still_is(folder):
    with Path("/dev/full").open("w") as full:
        assert simbank(folder, "schema", stdout=full, stderr=full).returncode == 1
        assert simbank(folder, "status", stderr=full).returncode == 1
        assert simbank(folder, "scan", "--config", "none", stderr=full).returncode == 78


@pytest.mark.parametrize("unbuffered", [False, True])
@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_who_reads_no_further_has_read_enough(folder, command, unbuffered):
    read_end, write_end = os.pipe()
    os.close(read_end)
    try:
        done = simbank(folder, *command, unbuffered=unbuffered, stdout=write_end)
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


CLOSED = """
import os, sys
for descriptor in map(int, sys.argv.pop(1).split(",")):
    os.close(descriptor)
os.execv(sys.executable, [sys.executable, *sys.argv[1:]])
"""


def closed(descriptors, folder, *program):
    return subprocess.run(
        [sys.executable, "-c", CLOSED, descriptors, *program],
        cwd=folder, capture_output=True, timeout=50, check=False, env=os.environ | {"PYTHONPATH": str(ROOT)},
    )  # fmt: skip


def test_without_stderr_what_is_said_there_does_not_go_to_stdout(folder):
    done = closed("2", folder, "-m", "agent", "status")
    assert (done.returncode, done.stdout) == (1, b"")


def test_without_stdout_a_command_does_its_work(folder):
    done = closed("1", folder, "-m", "agent", "schema")
    assert (done.returncode, done.stderr) == (0, b"")


def test_no_file_gets_the_descriptor_of_a_closed_stream(folder):
    program = (
        "import os\n"
        "from agent.cli.streams import make_good\n"
        "make_good()\n"
        "descriptor = os.open('store', os.O_RDWR | os.O_CREAT)\n"
        "print('to nobody')\n"
        "os._exit(descriptor)\n"
    )
    assert closed("0,1,2", folder, "-c", program).returncode > 2
    assert closed("1", folder, "-c", program).returncode > 2
    assert (folder / "store").read_bytes() == b""


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
