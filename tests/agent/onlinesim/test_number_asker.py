from __future__ import annotations

import asyncio
import logging
from decimal import Decimal

import pytest

from agent.onlinesim.number_answer import NumberAnswer, NumberStatus
from agent.onlinesim.number_asker import NumberAsker, missing_numbers
from agent.onlinesim.number_round import RoundPolicy
from agent.onlinesim.outcome import Failed, FailureKind, Refusal, RefusalKind

A, B = "+46701", "+46702"
WORKING = NumberAnswer(status=NumberStatus.WORKING, income=Decimal(5))
MISSING = NumberAnswer(status=NumberStatus.NOT_ON_ACCOUNT)
REFUSED = Refusal(405, "REQUEST_NOT_FOUND", RefusalKind.NOT_FOUND)
NO_NETWORK = Failed("no connection", FailureKind.NETWORK)
NONSENSE = Failed("the answer is not JSON: <html>", FailureKind.ANSWER)
POLICY = RoundPolicy(every=3600.0)


class Server:
    """Answers as a test wants, and stops the loop when its answers are used up."""

    def __init__(self, *answers):
        self.answers = list(answers)
        self.asked = []
        self.held = None

    async def check_number(self, number):
        """One answer after the other."""
        self.asked.append(number)
        if self.held is not None:
            await self.held.wait()
        answer = self.answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer


class World:
    """An asker whose time passes with its own sleeps."""

    def __init__(self, *answers, policy=POLICY, numbers=(A, B), free=100.0):
        self.now = 0.0
        self.free = free
        self.changes = 0
        self.missing = 0
        self.allowed = True
        self.server = Server(*answers)
        self.asker = NumberAsker(
            self.server, policy, lambda: self.now, lambda: 1.0,
            idle_for=lambda: self.free, may_ask=lambda: self.allowed, on_change=self.note,
            on_missing=self.note_missing, wait=self.sleep,
        )  # fmt: skip
        self.asker.live(numbers)
        self.asker.accepted(numbers)

    def note(self):
        """Somebody sees it."""
        self.changes += 1

    def note_missing(self):
        """A number is not where it should be."""
        self.missing += 1

    async def sleep(self, seconds):
        """Time passes; the test ends when nothing more is expected."""
        self.now += max(seconds, 0.001)
        if not self.server.answers or self.now > 10_000:
            raise asyncio.CancelledError
        await asyncio.sleep(0)

    async def run(self):
        """Until the answers are used up."""
        with pytest.raises(asyncio.CancelledError):
            await self.asker.run()

    def said(self):
        """The status of each number."""
        return {number: one.answer.status for number, one in self.asker.answers.items()}


async def test_what_is_said_of_each_number_is_kept_with_its_time():
    world = World(WORKING, MISSING)
    await world.run()

    assert world.server.asked == [A, B]
    assert world.said() == {A: "working", B: "not_on_account"}
    assert [one.at for one in world.asker.answers.values()] == pytest.approx([60.0, 61.0], abs=0.1)
    assert world.changes == 2


async def test_nothing_is_asked_where_it_is_off():
    world = World(WORKING, policy=RoundPolicy())
    await world.run()

    assert world.server.asked == []


async def test_reports_go_first():
    world = World(WORKING, free=1.9)
    await world.run()

    assert world.server.asked == []


async def test_what_was_said_of_a_number_leaves_with_it():
    world = World(WORKING, WORKING)
    await world.run()
    world.asker.live([B])

    assert world.said() == {B: "working"}


async def test_a_missing_number_is_an_error_in_the_log_once(caplog):
    world = World(MISSING, MISSING, MISSING, MISSING)
    await world.run()

    errors = [record for record in caplog.records if record.levelno == logging.ERROR]
    assert len(errors) == 1
    assert f"{A} was reported, and Onlinesim says that it is not on this account" in errors[0].getMessage()
    assert missing_numbers(world.asker.answers) == [A, B]
    assert 300 < world.now < 400


async def test_the_end_of_the_alarm_is_logged(caplog):
    caplog.set_level(logging.INFO)
    world = World(MISSING, WORKING, WORKING)
    await world.run()

    assert caplog.messages[-1].startswith("no reported number is missing")


async def test_a_refusal_makes_the_number_unknown_and_goes_on(caplog):
    world = World(REFUSED, WORKING)
    await world.run()

    assert world.server.asked == [A, B]
    assert world.asker.answers[A].answer == NumberAnswer(
        status=NumberStatus.UNKNOWN, detail="refused with 405: REQUEST_NOT_FOUND"
    )
    assert "refused with 405" in caplog.text


@pytest.mark.parametrize("trouble", [NONSENSE, ValueError("a fault of ours")])
async def test_an_answer_that_is_no_answer_does_not_stop_the_round(trouble):
    world = World(trouble, WORKING)
    await world.run()

    assert world.said() == {A: "unknown", B: "working"}


async def test_trouble_on_the_way_says_nothing_about_the_number(caplog):
    world = World(NO_NETWORK, NO_NETWORK, WORKING, WORKING)
    await world.run()

    assert world.server.asked == [A, A, A, B]
    assert world.said() == {A: "working", B: "working"}
    assert caplog.text.count("no connection") == 1


async def test_a_report_breaks_the_question_off_and_the_number_is_asked_again():
    world = World(WORKING, WORKING)
    world.server.held = asyncio.Event()
    running = asyncio.create_task(world.run())
    while not world.server.asked:
        await asyncio.sleep(0)
    await asyncio.sleep(0)
    world.asker.make_way()
    world.server.held.set()
    await running

    assert world.server.asked == [A, A, B]


async def test_a_cancelled_loop_cancels_its_question():
    world = World(WORKING, numbers=(A,))
    world.server.held = asyncio.Event()
    running = asyncio.create_task(world.asker.run())
    while not world.server.asked:
        await asyncio.sleep(0)
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)

    assert running.cancelled()
    assert world.server.answers == [WORKING]


async def test_a_number_that_was_not_taken_is_no_alarm():
    world = World(MISSING, WORKING)
    await world.run()
    assert missing_numbers(world.asker.answers) == [A]

    world.asker.not_taken([A])

    assert world.said() == {B: "working"}


async def test_another_account_forgets_what_the_first_one_said_and_the_same_does_not():
    world = World(WORKING, WORKING)
    await world.run()

    world.asker.reconfigure(world.server, POLICY, same_account=True)
    assert world.said() == {A: "working", B: "working"}
    world.asker.reconfigure(world.server, POLICY, same_account=False)
    assert world.said() == {}


async def test_switching_it_off_forgets_everything():
    world = World(WORKING)
    await world.run()
    world.asker.reconfigure(world.server, RoundPolicy(), same_account=True)

    assert world.said() == {}


async def test_the_answer_of_a_server_that_is_no_longer_configured_does_not_count():
    world = World(WORKING, WORKING, numbers=(A,))
    world.server.held = asyncio.Event()
    running = asyncio.create_task(world.run())
    while not world.server.asked:
        await asyncio.sleep(0)
    world.asker.reconfigure(Server(), POLICY, same_account=False)
    world.server.held.set()
    world.server.answers.clear()
    await running

    assert world.said() == {}


async def test_each_number_that_is_not_on_the_account_is_told():
    world = World(WORKING, MISSING, MISSING)
    await world.run()
    assert world.missing == 2


async def test_nothing_is_asked_while_another_process_asks_with_the_account():
    world = World(WORKING)
    world.allowed = False
    await world.run()
    assert world.server.asked == []
