"""The check over the whole run can fail, and knows who sent what."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from only_asks import FOREIGN, Breach, check_log

TESTS = Path(__file__).parent
ROOT = TESTS.parent


def log(*entries):
    return [json.dumps({"t": 1.0, "module": "Port1", "port": "/dev/pts/7"} | entry) for entry in entries]


def test_what_the_agent_may_send_is_counted():
    tally = check_log(log({"in": "ATE0V1Q0\r"}, {"out": "\r\nOK\r\n"}, {"in": "AT+CPIN?;+CIMI\r\x1b"}))

    assert tally.breaches == []
    assert tally.sent == {"ATE0V1Q0\r": 1, "AT+CPIN?;+CIMI\r": 1, "\x1b": 1}


@pytest.mark.parametrize(
    "text",
    ["AT+CMGD=1\r", "ATD112;\r", "AT+CFUN=1,1\r", "AT\n", "\r", "hello\x1a", "AT+CP\x1b", "AT+CPI", "\xff\r", "\x1a"],
)  # fmt: skip
def test_anything_else_is_a_breach_of_the_promise(text):
    tally = check_log(log({"in": "AT\r", "note": "test_a"}, {"in": text, "note": "test_a"}))

    assert tally.breaches == [Breach("test_a", "Port1", text)]


def test_the_bytes_of_each_port_are_joined_and_of_no_other():
    split = log({"in": "AT+C"}, {"in": "MGD=1\r"})
    harmless = log({"in": "AT"}, {"in": "ATD", "port": "/dev/pts/8"}, {"in": "\r"})

    assert [breach.text for breach in check_log(split).breaches] == ["AT+CMGD=1\r"]
    assert [breach.text for breach in check_log(harmless).breaches] == ["ATD"]


def test_what_other_programs_send_is_not_checked():
    tally = check_log(log({"in": "AT+CMGD=1\r", "note": FOREIGN + "test_b"}))

    assert (tally.breaches, tally.foreign) == ([], 1)


def test_beside_a_client_the_agents_texts_are_still_checked():
    client = {"client": "AT+CMGS=20\r", "note": "test_c"}, {"client": "0011\x1a", "note": "test_c"}
    wire = [
        {"in": text, "note": "test_c"} for text in ("AT+CPIN?\r", "AT+CMGS=20\r", "0011\x1a", "AT+CMGS=20\r")
    ]

    tally = check_log([*map(json.dumps, client), *log(*wire)])

    assert tally.clients == 2
    assert tally.breaches == [Breach("test_c", "Port1", "AT+CMGS=20\r")], "sent twice, by the client once"


RUN = """
import asyncio, json, os, subprocess, sys
import pytest
from drivers.simulator import SimulatedModule

async def send(path, text):
    port = os.open(path, os.O_RDWR | os.O_NOCTTY)
    os.write(port, text)
    answered = asyncio.Event()
    asyncio.get_running_loop().add_reader(port, answered.set)
    await answered.wait()
    asyncio.get_running_loop().remove_reader(port)
    os.close(port)

async def test_in_this_process():
    async with SimulatedModule("SIM800", name="Port7") as module:
        await send(module.path, {here})

async def test_in_another_process():
    command = [sys.executable, "-m", "drivers.simulator", "--modules=1", "--slots=1", "--mix=SIM800"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as bank:
        await send(json.loads(bank.stdout.readline())["ports"][0]["path"], {there})
        bank.stdin.close()
        bank.stdout.read()

@pytest.mark.foreign_client
async def test_another_program():
    async with SimulatedModule("SIM800") as module:
        await send(module.path, b"AT+CMGL=4\\r")
"""


def run_pytest(folder, *arguments, here, there):
    (folder / "conftest.py").write_text('pytest_plugins = ["only_asks"]\n')
    (folder / "pytest.ini").write_text("[pytest]\nasyncio_mode = auto\n")
    (folder / "test_run.py").write_text(RUN.format(here=here, there=there))
    return subprocess.run(
        [sys.executable, "-m", "pytest", *arguments, str(folder)],
        cwd=folder,
        env={"PATH": "/usr/bin:/bin", "PYTHONPATH": f"{TESTS}:{ROOT}", "TMPDIR": str(folder)},
        capture_output=True,
        text=True,
        timeout=200,
        check=False,
    )


@pytest.mark.parametrize("workers", [[], ["-n2"]], ids=["alone", "xdist"])
def test_a_run_in_which_the_agent_sent_more_fails_and_names_it(tmp_path, workers):
    run = run_pytest(tmp_path, *workers, here=b"AT+CMGD=1\r", there=b"AT\rATD112;\r")

    assert run.returncode == pytest.ExitCode.TESTS_FAILED, run.stdout + run.stderr
    assert "3 passed" in run.stdout, "no test noticed: the check over the run did"
    assert "'AT+CMGD=1\\r' to Port7, 1 times, in test_run.py::test_in_this_process" in run.stdout
    assert "'ATD112;\\r' to Port1, 1 times, in test_run.py::test_in_another_process" in run.stdout
    assert "CMGL" not in run.stdout


def test_a_run_in_which_it_only_asked_passes(tmp_path):
    run = run_pytest(tmp_path, here=b"AT\r", there=b"AT+CPIN?\r")

    assert run.returncode == pytest.ExitCode.OK, run.stdout + run.stderr
    assert "2 commands (2 distinct) were checked against the allow-list" in run.stdout
    assert "0 of clients and 1 of other programs were not" in run.stdout
    assert not list(tmp_path.glob("simbank-wire-*"))


async def test_a_clients_text_is_noted_in_the_log_of_this_run(client_sends, tmp_path, monkeypatch):
    monkeypatch.setenv("SIMBANK_WIRE_LOG", str(tmp_path / "log"))

    client_sends("AT+CMGL=4\r")

    (entry,) = map(json.loads, (tmp_path / "log").read_text().splitlines())
    assert entry["client"] == "AT+CMGL=4\r"
    assert "test_a_clients_text" in entry["note"]
