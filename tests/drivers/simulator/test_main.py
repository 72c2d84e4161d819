import json
import os
import re
import signal
import subprocess
import sys
from pathlib import Path

import pytest

PATIENCE = 15
ROOT = Path(__file__).parents[3]


class Simulator:
    """The simulator as its users start it."""

    def __init__(self, *arguments, **options):
        self.process = subprocess.Popen(
            [sys.executable, "-m", "drivers.simulator", "--modules", "4", "--slots", "16", *arguments],
            stdin=options.pop("stdin", subprocess.PIPE),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            cwd=ROOT,
            text=True,
            **options,
        )

    def event(self):
        """Read the next event."""
        return json.loads(self.process.stdout.readline())

    def say(self, line):
        """Give a command."""
        self.process.stdin.write(line + "\n")
        self.process.stdin.flush()

    def end(self):
        """Wait for its end; return the exit code and what it complained about."""
        _, errors = self.process.communicate(timeout=PATIENCE)
        return self.process.returncode, errors


@pytest.fixture
def simulator():
    started = []

    def start(*arguments, **options):
        started.append(Simulator(*arguments, **options))
        return started[-1]

    yield start
    for one in started:
        one.process.kill()
        with one.process:
            """Closes its pipes, and waits for it."""


def ask(path, line):
    fd = os.open(path, os.O_RDWR | os.O_NOCTTY)
    try:
        os.write(fd, line.encode() + b"\r")
        got = b""
        while not re.search(rb"\n(OK|ERROR)\r\n$", got):
            got += os.read(fd, 4096)
        return got
    finally:
        os.close(fd)


def test_it_lists_its_ports_runs_commands_and_ends_with_stdin(simulator):
    one = simulator()
    ready = one.event()
    assert (ready["event"], len(ready["ports"])) == ("ready", 4)
    assert ask(ready["ports"][0]["path"], "AT") == b"AT\r\r\nOK\r\n"
    one.say("pull 2 quiet")
    assert one.event() == {"event": "done", "command": "pull 2 quiet"}
    one.say("nonsense")
    assert one.event()["event"] == "error"
    one.say("truth")
    assert one.event()["truth"]["Port2"]["sim_present"] is False
    one.process.stdin.close()
    one.process.stdin = None
    assert one.end() == (0, "")


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGINT])
def test_it_ends_cleanly_when_asked_by_a_signal(simulator, how, tmp_path):
    one = simulator("--keep", "--links", str(tmp_path))
    one.event()
    assert {link.name for link in tmp_path.iterdir()} == {"Port1", "Port2", "Port3", "Port4"}
    one.process.send_signal(how)
    assert one.end() == (0, "")
    assert list(tmp_path.iterdir()) == []


def test_quit_ends_it(simulator):
    one = simulator()
    one.event()
    one.say("quit")
    assert one.end() == (0, "")


def test_keep_goes_on_without_stdin(simulator):
    one = simulator("--keep", stdin=subprocess.DEVNULL)
    path = one.event()["ports"][0]["path"]
    assert b"OK" in ask(path, "AT")
    assert one.process.poll() is None
    one.process.terminate()
    assert one.end() == (0, "")


def test_a_file_of_commands_is_run_to_its_end(simulator, tmp_path):
    script = tmp_path / "commands"
    script.write_text("pull 1\ntruth\n")
    with script.open() as stdin:
        one = simulator(stdin=stdin)
    events = [one.event() for _ in range(3)]
    assert [event["event"] for event in events] == ["ready", "done", "done"]
    assert one.end() == (0, "")


def test_what_the_system_refuses_is_its_last_event(simulator, tmp_path):
    (tmp_path / "file").touch()
    one = simulator("--links", str(tmp_path / "file"))
    assert one.event() == {"event": "failed", "text": f"{tmp_path / 'file'}: File exists"}
    assert one.end() == (1, "")


def test_the_wire_log_of_a_killed_simulator_is_whole(simulator, tmp_path):
    log = tmp_path / "wire.log"
    one = simulator("--wire-log", str(log))
    path = one.event()["ports"][0]["path"]
    ask(path, "AT+CSQ;+CREG?")
    one.process.kill()
    one.process.wait(PATIENCE)
    entries = [json.loads(line) for line in log.read_text().splitlines()]
    assert [entry["in"] for entry in entries if "in" in entry] == ["AT+CSQ;+CREG?\r"]
    assert entries[0]["module"] == "Port1"


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--mix", "Nokia3310"], "no personality 'Nokia3310'"),
        (["--latency", "soon"], "not a duration"),
        (["--latency", "-1s"], "expected one argument"),
        (["--slots", "1"], "a slot for each"),
        (["--tree", "oak"], "invalid choice"),
    ],
)
def test_wrong_arguments_are_named(simulator, arguments, words):
    code, errors = simulator(*arguments).end()
    assert code == 2
    assert words in errors


def test_a_thousand_commands_to_64_modules_cost_little(simulator):
    one = simulator("--modules", "64", "--slots", "512", "--latency", "0")
    paths = [port["path"] for port in one.event()["ports"]]
    descriptors = [os.open(path, os.O_RDWR | os.O_NOCTTY) for path in paths]
    before = processor_seconds(one.process.pid)
    for _ in range(16):
        for descriptor in descriptors:
            os.write(descriptor, b"AT+CFUN?;+CPIN=?;+CSCS?\r" if descriptor % 2 else b"AT+CFUN?\r")
        for descriptor in descriptors:
            got = b""
            while not got.endswith(
                (b"OK\r\n", b"ERROR\r\n", b"SUPPORT\r\n", b":58\r\n", b"100\r\n", b"OK\r")
            ):
                got += os.read(descriptor, 4096)
    spent = processor_seconds(one.process.pid) - before
    for descriptor in descriptors:
        os.close(descriptor)
    assert spent < 1.0  # about 0.05 s on the slowest machine we have; the bound is for busy ones


def processor_seconds(pid):
    fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
