from __future__ import annotations

import asyncio
import contextlib
import json
import time

import pytest

from agent.onlinesim.client import OnlinesimClient, open_session
from agent.onlinesim.messages import NumberEntry, SendNumbersOnline
from agent.onlinesim.outcome import Accepted, FailureKind, Refusal
from agent.onlinesim.reporter import NAP_S, Reporter
from agent.onlinesim.schedule import Mode, ReportPolicy
from agent.sandbox.server import Fault, Sandbox


def entry(index):
    return NumberEntry(number=f"+4670{index}", country_id=46, port_id=f"Port{index}", rent=0)


A, B = entry(1), entry(2)
QUICK = {"heartbeat": 60.0, "collect_removals": 0.001, "collect_joins": 0.002, "gap": 0.005}


class World:
    """A reporter that runs against a real server, and everything it told."""

    def __init__(self, sandbox, client, **policy):
        self.sandbox = sandbox
        self.client = client
        self.reports = []
        self.told = asyncio.Event()
        self.reporter = Reporter(
            client,
            ReportPolicy(**QUICK | policy),
            time.monotonic,
            time.time,
            lambda: 0.5,
            on_report=self.hear,
        )
        self.task = asyncio.create_task(self.reporter.run())

    def hear(self, report):
        """A listener."""
        self.reports.append(report)
        self.told.set()

    async def until(self, count):
        """Waits for so many finished reports."""
        async with asyncio.timeout(10):
            while len(self.reports) < count:
                self.told.clear()
                await self.told.wait()

    @property
    def results(self):
        """What became of each."""
        return [report.result for report in self.reports]


@pytest.fixture
async def make():
    async with contextlib.AsyncExitStack() as stack:
        session = await stack.enter_async_context(open_session())
        sandbox = Sandbox(modules=3)
        url = await stack.enter_async_context(sandbox.serving())
        worlds = []

        def make(**policy):
            worlds.append(World(sandbox, OnlinesimClient(session, url, None, timeout=5.0), **policy))
            return worlds[-1]

        yield make
        for world in worlds:
            world.task.cancel()
        await asyncio.gather(*(world.task for world in worlds), return_exceptions=True)


async def test_the_offered_set_reaches_the_server(make):
    world = make()
    world.reporter.offer([A, B])
    await world.until(1)
    world.reporter.offer([B])
    await world.until(2)
    assert [report.on_sale for report in world.sandbox.accepted] == [("+46701", "+46702"), ("+46702",)]
    assert world.results == ["accepted", "accepted"]
    assert [report.numbers for report in world.reports] == [2, 1]
    state = world.reporter.state()
    assert (state.accepted_at, state.missed_windows) == (world.reports[1].done_at, 0)
    assert 59.0 < state.heartbeat_at - world.reports[1].done_at <= 60.0


async def test_nothing_goes_out_while_nothing_is_known(make):
    world = make()
    world.reporter.offer(None)
    state = world.reporter.state()
    assert (state.accepted_at, state.heartbeat_at) == (None, None)
    world.reporter.offer([])
    await world.until(1)
    assert [seen.method for seen in world.sandbox.seen] == ["sendNumbersOnline"]


async def test_the_heartbeat_beats(make):
    world = make(heartbeat=0.02)
    world.reporter.offer([A])
    await world.until(4)
    assert [report.on_sale for report in world.sandbox.accepted[:4]] == [("+46701",)] * 4


async def test_a_refusal_is_counted_and_not_repeated(make):
    world = make()
    world.sandbox.standing_fault = Fault.error(401, "ERROR_WRONG_KEY")
    world.reporter.offer([A])
    await world.until(1)
    assert world.reporter.state().accepted_at is None
    assert isinstance(world.reports[0].outcome, Refusal)
    world.sandbox.standing_fault = None
    world.reporter.offer([])
    await world.until(2)
    assert world.results == ["refused", "accepted"]


async def test_trouble_is_retried_with_the_newest_set(make):
    world = make()
    world.sandbox.faults.append(Fault.error(503))
    world.reporter.offer([A, B])
    await world.until(1)
    world.reporter.offer([B])
    await world.until(2)
    assert world.results == ["failed", "accepted"]
    assert world.sandbox.state().numbers == ("+46702",)
    assert world.reports[1].at - world.reports[0].at >= 0.9


async def test_incremental_steps_reach_the_server_and_a_lost_answer_leads_back_to_the_list(make):
    world = make(mode=Mode.INCREMENTAL)
    world.reporter.offer([A])
    await world.until(1)
    world.reporter.offer([B])
    await world.until(3)
    world.sandbox.faults.append(Fault.lost_answer())
    world.reporter.offer([A, B])
    await world.until(5)
    assert [seen.method for seen in world.sandbox.seen] == [
        "sendNumbersOnline",
        "removeNumber",
        "addNumber",
        "addNumber",
        "sendNumbersOnline",
    ]
    assert world.sandbox.state().numbers == ("+46701", "+46702")
    assert world.sandbox.state().blocks == 0


async def test_a_faulty_listener_does_not_silence_the_reports(make, caplog):
    world = make()
    heard = []

    def listen(report):
        heard.append(report)
        world.hear(report)
        raise LookupError("a listener's own fault")

    world.reporter._on_report = listen
    world.reporter.offer([A])
    await world.until(1)
    world.reporter.offer([])
    await world.until(2)
    assert caplog.text.count("a listener failed") == 2


async def test_another_server_is_told_the_list_at_once(make):
    world = make()
    world.reporter.offer([A])
    await world.until(1)
    other = Sandbox(modules=3)
    async with other.serving() as url:
        client = OnlinesimClient(world.client._session, url, None)
        world.reporter.reconfigure(client, ReportPolicy(**QUICK))
        await world.until(2)
        assert other.state().numbers == ("+46701",)


async def test_stop_lets_the_request_under_way_finish(make):
    world = make()
    world.sandbox.faults.append(Fault.slow(0.05))
    world.reporter.offer([A])
    while not world.sandbox.seen:
        await asyncio.sleep(0.001)
    await world.reporter.stop(withdraw=False)
    assert world.results == ["accepted"]
    await asyncio.wait_for(world.task, 1)


async def test_stop_waits_no_longer_than_it_may(make):
    world = make()
    world.sandbox.standing_fault = Fault.slow(60.0)
    world.reporter.offer([A])
    while not world.sandbox.seen:
        await asyncio.sleep(0.001)
    began = time.monotonic()
    await world.reporter.stop(withdraw=True, within=0.2)
    assert 0.1 < time.monotonic() - began < 30.0  # the server would take 60
    assert world.results == ["failed", "failed"]
    assert [report.message.numbers for report in world.reports] == [(A,), ()]


@pytest.mark.parametrize(("withdraw", "left"), [(True, ()), (False, ("+46701",))])
async def test_stop_withdraws_only_when_asked_to(make, withdraw, left):
    world = make()
    world.reporter.offer([A])
    await world.until(1)
    await world.reporter.stop(withdraw=withdraw)
    assert world.sandbox.state().numbers == left


async def test_withdrawing_works_while_backing_off_and_before_any_report(make):
    world = make()
    world.sandbox.faults.append(Fault.error(503, retry_after="100"))
    world.reporter.offer([A])
    await world.until(1)
    await world.reporter.stop(withdraw=True)
    assert world.results == ["failed", "accepted"]
    silent = make()
    await silent.reporter.stop(withdraw=True)
    assert silent.results == ["accepted"]


async def test_a_heartbeat_that_hangs_makes_way_for_a_removal(make):
    world = make(give_up=0.02, heartbeat=0.05)
    world.reporter.offer([A, B])
    await world.until(1)
    world.sandbox.faults.append(Fault.slow(60.0))
    seen = len(world.sandbox.seen)
    while len(world.sandbox.seen) == seen or world.sandbox.faults:
        await asyncio.sleep(0.001)
    done = len(world.reports)
    world.reporter.offer([B])
    await world.until(done + 2)
    given_up, next_one = world.reports[done : done + 2]
    assert given_up.outcome.kind is FailureKind.GIVEN_UP
    assert next_one.message.numbers == (B,)
    assert next_one.result == "accepted"
    assert world.sandbox.state().numbers == (B.number,)


async def test_a_removal_that_is_taken_back_lets_a_slow_heartbeat_end(make):
    world = make(give_up=0.05, heartbeat=0.05)
    world.reporter.offer([A, B])
    await world.until(1)
    world.sandbox.faults.append(Fault.slow(0.3))
    while world.sandbox.faults:
        await asyncio.sleep(0.001)
    done = len(world.reports)
    world.reporter.offer([B])
    world.reporter.offer([A, B])
    await world.until(done + 1)
    assert world.results[done] == "accepted"


async def test_what_is_under_way_is_given_up_when_it_is_no_longer_known_to_be_true(make):
    world = make()
    world.sandbox.faults.append(Fault.slow(60.0))
    world.reporter.offer([A, B])
    while not world.sandbox.seen:
        await asyncio.sleep(0.001)
    world.reporter.hold()
    await world.until(1)
    assert world.reports[0].outcome.kind is FailureKind.GIVEN_UP
    assert world.reporter._schedule.due() is None
    world.reporter.offer([B])
    await world.until(2)
    assert world.results == ["failed", "accepted"]
    assert world.sandbox.state().numbers == (B.number,)


async def test_a_lost_answer_is_followed_by_the_list_twice(make):
    world = make(repeat=1.5)
    world.sandbox.faults.append(Fault.lost_answer())
    world.reporter.offer([A])
    await world.until(3)
    first, second, third = world.reports[:3]
    assert world.results[:3] == ["failed", "accepted", "accepted"]
    assert third.done_at - third.took - (first.done_at - first.took) >= 1.5 - 0.001
    assert third.message.numbers == second.message.numbers == (A,)


class Tape:
    """A server that is a list, a clock that waiting moves, and what the reporter should know of this very moment."""

    def __init__(self, *, suspended_for=0.0):
        self.now = 5000.0
        self.naps = []
        self.posted = []
        self.live = (A, B)
        self.suspended_for = suspended_for

    async def send(self, message):
        """The other end."""
        self.posted.append((self.now, message))
        return Accepted()

    async def wait(self, woken, seconds):
        """Sleeping moves the clock; the machine may be suspended meanwhile."""
        self.naps.append(seconds)
        self.now += seconds + self.suspended_for
        self.suspended_for = 0.0
        await asyncio.sleep(0)

    def newest(self):
        """What is live at this moment."""
        return self.live

    def reporter(self, **more):
        """A reporter on this tape."""
        return Reporter(
            self, ReportPolicy(), lambda: self.now, lambda: self.now, lambda: 0.5, wait=self.wait, **more
        )


async def run_until(reporter, condition):
    task = asyncio.create_task(reporter.run())
    async with asyncio.timeout(5):
        while not condition():
            await asyncio.sleep(0)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


async def test_it_never_sleeps_for_long_and_shows_progress():
    tape = Tape()
    reporter = tape.reporter()
    reporter.offer([A])
    await run_until(reporter, lambda: len(tape.posted) == 3)
    assert [at for at, _ in tape.posted] == [5000.0, 5240.0, 5480.0]
    assert max(tape.naps) == NAP_S
    assert tape.now - reporter.progress() <= NAP_S


async def test_after_a_suspend_the_heartbeat_goes_out_at_once_with_the_set_of_that_moment():
    tape = Tape()
    reporter = tape.reporter(newest=tape.newest)
    reporter.offer([A, B])
    await run_until(reporter, lambda: len(tape.posted) == 1)
    tape.live, tape.suspended_for = (), 8 * 3600.0
    await run_until(reporter, lambda: len(tape.posted) == 2)
    at, message = tape.posted[1]
    assert 5000.0 + 8 * 3600 <= at <= 5000.0 + 8 * 3600 + 3 * NAP_S
    assert message == SendNumbersOnline(numbers=())
    assert reporter.state().missed_windows == 96


async def test_a_set_that_nobody_can_vouch_for_any_more_is_not_sent():
    tape = Tape()
    reporter = tape.reporter(newest=tape.newest)
    reporter.offer([A, B])
    tape.live = None
    await run_until(reporter, lambda: len(tape.naps) > 3)
    assert tape.posted == []


async def test_a_change_that_has_gone_back_by_the_time_it_is_due_is_not_sent():
    tape = Tape()
    reporter = tape.reporter(newest=tape.newest)
    reporter.offer([A, B])
    await run_until(reporter, lambda: len(tape.posted) == 1)
    reporter.offer([A])
    await run_until(reporter, lambda: len(tape.posted) == 2)
    assert tape.posted[1] == (5240.0, SendNumbersOnline(numbers=(A, B)))


async def test_a_cancelled_run_can_be_started_again():
    tape = Tape()
    stuck = asyncio.Event()
    reporter = tape.reporter()

    async def hang(message):
        stuck.set()
        await asyncio.Event().wait()

    tape.send, answers = hang, tape.send
    reporter.offer([A])
    await run_until(reporter, stuck.is_set)
    tape.send = answers
    await run_until(reporter, lambda: tape.posted)
    assert tape.posted == [(5001.0, SendNumbersOnline(numbers=(A,)))]  # after a pause, as after any failure


class Broken:
    """A client that raises."""

    async def send(self, message):
        raise OverflowError("a year that no calendar has")


async def test_a_client_that_raises_does_not_stop_the_reports(caplog):
    world = World(None, Broken())
    world.reporter.offer([A])
    await world.until(2)
    world.task.cancel()
    await asyncio.gather(world.task, return_exceptions=True)
    assert world.results[:2] == ["failed", "failed"]
    assert "the client failed" in caplog.text


async def test_the_store_is_flushed_before_each_message():
    happened = []

    class Server:
        async def send(self, message):
            happened.append(len(message.numbers))
            return Accepted()

    async def flush():
        happened.append("flush")

    reporter = Reporter(Server(), ReportPolicy(**QUICK), time.monotonic, time.time, lambda: 0.5, flush=flush)
    work = asyncio.create_task(reporter.run())
    async with asyncio.timeout(5):
        for count, entries in enumerate(([A], [A, B]), start=1):
            reporter.offer(entries)
            while len(happened) < 2 * count:
                await asyncio.sleep(0.001)
    assert happened == ["flush", 1, "flush", 2]
    await reporter.stop(withdraw=False)
    await work


async def test_a_refused_number_is_found_and_the_others_are_reported(make):
    world = make()
    world.sandbox.market.refuses.add(B.number)
    world.reporter.offer([A, B, entry(3)])
    async with asyncio.timeout(10):
        while "accepted" not in world.results:
            world.told.clear()
            await world.told.wait()
    assert world.sandbox.state().numbers == (A.number, entry(3).number)
    assert world.reporter.refusal(B.number) == "Onlinesim: NUMBER_FORMAT_ERROR"
    assert world.reporter.refusal(A.number) == ""
    lists = [seen for seen in world.sandbox.seen if len(json.loads(seen.request.body)["numbers"]) < 2]
    assert lists
    assert all(json.loads(seen.request.body)["test"] == "test1" for seen in lists)


async def test_there_is_room_for_questions_only_after_an_accepted_report(make):
    world = make()
    assert world.reporter.idle_for() == 0
    world.reporter.offer([A])
    await world.until(1)
    await asyncio.sleep(QUICK["gap"])
    assert 50 < world.reporter.idle_for() <= 60
    world.sandbox.standing_fault = Fault.error(403, "ACCOUNT_BLOCKED")
    world.reporter.offer([A, B])
    await world.until(2)
    await asyncio.sleep(QUICK["gap"])
    assert world.reporter.idle_for() == 0


async def test_there_is_no_room_for_questions_in_a_test_mode(make):
    world = make(test="test1")
    world.reporter.offer([A])
    await world.until(1)
    await asyncio.sleep(QUICK["gap"])
    assert world.reporter.idle_for() == 0
