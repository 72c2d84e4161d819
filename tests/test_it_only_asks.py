"""That the check over the whole run can fail, and tells apart who said what."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from only_asks import FOREIGN, Breach, judge

TESTS = Path(__file__).parent
ROOT = TESTS.parent


def log(*entries):
    return [json.dumps({"t": 1.0, "module": "Port1", "port": "/dev/pts/7"} | entry) for entry in entries]


def test_what_the_agent_may_say_is_counted():
    verdict = judge(log({"in": "ATE0V1Q0\r"}, {"out": "\r\nOK\r\n"}, {"in": "AT+CPIN?;+CIMI\r\x1b"}))

    assert verdict.breaches == []
    assert verdict.asked == {"ATE0V1Q0\r": 1, "AT+CPIN?;+CIMI\r": 1, "\x1b": 1}


@pytest.mark.parametrize(
    "text",
    ["AT+CMGD=1\r", "ATD112;\r", "AT+CFUN=1,1\r", "AT\n", "\r", "hello\x1a", "AT+CP\x1b", "AT+CPI", "\xff\r", "\x1a"],
)  # fmt: skip
def test_anything_else_is_a_breach_of_the_promise(text):
    verdict = judge(log({"in": "AT\r", "note": "test_a"}, {"in": text, "note": "test_a"}))

    assert verdict.breaches == [Breach("test_a", "Port1", text)]


def test_bytes_count_as_they_were_joined_on_their_wire_and_on_no_other():
    split = log({"in": "AT+C"}, {"in": "MGD=1\r"})
    harmless = log({"in": "AT"}, {"in": "ATD", "port": "/dev/pts/8"}, {"in": "\r"})

    assert [breach.text for breach in judge(split).breaches] == ["AT+CMGD=1\r"]
    assert [breach.text for breach in judge(harmless).breaches] == ["ATD"]


def test_what_other_programs_say_is_their_own_affair():
    verdict = judge(log({"in": "AT+CMGD=1\r", "note": FOREIGN + "test_b"}))

    assert (verdict.breaches, verdict.foreign) == ([], 1)


def test_beside_a_client_the_agent_is_held_to_its_list():
    client = {"client": "AT+CMGS=20\r", "note": "test_c"}, {"client": "0011\x1a", "note": "test_c"}
    wire = [
        {"in": text, "note": "test_c"} for text in ("AT+CPIN?\r", "AT+CMGS=20\r", "0011\x1a", "AT+CMGS=20\r")
    ]

    verdict = judge([*map(json.dumps, client), *log(*wire)])

    assert verdict.clients == 2
    assert verdict.breaches == [Breach("test_c", "Port1", "AT+CMGS=20\r")], "said twice, by the client once"


RUN = """
import asyncio, json, os, subprocess, sys
import pytest
from drivers.simulator import SimulatedModule

async def say(path, text):
    port = os.open(path, os.O_RDWR | os.O_NOCTTY)
    os.write(port, text)
    answered = asyncio.Event()
    asyncio.get_running_loop().add_reader(port, answered.set)
    await answered.wait()
    asyncio.get_running_loop().remove_reader(port)
    os.close(port)

async def test_in_this_process():
    async with SimulatedModule("SIM800", name="Port7") as module:
        await say(module.path, {here})

async def test_in_another_process():
    command = [sys.executable, "-m", "drivers.simulator", "--modules=1", "--slots=1", "--mix=SIM800"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as bank:
        await say(json.loads(bank.stdout.readline())["ports"][0]["path"], {there})
        bank.stdin.close()
        bank.stdout.read()

@pytest.mark.foreign_client
async def test_another_program():
    async with SimulatedModule("SIM800") as module:
        await say(module.path, b"AT+CMGL=4\\r")
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
        timeout=50,
        check=False,
    )


@pytest.mark.parametrize("workers", [[], ["-n2"]], ids=["alone", "xdist"])
def test_a_run_in_which_the_agent_said_more_fails_and_names_it(tmp_path, workers):
    run = run_pytest(tmp_path, *workers, here=b"AT+CMGD=1\r", there=b"AT\rATD112;\r")

    assert run.returncode == pytest.ExitCode.TESTS_FAILED, run.stdout + run.stderr
    assert "3 passed" in run.stdout, "no test noticed: the check over the run did"
    assert "'AT+CMGD=1\\r' to Port7, 1 times, in test_run.py::test_in_this_process" in run.stdout
    assert "'ATD112;\\r' to Port1, 1 times, in test_run.py::test_in_another_process" in run.stdout
    assert "CMGL" not in run.stdout


def test_a_run_in_which_it_only_asked_passes(tmp_path):
    run = run_pytest(tmp_path, here=b"AT\r", there=b"AT+CPIN?\r")

    assert run.returncode == pytest.ExitCode.OK, run.stdout + run.stderr
    told = "2 commands in 2 wordings were held against the allow-list (0 of clients and 1 of other programs were not)"
    assert told in run.stdout
    assert not list(tmp_path.glob("simbank-wire-*"))


async def test_a_clients_text_is_put_down_in_the_log_of_this_very_run(client_said, tmp_path, monkeypatch):
    monkeypatch.setenv("SIMBANK_WIRE_LOG", str(tmp_path / "log"))

    client_said("AT+CMGL=4\r")

    (entry,) = map(json.loads, (tmp_path / "log").read_text().splitlines())
    assert entry["client"] == "AT+CMGL=4\r"
    assert "test_a_clients_text" in entry["note"]
