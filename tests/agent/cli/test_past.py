"""`history`, `uptime` and `reports`, as a person would use them: beside a running agent, and without one."""

from __future__ import annotations

import csv
import io
import json
import time
from contextlib import closing

import pytest
from forked_agent import simbank

from agent.store.past import OF_MODULE, OF_SIM, Happened, SentReport
from agent.store.store import Store
from tests.agent.cli.test_app import Running, free_port

CARD, NUMBER = "8946120000005000016", "+46701740000"
FILE = """
bank: {{modules: 2, settle: 0s, poll: 1s, lease: 10s}}
ports: [{{path: {path}}}]
status: {{listen: "127.0.0.1:{port}"}}
store: s.db
"""


@pytest.fixture
def stopped(tmp_path):
    """A folder with the store of an agent that ran for an hour, a day ago."""
    (tmp_path / "config.yaml").write_text(FILE.format(path="/dev/no-such-port", port=free_port()))
    now = [float(int(time.time()) - 86_400)]
    with closing(Store(tmp_path / "s.db", wall=lambda: now[0])) as store:
        store.past.note_alive()
        store.past.note([Happened(OF_MODULE | OF_SIM, "Port1", CARD, NUMBER, "live", hub="1-1.1")])
        store.past.note_report(
            SentReport(
                at=now[0], method="sendNumbersOnline", outcome="refused", status=403, numbers=1, took_s=0.5,
                message="ACCOUNT_BLOCKED", came=[NUMBER], went=[],
            )
        )  # fmt: skip
        for _ in range(3600):
            now[0] += 1
            store.past.note_alive()
        store.past.note([Happened(OF_MODULE | OF_SIM, "Port1", CARD, NUMBER, "searching", hub="1-1.1")])
    return tmp_path


@pytest.mark.slow
def test_without_an_agent_the_store_answers_and_stays_as_it_is(stopped):
    before = {path.name: path.read_bytes() for path in stopped.iterdir()}
    told = simbank(stopped, "history", NUMBER)
    assert told.returncode == 0, told.stderr
    assert [line.split()[2:5] for line in told.stdout.splitlines()[1:]] == [
        ["Port1", NUMBER, CARD],
        ["Port1", NUMBER, CARD],
    ]
    assert "searching for a network" in told.stdout
    table = simbank(stopped, "uptime", "--by", "sim").stdout
    assert "live 4.2% of the time" in table
    assert "the agent did not run 23 h" in table
    (row,) = csv.DictReader(io.StringIO(simbank(stopped, "uptime", "--csv").stdout))
    assert (row["name"], row["number"], row["live_s"], row["losses"]) == ("Port1", NUMBER, "3600", "0")
    reports = json.loads(simbank(stopped, "reports", "--since", "2d", "--json").stdout)
    assert [one["message"] for one in reports["reports"]] == ["ACCOUNT_BLOCKED"]
    assert "ACCOUNT_BLOCKED" in simbank(stopped, "reports", "--since", "2d").stdout
    at = simbank(stopped, "history", "--at", str(int(time.time()) - 86_400 + 1800), "--csv")
    assert f",Port1,{NUMBER},{CARD},live,live," in at.stdout
    assert {path.name: path.read_bytes() for path in stopped.iterdir()} == before


@pytest.mark.slow
@pytest.mark.parametrize(
    ("arguments", "code", "hint"),
    [
        (("history", "+4670"), 1, "nothing is known of +4670"),
        (("history", "--since", "yesterday"), 2, "write 30d"),
        (("history", "--at", "1h", "--since", "2h"), 2, "--at"),
        (("reports", "--json", "--csv"), 2, "not both"),
        (("reports", "--since", "1s"), 0, "nothing was recorded"),
    ],
)
def test_what_cannot_be_answered_is_said(stopped, arguments, code, hint):
    told = simbank(stopped, *arguments)
    assert told.returncode == code, told.stderr
    assert hint in told.stderr


@pytest.mark.slow
def test_a_running_agent_answers_with_what_has_just_happened(tmp_path):
    (tmp_path / "config.yaml").write_text(FILE.format(path="simulated", port=free_port()))
    with Running(tmp_path) as agent:
        agent.wait_for("report of 2 numbers: accepted")
        changes = json.loads(simbank(tmp_path, "history", "--json").stdout)["changes"]
        assert {one["module"] for one in changes if one["reason"] == "live"} == {"Port1", "Port2"}
        uptime = json.loads(simbank(tmp_path, "uptime", "--json").stdout)["modules"]
        assert all("stopped" not in one["reasons"] for one in uptime)
        (report,) = json.loads(simbank(tmp_path, "reports", "--json").stdout)["reports"]
        assert sorted(report["came"]) == sorted(one["number"] for one in uptime)
