"""Keeps Onlinesim told: the loop around the schedule.

Responsible for doing what `schedule` decides: waits, sends one request at a time, hands back its outcome, and
keeps what people want to know of it. Must not know which SIMs are live nor why, HTTP, or where a report is
stored or shown.
"""

from __future__ import annotations

import asyncio
import logging
from collections import Counter
from collections.abc import Awaitable, Callable, Iterable
from typing import Protocol

from agent.onlinesim.messages import AddNumber, Message, NumberEntry, RemoveNumber
from agent.onlinesim.outcome import Accepted, Failed, Outcome, Refusal, TroubleKind
from agent.onlinesim.report import RESULTS, Report, ReportState
from agent.onlinesim.report_log import ReportLog
from agent.onlinesim.schedule import ReportPolicy, Schedule

Wait = Callable[[asyncio.Event, float], Awaitable[None]]

log = logging.getLogger(__name__)

NAP_S = 5.0
"""The longest sleep: the loop's timers stand still while the machine is suspended, our clock does not."""

LONGEST_TURN_S = 30.0
"""A turn of the loop that takes longer is stuck: a nap, or a request with its 15 s, and a margin."""


class Sender(Protocol):
    """What carries a message to the server and never raises for what network or server do."""

    async def post(self, message: Message) -> Outcome:
        """Sends one message."""


class Reporter:
    """Tells one server the newest set.

    `clock` is CLOCK_BOOTTIME, `wall` UNIX time, both in seconds; `chance` is as `random.random`. `newest`
    gives the set of this very moment and is asked right before each request, so that nothing old goes out
    after the machine slept or the offerer died; without it the last offered set goes. `flush` is awaited before
    each request: what a report says is on disk first, so that a kill right after it changes no date. `on_report`
    gets each finished request.
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
        self._turn_at = clock()
        self._last: Report | None = None
        self._last_accepted: Report | None = None
        self._failures = 0
        self._counts = Counter(dict.fromkeys(RESULTS.values(), 0))

    def offer(self, entries: Iterable[NumberEntry] | None) -> None:
        """The set that is live now; None while nobody can say, which holds every report back.

        Raises ValueError for a set that cannot be said: a number or a port_id twice.
        """
        self._schedule.offer(entries, self._clock())
        self._woken.set()

    def reconfigure(self, client: Sender, policy: ReportPolicy) -> None:
        """Another server, key or rules from now on: the full list goes there at once."""
        self._client = client
        self._schedule.reconfigure(policy)
        self._woken.set()

    def progress(self) -> float:
        """When the loop last turned, on the agent's clock: a watchdog may expect it every LONGEST_TURN_S."""
        return self._turn_at

    def state(self) -> ReportState:
        """How reporting stands now."""
        now = self._clock()
        schedule = self._schedule
        heartbeat_at = schedule.heartbeat_at
        return ReportState(
            last=self._last,
            last_accepted=self._last_accepted,
            heartbeat_at=heartbeat_at,
            next_heartbeat_s=None if heartbeat_at is None else max(0.0, heartbeat_at - now),
            retry_at=schedule.retry_at,
            failures=self._failures,
            missed_windows=schedule.missed_windows(now),
            counts={outcome.value: count for outcome, count in self._counts.items()},
            numbers=None if schedule.wanted is None else len(schedule.wanted),
            sending=schedule.flying is not None,
        )

    async def run(self) -> None:
        """Tells the server what is due, until `stop` or cancellation."""
        self._idle.clear()
        try:
            while not self._stopping:
                await self._turn()
        finally:
            self._idle.set()

    async def stop(self, *, withdraw: bool, within: float = 5.0) -> None:
        """Ends `run`: the request under way may finish, and with `withdraw` a last, empty report goes out.

        All of it takes no longer than `within` seconds, whatever the server does.
        """
        end = asyncio.get_running_loop().time() + within
        self._stopping = True
        self._woken.set()
        if self._limit is not None:
            self._limit.reschedule(end - within / 2 if withdraw else end)
        await self._idle.wait()
        if withdraw:
            await asyncio.sleep(max(0.0, min(self._schedule.gap_ends() - self._clock(), within / 4)))
            await self._send(self._schedule.last_words(self._clock()), end)

    async def _turn(self) -> None:
        now = self._turn_at = self._clock()
        self._woken.clear()
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
        began, at = self._clock(), self._wall()
        numbers = len(self._schedule.wanted or ())
        outcome: Outcome = Failed("ended before the answer came", TroubleKind.SLOW)
        try:
            async with asyncio.timeout_at(end) as self._limit:
                if self._flush is not None:
                    await self._flush()
                outcome = await self._client.post(message)
        except TimeoutError:
            pass  # by `stop`, which waits no longer
        except Exception as error:  # a sender that breaks its word must not silence the reports
            log.exception("the sender failed")
            outcome = Failed(f"the agent failed: {type(error).__name__}", TroubleKind.ANSWER)
        finally:
            self._limit = None
            now = self._turn_at = self._clock()
            self._schedule.finished(outcome, now)
            report = Report(
                message=message, numbers=numbers, at=at, done_at=now, took=now - began, outcome=outcome
            )
            self._keep(report)
        self._tell(report)

    def _keep(self, report: Report) -> None:
        self._last = report
        self._counts[report.result] += 1
        self._failures = self._failures + 1 if isinstance(report.outcome, Refusal | Failed) else 0
        if isinstance(report.outcome, Accepted) and not isinstance(report.message, AddNumber | RemoveNumber):
            self._last_accepted = report

    def _tell(self, report: Report) -> None:
        retry_at = self._schedule.retry_at
        pause = None if retry_at is None else max(0.0, retry_at - report.done_at)
        self._log.report(report, pause, self._schedule.policy.heartbeat)
        if self._on_report is None:
            return
        try:
            self._on_report(report)
        except Exception:  # whatever a listener does wrong must not silence the reports
            log.exception("a listener failed on a finished report")


async def _wait(woken: asyncio.Event, seconds: float) -> None:
    try:
        async with asyncio.timeout(seconds):
            await woken.wait()
    except TimeoutError:
        pass
