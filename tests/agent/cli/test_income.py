"""`income` and `check --account`, as a person would use them, against the real sandbox over HTTP."""

from __future__ import annotations

import asyncio
import csv
import json
import threading

import pytest
from forked_agent import simbank

from agent.onlinesim.client import OnlinesimClient, open_session
from agent.onlinesim.messages import NumberEntry, SendNumbersOnline
from agent.sandbox.server import Fault, Sandbox
from tests.agent.cli.test_app import Running, free_port

pytestmark = pytest.mark.slow

KEY = "a-secret-key"
NUMBERS = ("+46700000017", "+46700000018")
FILE = """
version: 1
onlinesim: {{server: "{url}", api_key_file: key}}
bank: {{modules: 2}}
ports: [{{path: /dev/no-such-port}}]
status: {{listen: "127.0.0.1:{port}"}}
log: {{personal: full}}
"""


class Onlinesim:
    """The sandbox in a thread, with two numbers in its list."""

    def __init__(self):
        self.sandbox = Sandbox(modules=2, key=KEY)
        self.loop = asyncio.new_event_loop()
        self.thread = threading.Thread(target=self.loop.run_forever, daemon=True)

    def __enter__(self):
        self.thread.start()
        self.url = self.run(self.sandbox.serve())
        self.run(self.place())
        return self

    async def place(self):
        """Report both numbers."""
        entries = [NumberEntry(number=number, country_id=46, port_id=number, rent=0) for number in NUMBERS]
        async with open_session() as session:
            client = OnlinesimClient(session, self.url, KEY)
            await client.send(SendNumbersOnline(numbers=tuple(entries)))
        self.sandbox.market.records[NUMBERS[1]].sum = 75.76

    def run(self, work):
        """Run it in the thread's loop."""
        return asyncio.run_coroutine_threadsafe(work, self.loop).result(20)

    def __exit__(self, *_):
        self.run(self.sandbox.close())
        self.loop.call_soon_threadsafe(self.loop.stop)
        self.thread.join()
        self.loop.close()


@pytest.fixture
def onlinesim():
    with Onlinesim() as server:
        yield server


@pytest.fixture
def folder(tmp_path, onlinesim):
    (tmp_path / "config.yaml").write_text(FILE.format(url=onlinesim.url, port=free_port()))
    (tmp_path / "key").write_text(KEY)
    return tmp_path


def test_income_lists_each_number_with_the_sum(folder):
    done = simbank(folder, "income")

    assert done.returncode == 0, done.stderr
    lines = [line.split() for line in done.stdout.splitlines()]
    assert lines[1:3] == [["+46700000018", "–", "75.76"], ["+46700000017", "–", "0.00"]]
    assert done.stdout.endswith("2 numbers online, 75.76 roubles\n")
    assert done.stderr == ""


def test_income_as_csv_and_json(folder):
    rows = list(csv.DictReader(simbank(folder, "income", "--csv").stdout.splitlines()))
    found = json.loads(simbank(folder, "income", "--json").stdout)

    assert rows[0] == {"number": "+46700000018", "country_id": "46", "income": "75.76", "module": ""}
    assert found["total"] == 75.76
    assert found["numbers"][0] == {
        "number": "+46700000018",
        "country_id": 46,
        "income": 75.76,
        "module": None,
    }


@pytest.mark.parametrize(
    ("fault", "code", "words"),
    [
        (
            Fault.error(403, "API_ACCESS_DISABLED"),
            1,
            "refused with 403: API_ACCESS_DISABLED; ask partner support",
        ),
        (Fault.error(503), 75, "the server answered 503"),
        (Fault.raw(b'{"response": 1, "list": 7}'), 1, "list is not a list"),
    ],
)
def test_income_ends_with_one_line_and_an_exit_code(folder, onlinesim, fault, code, words):
    onlinesim.sandbox.standing_fault = fault
    done = simbank(folder, "income")

    assert (done.returncode, done.stdout) == (code, "")
    assert words in done.stderr
    assert len(done.stderr.splitlines()) == 1
    assert KEY not in done.stderr


def test_income_refuses_two_forms_and_names_a_missing_key(folder):
    assert simbank(folder, "income", "--csv", "--json").returncode == 2
    (folder / "key").unlink()
    done = simbank(folder, "income")
    assert done.returncode == 78
    assert "API key" in done.stderr


def test_income_of_the_shipped_sandbox_says_that_nothing_is_sold(tmp_path):
    (tmp_path / "config.yaml").write_text("version: 1\nports: [{path: simulated}]\n")
    done = simbank(tmp_path, "income", "--json")

    assert json.loads(done.stdout) == {"total": 0.0, "numbers": []}
    assert "nothing is sold" in done.stderr


def test_check_account_asks_the_sandbox_about_each_live_number(tmp_path):
    text = (
        "version: 1\nbank: {modules: 2, settle: 0s}\nports: [{path: simulated}]\n"
        f'status: {{listen: "127.0.0.1:{free_port()}"}}\n'
    )
    (tmp_path / "config.yaml").write_text(text)
    done = simbank(tmp_path, "check", "--account")

    assert done.returncode == 0, done.stdout
    assert "account: 2 numbers queued" in done.stdout
    assert "2 numbers earned 0.00 roubles so far" in done.stdout
    with Running(tmp_path) as agent:
        agent.wait_for("accepted")
        beside = simbank(tmp_path, "check", "--account", "--json")
    assert "2 numbers queued" in {one["text"] for one in json.loads(beside.stdout)["findings"]}
