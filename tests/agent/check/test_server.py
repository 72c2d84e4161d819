"""A test report, to a real server."""

import json

import pytest

from agent.check import server
from agent.check.finding import Level
from agent.config import Onlinesim
from agent.onlinesim.client import OnlinesimClient, open_session
from agent.onlinesim.messages import NumberEntry
from agent.onlinesim.outcome import Accepted
from agent.sandbox.server import Fault, Sandbox

KEY = "a-very-secret-key"
ENTRY = NumberEntry(number="+46701740605", country_id=46, operator=24012, port_id="Port1", rent=0)


class Trip:
    """A sandbox that holds us to a key, and a client for it."""

    def __init__(self, sandbox, url, session):
        self.sandbox = sandbox
        self.onlinesim = Onlinesim.model_construct(server=url)
        self._url, self._session = url, session

    async def ask(self, *, key=KEY, test2=False):
        """Examine, with this key."""
        client = OnlinesimClient(self._session, self._url, key)
        return await server.check_server(self.onlinesim, client.send, [ENTRY], test2=test2)


@pytest.fixture
async def trip():
    sandbox = Sandbox(key=KEY)
    async with sandbox.serving() as url, open_session() as session:
        yield Trip(sandbox, url, session)


async def test_the_right_key_and_list_are_good_and_nothing_is_saved(trip):
    where, answer = await trip.ask()
    assert (where.level, where.text) == (Level.OK, f"reports go to {trip.onlinesim.server}")
    assert (answer.level, answer.text) == (
        Level.OK,
        "test1: key and list are accepted (1 number), nothing was saved",
    )
    assert trip.sandbox.accepted == []


async def test_test2_compares_the_echo(trip):
    answers = await trip.ask(test2=True)
    assert answers[-1].text == "test2: the server understood exactly what was sent"
    assert trip.sandbox.accepted == []


async def test_a_number_without_an_id_is_named_where_others_have_one(trip):
    trip.sandbox.faults.append(Fault.raw(b'{"response": 1, "ids": {"46701740606": 5, "46701740605": null}}'))
    answer = (await trip.ask())[-1]
    assert answer.level is Level.WARNING
    assert answer.text.startswith("Onlinesim did not take +46701740605")
    assert "partner support" in answer.fix


async def test_an_echo_that_differs_is_a_problem(trip):
    altered = {"numbers": [{**json.loads(ENTRY.json), "number": "46701740605"}], "test": "test2"}
    good = json.dumps({"response": 1}).encode()
    trip.sandbox.faults.extend([Fault.raw(good), Fault.raw(json.dumps(altered).encode())])
    answer = (await trip.ask(test2=True))[-1]
    assert answer.level is Level.PROBLEM
    assert "46701740605" in answer.text


async def test_a_wrong_key_is_reported_without_the_key_and_test2_is_not_tried(trip):
    answers = await trip.ask(key="another-secret-key", test2=True)
    assert answers[-1].level is Level.PROBLEM
    assert "ERROR_WRONG_KEY" in answers[-1].text
    assert "copy the key" in answers[-1].fix
    assert len(trip.sandbox.seen) == 1
    assert "another-secret-key" not in repr(answers)


@pytest.mark.parametrize(
    ("fault", "fix"),
    [
        (Fault.error(403, "ACCOUNT_BLOCKED"), "wait 30 minutes"),
        (Fault.error(403, "API_ACCESS_DISABLED"), "ask partner support to switch"),
        (Fault.error(403, "API_ACCESS_IP"), "give partner support the public address"),
        (Fault.error(405, "REQUEST_NOT_FOUND"), "compare onlinesim.server"),
        (Fault.error(400, "NUMBER_FORMAT_ERROR"), "the agent looks for the number"),
        (Fault.error(400, "ERROR_DATE"), "the agent looks for the number whose date_start"),
        (Fault.error(200, "TRY_AGAIN_LATER"), "try again in a minute"),
        (Fault.error(400, "numbers.0.rent"), "see `simbank-agent payload`"),
        (Fault.error(200, "too many numbers"), "the server's text"),
        (Fault.error(502), "try again later"),
        (Fault.error(429, retry_after="9"), "try again in a minute"),
        (Fault.raw(b"<html>Welcome to the hotel</html>"), "check that onlinesim.server is Onlinesim's"),
        (Fault.redirect("https://elsewhere.example/"), "set onlinesim.server"),
    ],
)
async def test_each_answer_has_its_fix(trip, fault, fix):
    trip.sandbox.standing_fault = fault
    answer = (await trip.ask())[-1]
    assert answer.level is Level.PROBLEM
    assert answer.fix.startswith(fix)


async def test_no_way_there_is_a_problem(trip):
    await trip.sandbox.close()
    answer = (await trip.ask())[-1]
    assert answer.level is Level.PROBLEM
    assert "no connection" in answer.text
    assert "firewall" in answer.fix


async def test_the_sandbox_is_reported_as_a_place_where_nothing_is_sold():
    async def post(message):
        return server.Checked(message.test)

    first, _ = await server.check_server(Onlinesim(), post, [], test2=False)
    assert first.level is Level.WARNING
    assert "nothing is sold" in first.text


async def test_a_server_that_takes_tests_for_reports_is_a_problem():
    async def post(_message):
        return Accepted()

    answer = (await server.check_server(Onlinesim(), post, [], test2=False))[-1]
    assert answer.level is Level.PROBLEM


@pytest.mark.parametrize(
    ("ahead", "level", "text"),
    [
        (0.0, Level.OK, "agrees with Onlinesim's"),
        (-59.0, Level.OK, "agrees with Onlinesim's"),
        (3600.0, Level.WARNING, "is 1 hour ahead of Onlinesim's"),
        (-10 * 86_400.0, Level.PROBLEM, "is 10 days behind Onlinesim's"),
    ],
)
def test_the_clock_is_held_against_the_servers(ahead, level, text):
    (finding,) = server.check_server_date(ahead)
    assert (finding.what, finding.level, finding.text) == ("clock", level, text)


def test_a_server_that_told_no_date_says_nothing_of_the_clock():
    assert list(server.check_server_date(None)) == []


@pytest.mark.parametrize(("process", "named"), [(312, "(process 312) "), (0, "")])
def test_another_agent_with_the_account_is_a_problem(process, named):
    (finding,) = server.check_rival(process)
    assert finding.level is Level.PROBLEM
    assert f"another agent of this machine {named}reports to this account" in finding.text
    assert list(server.check_rival(None)) == []
