from __future__ import annotations

import ast
import json
import subprocess
import sys
import urllib.error
import urllib.request
from pathlib import Path

import aiohttp
import pytest
import yarl

import agent.sandbox.api_request
import agent.sandbox.api_rules
import agent.sandbox.entry_rules
import agent.sandbox.number_record
import agent.sandbox.server
from agent.sandbox.server import Fault, Sandbox

ENTRY = {"number": "+46701", "country_id": 46, "rent": 0, "port_id": "Port1"}


@pytest.fixture
async def session():
    async with aiohttp.ClientSession() as session:
        yield session


async def post(session, url, body, method="sendNumbersOnline", **more):
    async with session.post(
        f"{url}/api/resellers/{method}", json=body, allow_redirects=False, **more
    ) as response:
        return response.status, await response.text()


async def test_it_speaks_http(session):
    async with Sandbox(modules=1).serving() as url:
        status, text = await post(session, url, {"numbers": [ENTRY]})
        assert (status, json.loads(text)) == (200, {"response": 1, "ids": {"+46701": 1001}})
        status, text = await post(session, url, {"numbers": [{}]})
        assert (status, json.loads(text)) == (400, {"response": "numbers[0].number is missing"})
        assert (await post(session, url, {}, method="nothing"))[0] == 405


async def test_values_in_the_query_are_read_and_the_verb_counts(session):
    sandbox = Sandbox()
    async with sandbox.serving() as url:
        await post(session, url, {"numbers": [ENTRY]})
        target = yarl.URL(f"{url}/api/resellers/removeNumber?number=%2B46701", encoded=True)
        async with session.post(target) as response:
            assert (response.status, await response.json()) == (405, {"response": "REQUEST_NOT_FOUND"})
        async with session.delete(target) as response:
            assert (response.status, await response.json()) == (200, {"response": 1})
    assert sandbox.state().numbers == ()
    assert [seen.method for seen in sandbox.seen] == ["sendNumbersOnline", "", "removeNumber"]


async def test_the_words_of_a_400_are_bare_and_text_html(session):
    async with (
        Sandbox().serving() as url,
        session.post(
            f"{url}/api/resellers/sendNumbersOnline", json={"numbers": [{**ENTRY, "number": "1"}]}
        ) as response,
    ):
        assert (response.status, response.content_type) == (400, "text/html")
        assert await response.text() == "NUMBER_FORMAT_ERROR"


async def test_another_content_type_is_turned_down(session):
    async with (
        Sandbox().serving() as url,
        session.post(
            f"{url}/api/resellers/addNumber", data=b"{}", headers={"Content-Type": "text/plain"}
        ) as response,
    ):
        assert response.status == 400


async def test_a_request_without_user_agent_is_turned_down(session):
    async with Sandbox().serving() as url:
        status, text = await post(session, url, {}, method="addNumber", headers={"User-Agent": ""})
    assert (status, json.loads(text)) == (400, {"response": "User-Agent is missing"})


async def test_faults_come_in_order_and_then_the_standing_one(session):
    sandbox = Sandbox()
    sandbox.faults.extend([Fault.error(500, "first"), Fault.error(429, retry_after="9")])
    async with sandbox.serving() as url:
        assert await post(session, url, {"numbers": []}) == (500, '{"response": "first"}')
        assert (await post(session, url, {"numbers": []}))[0] == 429
        assert (await post(session, url, {"numbers": []}))[0] == 200
        sandbox.standing_fault = Fault.redirect("https://elsewhere.example/")
        assert [(await post(session, url, {"numbers": []}))[0] for _ in range(2)] == [307, 307]
    assert len(sandbox.accepted) == 1
    assert len(sandbox.seen) == 5


async def test_a_lost_answer_counts_and_a_cut_off_request_does_not(session):
    sandbox = Sandbox()
    async with sandbox.serving() as url:
        sandbox.faults.append(Fault.cut_off())
        with pytest.raises(aiohttp.ClientError):
            await post(session, url, {"numbers": []})
        assert sandbox.accepted == []
        sandbox.faults.append(Fault.lost_answer())
        with pytest.raises(aiohttp.ClientError):
            await post(session, url, {"numbers": [ENTRY]})
        assert sandbox.state().numbers == ("+46701",)


async def test_a_slow_answer_is_the_right_one(session):
    sandbox = Sandbox()
    sandbox.faults.append(Fault.slow(0.01))
    async with sandbox.serving() as url:
        assert (await post(session, url, {"numbers": [ENTRY]}))[0] == 200
    assert len(sandbox.accepted) == 1


async def test_a_port_that_is_taken_is_an_error():
    async with Sandbox().serving() as url:
        with pytest.raises(OSError, match="in use"):
            await Sandbox().serve(port=int(url.rpartition(":")[2]))


def test_by_itself_it_prints_its_url_refuses_what_it_is_told_to_and_ends_with_its_input():
    with subprocess.Popen(
        [sys.executable, "-m", "agent.sandbox.server", "--modules", "1", "--refuse", "+46701"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    ) as process:
        ready = json.loads(process.stdout.readline())
        assert ready["event"] == "ready"
        assert ready["url"].startswith("http://127.0.0.1:")
        body = json.dumps({"numbers": [ENTRY]}).encode()
        with pytest.raises(urllib.error.HTTPError, match="400") as refused:
            urllib.request.urlopen(
                urllib.request.Request(
                    f"{ready['url']}/api/resellers/sendNumbersOnline",
                    data=body,
                    headers={"Content-Type": "application/json"},
                )
            )
        assert refused.value.read() == b"NUMBER_FORMAT_ERROR"
        process.stdin.close()
        assert process.wait(timeout=200) == 0


ALONE = [
    agent.sandbox.server,
    agent.sandbox.api_rules,
    agent.sandbox.api_request,
    agent.sandbox.entry_rules,
    agent.sandbox.number_record,
]


@pytest.mark.parametrize("module", ALONE)
def test_it_shares_no_code_with_what_it_stands_in_for(module):
    tree = ast.parse(Path(module.__file__).read_text(encoding="utf-8"))
    imported = {node.module or "" for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)} | {
        name.name for node in ast.walk(tree) if isinstance(node, ast.Import) for name in node.names
    }
    ours = {name for name in imported if name.split(".")[0] in {"agent", "drivers"}}
    assert {name.rpartition(".")[0] for name in ours} <= {"agent.sandbox"}
    assert ours <= {one.__name__ for one in ALONE}
