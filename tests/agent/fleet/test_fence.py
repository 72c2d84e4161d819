"""What keeps a host from speaking after its time."""

from __future__ import annotations

import asyncio
import os
import signal
import time

import pytest
from aiohttp import web
from hand_clock import HandClock
from real_processes import boottime
from stopped_senders import Until, stop_between_check_and_body

from agent.fleet import kernel_timer
from agent.fleet.fence import Fence, FencedSender
from agent.fleet.kernel_timer import KernelTimer
from agent.fleet.mark import RequestMark
from agent.fleet.state import Net
from agent.onlinesim.client import OnlinesimClient, open_session
from agent.onlinesim.messages import SendNumbersOnline
from agent.onlinesim.outcome import Accepted, Failed, FailureKind

TRIALS = int(os.environ.get("SIMBANK_FENCE_TRIALS", "10"))
LIST = SendNumbersOnline(numbers=())


class Client:
    """A client whose requests take as long as `during` moves the clock."""

    def __init__(self, during=lambda: None):
        self.during = during
        self.sent = []

    async def send(self, message, *, within=None, may_send=None):
        self.sent.append(within)
        self.during()
        return Accepted() if may_send() else Failed("", FailureKind.FENCED)


@pytest.fixture
def clock():
    return HandClock()


@pytest.fixture
def fence(tmp_path, clock):
    confessed = []
    mark = RequestMark(tmp_path / "mark", boot=lambda: "boot")
    made = Fence(Until(1020.0), margin=5.0, clock=clock, mark=mark, on_late=lambda: confessed.append(1))
    made._timer.close()
    made._timer = None
    made.confessed = confessed
    return made


async def test_a_request_gets_the_time_that_is_left(fence, clock):
    client = Client()
    assert isinstance(await FencedSender(client, fence).send(LIST), Accepted)
    assert client.sent == [20.0]
    assert not fence.caught


async def test_nothing_is_sent_with_too_little_time(fence, clock):
    clock.now = 1019.95
    client = Client()
    outcome = await fence.send(client, LIST)
    assert outcome.kind is FailureKind.FENCED
    assert not outcome.unknown
    assert client.sent == []
    assert fence.caught == {Net.BUDGET: 1}


async def test_a_pause_while_the_mark_is_written_is_noticed(fence, clock):
    async def set_slowly(_ends):
        clock.now = 1021.0

    fence._mark.set = set_slowly
    client = Client()
    await fence.send(client, LIST)
    assert client.sent == []
    assert fence.caught == {Net.BUDGET: 1}


async def test_nothing_is_sent_over_a_connection_that_took_too_long(fence, clock):
    def connect_slowly():
        clock.now = 1020.5

    await fence.send(Client(connect_slowly), LIST)
    assert fence.caught == {Net.CONNECTION: 1}
    assert not fence.confessed


async def test_whoever_was_late_confesses(fence, clock):
    class Late(Client):
        async def send(self, message, **how):
            outcome = await super().send(message, **how)
            clock.now = 1021.0
            return outcome

    await fence.send(Late(), LIST)
    assert fence.caught == {Net.CONFESSION: 1}
    assert fence.confessed == [1]


async def test_a_run_that_the_timer_ended_is_told_by_the_next_one_alone(tmp_path):
    mark = RequestMark(tmp_path / "mark", boot=lambda: "boot")
    await mark.set(1000.0)
    assert mark.found(1001.0)
    assert not mark.found(1001.0)


@pytest.mark.parametrize(("boot", "now"), [("boot", 999.0), ("another", 5000.0)])
async def test_a_run_that_ended_otherwise_is_not_taken_for_one(tmp_path, boot, now):
    await RequestMark(tmp_path / "mark", boot=lambda: "boot").set(1000.0)
    assert not RequestMark(tmp_path / "mark", boot=lambda: boot).found(now)


async def test_a_request_that_was_over_leaves_no_mark(fence, tmp_path):
    await fence.send(Client(), LIST)
    assert list(tmp_path.iterdir()) == []


def test_the_timer_of_the_kernel_ends_a_stopped_process_and_a_disarmed_one_does_not():
    def stopped():
        timer = KernelTimer()
        with timer.armed(boottime() + 30.0):
            pass
        with timer.armed(boottime() + 0.2):
            os.kill(os.getpid(), signal.SIGSTOP)
        os._exit(3)

    pid = os.fork()
    if pid == 0:
        stopped()
    _, status = os.waitpid(pid, 0)
    assert os.WIFSIGNALED(status)
    assert os.WTERMSIG(status) == signal.SIGKILL


def test_a_kernel_without_such_timers_is_said_and_the_other_nets_stand(tmp_path, monkeypatch, caplog):
    def refused():
        raise OSError("Operation not permitted")

    monkeypatch.setattr(kernel_timer, "_library", refused)
    mark = RequestMark(tmp_path / "mark")
    Fence(Until(0.0), margin=1.0, clock=time.monotonic, mark=mark, on_late=lambda: None)
    assert "no timer of the kernel" in caplog.text


@pytest.mark.slow
def test_no_list_of_a_process_that_was_stopped_between_check_and_body_arrives(tmp_path):
    codes, stale = stop_between_check_and_body(tmp_path, TRIALS)
    assert codes == [-signal.SIGKILL] * TRIALS
    assert stale == 0
    marks = list(tmp_path.glob("*/mark"))
    assert len(marks) == TRIALS
    assert RequestMark(marks[0]).found(boottime())


@pytest.mark.slow
def test_without_the_timer_it_would(tmp_path):
    codes, stale = stop_between_check_and_body(tmp_path, 3, timer=False)
    assert codes == [0, 0, 0]
    assert stale == 3


async def test_a_connection_that_may_not_be_used_is_closed_and_nothing_was_sent():
    asked = []

    async def handle(request):
        asked.append(await request.read())
        return web.json_response({"response": 1})

    app = web.Application()
    app.router.add_route("*", "/{path:.*}", handle)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    try:
        url = f"http://127.0.0.1:{site._server.sockets[0].getsockname()[1]}"
        async with open_session() as session:
            client = OnlinesimClient(session, url, None)
            assert (await client.send(LIST, may_send=lambda: False)).kind is FailureKind.FENCED
            assert asked == []
            assert isinstance(await client.send(LIST, may_send=lambda: True), Accepted)
            assert isinstance(await client.send(LIST, within=9.0), Accepted)
        await asyncio.sleep(0)
        assert len(asked) == 2
    finally:
        await runner.cleanup()
