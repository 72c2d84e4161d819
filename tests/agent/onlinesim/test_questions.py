"""What Onlinesim is asked, against the real sandbox server."""

from __future__ import annotations

import contextlib
import json
from decimal import Decimal

import pytest

from agent.onlinesim.client import OnlinesimClient, open_session
from agent.onlinesim.messages import NumberEntry, SendNumbersOnline
from agent.onlinesim.number_answer import NumberAnswer
from agent.onlinesim.outcome import Failed, FailureKind, Refusal
from agent.sandbox.server import Fault, Sandbox

NUMBER = "+46700000017"
KEY = "a-secret-key"


@pytest.fixture
async def world():
    async with contextlib.AsyncExitStack() as stack:
        session = await stack.enter_async_context(open_session())
        sandbox = Sandbox(modules=3, key=KEY)
        client = OnlinesimClient(session, await stack.enter_async_context(sandbox.serving()), KEY)
        entry = NumberEntry(number=NUMBER, country_id=46, port_id="Port1", rent=0)
        await client.send(SendNumbersOnline(numbers=(entry,)))
        yield sandbox, client


@pytest.mark.parametrize(
    ("code", "status"), [(1, "working"), (2, "queued"), (4, "not_on_account"), (6, "spent"), (3, "unknown")]
)
async def test_each_status_of_a_number_arrives(world, code, status):
    sandbox, client = world
    record = sandbox.market.records[NUMBER]
    record.status, record.sum, record.errors = code, 76.25, 3
    record.banned_service = {"telegram": "tg"}

    answer = await client.check_number(NUMBER)

    assert isinstance(answer, NumberAnswer)
    assert (answer.status, answer.income, answer.failed, answer.banned) == (status, Decimal("76.25"), 3, True)
    assert answer.banned_services == ("telegram",)


async def test_a_number_that_the_account_lacks_is_said_so(world):
    answer = await world[1].check_number("+46700000018")

    assert answer.status == "not_on_account"


async def test_income_arrives(world):
    sandbox, client = world
    sandbox.market.records[NUMBER].sum = 75.76

    assert [(one.number, one.income) for one in await client.income()] == [(NUMBER, Decimal("75.76"))]
    assert await client.income(least=100) == []


@pytest.mark.parametrize("ask", [lambda client: client.check_number(NUMBER), lambda client: client.income()])
async def test_refusals_and_trouble_are_those_of_a_report(world, ask):
    sandbox, client = world
    sandbox.faults.extend(
        [
            Fault.error(403, "ACCOUNT_BLOCKED"),
            Fault.error(429, retry_after="9"),
            Fault.raw(b"<html>log in</html>"),
            Fault.raw(b'{"response": "not today"}'),
            Fault.cut_off(),
        ]
    )

    assert str(await ask(client)) == "refused with 403: ACCOUNT_BLOCKED"
    assert (await ask(client)).retry_after == 9.0
    assert (await ask(client)).kind is FailureKind.ANSWER
    assert isinstance(await ask(client), Refusal)
    assert isinstance(await ask(client), Failed)


async def test_an_income_that_does_not_fit_the_description_is_a_failure(world):
    sandbox, client = world
    sandbox.faults.append(Fault.raw(b'{"response": 1, "list": [{"number": "22", "sum": "much"}]}'))

    answer = await client.income()

    assert answer == Failed(
        "the answer does not follow the API's description: list[0].sum is not an amount", FailureKind.ANSWER
    )


async def test_an_answer_about_one_number_has_a_limit_and_that_about_all_has_a_larger_one(world):
    sandbox, client = world
    rows = [{"id": str(n), "number": str(10**9 + n), "sum": "1.00", "country": "46"} for n in range(2000)]
    long = json.dumps({"response": 1, "list": rows}).encode()
    sandbox.faults.extend([Fault.raw(long), Fault.raw(long)])

    assert isinstance(await client.check_number(NUMBER), Failed)
    assert len(await client.income()) == 2000


async def test_the_key_is_in_the_header_and_nowhere_else(world):
    sandbox, client = world
    sandbox.seen.clear()
    await client.check_number(NUMBER)
    await client.income()

    for seen, received in zip(sandbox.seen, list(sandbox.market.received)[-2:], strict=True):
        assert seen.headers["Authorization"] == f"Bearer {KEY}"
        assert KEY not in str(received.request.query) + received.request.path
        assert "Content-Type" not in seen.headers
