"""The loop around `Schedule`: waits until a report is due and sends one request at a time."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterable
from typing import Final, Protocol

from agent.onlinesim import failure_texts as texts
from agent.onlinesim.messages import AddNumber, Message, NumberEntry, RemoveNumber, SendNumbersOnline
from agent.onlinesim.outcome import Accepted, Failed, FailureKind, Outcome
from agent.onlinesim.report import Report, ReportState
from agent.onlinesim.report_log import ReportLog
from agent.onlinesim.schedule import ReportPolicy, Schedule


class Sender(Protocol):
    """Sends messages to one server with one key."""

    async def send(self, message: Message) -> Outcome:
        """Send one message. Never raises for what network or server do."""
        ...


Wait = Callable[[asyncio.Event, float], Awaitable[None]]

log = logging.getLogger(__name__)

NAP_S: Final = 5.0
"""The longest sleep: the loop's timers stop while the machine is suspended, `clock` does not."""
LONGEST_TURN_S: Final = 30.0
"""A turn of the loop that takes longer is stuck: a nap, or a request with its 15 s, and a margin."""


class Reporter:
    """Reports the newest set to one server.

    `clock` is CLOCK_BOOTTIME, `wall` UNIX time, both in seconds; `chance` is as `random.random`. `newest` returns the
    set of this moment and is called right before each request, so that nothing outdated is sent after the machine
    slept; without it the last offered set is sent. `flush` is awaited before each request: what a report says is on
    disk first, so that a kill right after it changes no date. `on_report` is called with each finished request.
    """

    def __init__(
        self,
        client: Sender,
        policy: ReportPolicy,
        clock: Callable[[], float],
        wall: Callable[[], float],
        chance: Callable[[], float],
        *,
        newest: Callable[[], Iterable[NumberEntry] | None] | None = None,
        flush: Callable[[], Awaitable[None]] | None = None,
        on_report: Callable[[Report], None] | None = None,
        wait: Wait | None = None,
    ) -> None:
        self._client = client
        self._clock = clock
        self._wall = wall
        self._newest = newest
        self._flush = flush
        self._on_report = on_report
        self._wait = wait or _wait
        self._schedule = Schedule(policy, chance, now=clock())
        self._log = ReportLog()
        self._woken = asyncio.Event()
        self._idle = asyncio.Event()
        self._idle.set()
        self._stopping = False
        self._limit: asyncio.Timeout | None = None
        """On the request in progress."""
        self._end: float | None = None
        """When that request has to be over for `stop`, on the loop's clock."""
        self._untrue = False
        """What that request says is no longer known to be true."""
        self._turn_at = clock()
        self._accepted_at: float | None = None

    def offer(self, entries: Iterable[NumberEntry] | None) -> None:
        """Set what is live now; None while that is unknown, which holds every report back.

        Raises ValueError where a number or a port_id is there twice.
        """
        self._schedule.offer(entries, self._clock())
        self._limit_request()
        self._woken.set()

    def hold(self) -> None:
        """Send nothing until the next `offer`, and give up the request under way: what is live is not known now."""
        if self._schedule.wanted is not None or self._limit is not None:
            self._untrue = self._limit is not None
            self.offer(None)

    def doubt(self) -> None:
        """Take note that Onlinesim was heard to lack a number that it has accepted."""
        self._schedule.doubt(self._clock())
        self._woken.set()

    def send_list(self) -> None:
        """Send what is live as one list, at once, in any mode."""
        self._schedule.want_list()
        self._woken.set()

    def take_over(self, heard_at: float | None) -> None:
        """Report for the fleet from now on; see `Schedule.take_over`."""
        self._schedule.take_over(heard_at, self._clock())
        self._woken.set()

    def stand_aside(self) -> None:
        """Leave the reports to another host of the fleet from now on."""
        self.hold()
        self._schedule.stand_aside(self._clock())

    def reconfigure(self, client: Sender, policy: ReportPolicy) -> None:
        """Use another client and policy from now on; the full list is sent at once."""
        self._client = client
        self._schedule.reconfigure(policy)
        self._woken.set()

    def progress(self) -> float:
        """Return when the loop last turned, on the agent's clock: at least every LONGEST_TURN_S."""
        return self._turn_at

    def refusal(self, number: str) -> str:
        """Return what Onlinesim answered to a number that is held back because of it, "" for every other."""
        held_back = self._schedule.refused.held_back.get(number)
        return "" if held_back is None else str(held_back)

    @property
    def emptied(self) -> bool:
        """Whether Onlinesim is known to have no number of ours."""
        return self._schedule.emptied

    def idle_for(self) -> float:
        """Return for how many seconds no request is expected; 0 unless the last one was accepted."""
        now, due = self._clock(), self._schedule.due()
        if due is None or not self._schedule.confirmed or now < self._schedule.gap_ends():
            return 0.0
        return max(0.0, due - now)

    def state(self) -> ReportState:
        """Return the state of reporting."""
        return ReportState(
            accepted_at=self._accepted_at,
            heartbeat_at=self._schedule.heartbeat_at,
            missed_windows=self._schedule.missed_windows(self._clock()),
        )

    async def run(self) -> None:
        """Send what is due, until `stop` or cancellation."""
        self._idle.clear()
        try:
            while not self._stopping:
                await self._turn()
        finally:
            self._idle.set()

    async def stop(self, *, withdraw: bool, within: float = 5.0) -> None:
        """End `run` within so many seconds: the request in progress may finish, and `withdraw` sends an empty list."""
        end = asyncio.get_running_loop().time() + within
        self._stopping = True
        self._woken.set()
        self._end = end - within / 2 if withdraw else end
        self._limit_request()
        await self._idle.wait()
        if withdraw:
            await asyncio.sleep(max(0.0, min(self._schedule.gap_ends() - self._clock(), within / 4)))
            await self._send(self._schedule.withdraw(self._clock()), end)

    async def _turn(self) -> None:
        now = self._turn_at = self._clock()
        self._woken.clear()
        self._schedule.refused.release(now)
        self._log.missed(self._schedule.missed_windows(now))
        message = self._due_message(now)
        if message is not None:
            await self._send(message)
            return
        due = self._schedule.due()
        await self._wait(self._woken, NAP_S if due is None else min(NAP_S, max(0.0, due - now)))

    def _due_message(self, now: float) -> Message | None:
        due = self._schedule.due()
        if due is None or due > now:
            return None
        if self._newest is not None:
            self._schedule.offer(self._newest(), now)
        return self._schedule.take(now)

    async def _send(self, message: Message, end: float | None = None) -> None:
        began, at, client = self._clock(), self._wall(), self._client
        whole = message.numbers if isinstance(message, SendNumbersOnline) else self._schedule.wanted
        numbers = len(whole or ())
        self._end, self._untrue = end if end is not None else self._end, False
        outcome: Outcome = Failed(texts.STOPPED, FailureKind.SLOW)
        try:
            async with asyncio.timeout_at(self._end) as self._limit:
                if self._flush is not None:
                    await self._flush()
                outcome = await client.send(message)
        except TimeoutError:
            outcome = self._given_up(began)
        except Exception as error:  # a fault of the client must not stop the reports
            log.exception("the client failed")
            outcome = Failed(texts.AGENT_FAILED.format(error=type(error).__name__), FailureKind.ANSWER)
        finally:
            self._limit = None
            now = self._turn_at = self._clock()
            self._schedule.finished(outcome, now)
        if isinstance(outcome, Accepted) and not isinstance(message, AddNumber | RemoveNumber):
            self._accepted_at = now
        self._publish(
            Report(
                message=message,
                numbers=numbers,
                at=at,
                done_at=now,
                took=now - began,
                outcome=outcome,
                abandoned=client is not self._client,
            )
        )

    def _limit_request(self) -> None:
        """Let the request under way last no longer than `stop`, a removal that waits, or `hold` allow."""
        if self._limit is None or self._limit.expired():
            return
        ends, loop = [self._end], asyncio.get_running_loop()
        give_up_at = self._schedule.give_up_at()
        if self._untrue:
            ends.append(loop.time())
        elif give_up_at is not None:
            ends.append(loop.time() + max(0.0, give_up_at - self._clock()))
        self._limit.reschedule(min((end for end in ends if end is not None), default=None))

    def _given_up(self, began: float) -> Failed:
        if self._untrue:
            return Failed(texts.STOOD_STILL, FailureKind.GIVEN_UP)
        if self._stopping:
            return Failed(texts.STOPPED, FailureKind.SLOW)
        waited = self._clock() - began
        return Failed(texts.REMOVAL_WAITS.format(seconds=f"{waited:.1f}"), FailureKind.GIVEN_UP)

    def _publish(self, report: Report) -> None:
        retry_at = self._schedule.retry_at
        pause = None if retry_at is None else max(0.0, retry_at - report.done_at)
        self._log.report(report, pause, self._schedule.policy.heartbeat, stopping=self._stopping)
        self._log.held_back(self._schedule.refused.held_back)
        if self._on_report is None:
            return
        try:
            self._on_report(report)
        except Exception:  # a fault of the listener must not stop the reports
            log.exception("a listener failed on a finished report")


async def _wait(woken: asyncio.Event, seconds: float) -> None:
    try:
        async with asyncio.timeout(seconds):
            await woken.wait()
    except TimeoutError:
        pass
