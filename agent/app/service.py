"""The running agent: its parts at work together, from start to stop.

Responsible for the order in which parts start and stop, for what passes between them, and for the signals of the
operating system. Must not know how a part does its work, nor config.yaml: parts come ready from the wiring.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import signal
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from agent.app.systemd import SystemdNotifier
from agent.bank.bank import Bank, Pace, Roster
from agent.bank.bank_log import BankLog, Line
from agent.bank.member import NumberLookup
from agent.bank.ussd import UssdRule, errand
from agent.decision.verdict import Decision, LiveSim, Policy, Reason
from agent.numbers.resolve import operator
from agent.onlinesim.messages import NumberEntry
from agent.onlinesim.report import Report
from agent.onlinesim.reporter import Reporter, Sender
from agent.onlinesim.schedule import ReportPolicy
from agent.status.metrics import Metrics
from agent.status.server import StatusServer
from agent.status.view import StatusView, live_numbers
from agent.store.store import PLAUSIBLE_SINCE, Store

_log = logging.getLogger(__name__)

KEEP_HOUSE: Final = 1.0
"""Seconds between two rounds of the small duties."""
REPORTER: Final = "reporter"
"""The name of its task."""
BANK_STUCK: Final = 30.0
REPORTER_STUCK: Final = 45.0
"""Seconds without a turn after which the watchdog is no longer fed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """What a reload may change while everything runs."""

    roster: Roster
    whose: NumberLookup
    policy: Policy
    pace: Pace
    sender: Sender
    reports: ReportPolicy
    withdraw: bool
    ussd: Mapping[str, UssdRule]


@dataclass(slots=True, kw_only=True)
class Service:
    """The agent. `start` brings it up, `run` keeps it until a signal, `stop` ends it."""

    bank: Bank
    reporter: Reporter
    view: StatusView
    store: Store
    status: StatusServer
    metrics: Metrics
    notifier: SystemdNotifier
    clock: Callable[[], float]
    wall: Callable[[], float]
    withdraw: bool
    ussd: Mapping[str, UssdRule]
    """Own-number queries by operator code."""
    reread: Callable[[], Awaitable[Settings]]
    """Reads config.yaml again. Raises what the wiring raises for a bad one, and nothing has changed then."""
    on_stop: list[Callable[[], Awaitable[None]]] = field(default_factory=list)
    """What else must end, last first."""
    _journal: BankLog = field(default_factory=BankLog)
    _tasks: list[asyncio.Task[None]] = field(default_factory=list)
    _ending: asyncio.Event = field(default_factory=asyncio.Event)
    _failure: BaseException | None = None
    """What the first part that failed failed with: the process must not end as if all were well."""
    _reloading: asyncio.Lock = field(default_factory=asyncio.Lock)
    _noted: dict[str, Reason] = field(default_factory=dict)
    """The reason that was last noted of each module."""
    _fed_at: float = 0.0
    _reconnects: int = 0

    async def run(self) -> None:
        """Work until SIGTERM or SIGINT; SIGHUP reloads. Raises what a part failed with."""
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, self.end)
        loop.add_signal_handler(signal.SIGHUP, self._reload_soon)
        await self.start()
        try:
            await self._ending.wait()
        finally:
            await self.stop()
        if self._failure is not None:
            raise self._failure

    async def start(self) -> None:
        """Bring everything up. Raises OSError where the status address is taken."""
        await self.status.start()
        self._start_task(self.bank.run(), "bank")
        self._start_task(self.reporter.run(), REPORTER)
        self._start_task(self._keep_house(), "house")
        self.notifier.ready()

    def end(self) -> None:
        """Stop soon."""
        self._ending.set()

    async def stop(self) -> None:
        """Finish the request under way and end everything, within five seconds."""
        self.notifier.stopping()
        for task in self._tasks:
            if task.get_name() != REPORTER:
                task.cancel()  # ports that close slowly do so while the last request is under way
        await self.reporter.stop(withdraw=self.withdraw, within=3.5)
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self.status.stop()
        for close in reversed(self.on_stop):
            with contextlib.suppress(Exception):
                await close()
        _log.info("stopped")

    async def reload(self) -> bool:
        """Read config.yaml again; a bad one changes nothing and is reported. Return whether it was taken."""
        async with self._reloading:  # in turn, so that the file that was read last is the one that counts
            return await self._reload()

    async def _reload(self) -> bool:
        self.notifier.reloading()
        try:
            rules = await self.reread()
        except Exception as why:  # noqa: BLE001  whatever is wrong with the new file, the old rules go on
            _log.error("config.yaml was not taken, the agent goes on as before:\n%s", why)
            return False
        else:
            self.withdraw, self.ussd = rules.withdraw, rules.ussd
            self.bank.reconfigure(
                roster=rules.roster, whose=rules.whose, policy=rules.policy, pace=rules.pace
            )
            self.reporter.reconfigure(rules.sender, rules.reports)
            _log.info("config.yaml was read again")
            return True
        finally:
            self.notifier.ready()

    def decided(self, decision: Decision) -> None:
        """Take a decision of the bank to everybody it concerns."""
        now = self.clock()
        if self.bank.ready_to_report:
            self.reporter.offer(self.entries(decision))
            self.store.note_live({name: sim.iccid for name, sim in decision.live.items()})
        numbers = live_numbers(decision)
        for name, verdict in decision.verdicts.items():
            if self._noted.get(name) is not verdict.reason:
                self._noted[name] = verdict.reason
                self.view.note_verdict(verdict, numbers.get(name))
                self.store.note_verdict(self.wall(), name, verdict.reason, verdict.detail, numbers.get(name))
        _write(self._journal.follow(decision.verdicts, now))
        self.view.history_of_day.record(self.wall(), len(decision.live), self.bank.policy.cap)
        self.status.changed()

    @property
    def outage(self) -> int | None:
        """How many modules went silent at the same time, while that lasts."""
        return self._journal.gap

    def entries(self, decision: Decision) -> list[NumberEntry]:
        """Return the live set as Onlinesim wants it."""
        return [self._entry(sim) for sim in decision.live.values()]

    def newest(self) -> list[NumberEntry] | None:
        """Return the set of this very moment, or None while nobody can say."""
        decision = self.bank.decide()
        return self.entries(decision) if self.bank.ready_to_report else None

    def reported(self, report: Report) -> None:
        """Take a finished request to everybody it concerns."""
        row = self.view.note_report(report)
        self.metrics.reported(row.outcome, report.took)
        self.store.note_report(row.at, row.outcome.value, row.status, row.message, row.numbers, row.took_s)
        self.status.changed()

    def _entry(self, sim: LiveSim) -> NumberEntry:
        return NumberEntry(
            number=sim.number.text,
            country_id=sim.number.country_id,
            operator=operator(sim.imsi),
            date_start=self.store.placed(sim.iccid, sim.imsi, sim.module),
            port_id=sim.module[:100],
            rent=1 if sim.number.rent else 0,
        )

    async def _keep_house(self) -> None:
        minute = None
        while True:
            now = self.clock()
            _write(self._journal.follow(self.bank.decision.verdicts, now))
            wall = self.wall()
            history = self.view.history_of_day
            history.record(wall, len(self.bank.decision.live), self.bank.policy.cap)
            newest = history.minutes(wall)[-1]
            if minute is not None and newest.at != minute.at:
                self.store.note_minute(minute)
            minute = newest
            self.store.note_alive()
            self.note_members()
            self._ask_networks()
            self._feed_watchdog(now)
            await asyncio.sleep(KEEP_HOUSE)

    def note_members(self) -> None:
        """Keep which SIM and which IMEI every module has told."""
        reconnects = 0
        for member in self.bank.members.values():
            if member.card is not None:
                self.store.saw(member.card[0], member.card[1], member.place.name)
            now_there = member.observation.identity  # not what was there before it was unplugged
            if now_there is not None and now_there.imei is not None:
                self.store.note_imei(member.place.key, now_there.imei)
            if member.watcher is not None:
                reconnects += max(0, member.watcher.reconnects - 1)
        for _ in range(reconnects - self._reconnects):
            self.metrics.reconnected()
        self._reconnects = max(reconnects, self._reconnects)

    def _ask_networks(self) -> None:
        """Send own-number queries where the operator configured them and nobody else knows the number."""
        wall = self.wall()
        for name, verdict in self.bank.decision.verdicts.items() if self.ussd else ():
            member = self.bank.members.get(name)
            if member is None or member.card is None:
                continue
            iccid, imsi = member.card
            wanted = errand(
                self.ussd,
                iccid,
                imsi,
                verdict.reason,
                self.store.asked_ussd.get(iccid),
                wall if wall >= PLAUSIBLE_SINCE else None,
                unknown_for=self.clock() - verdict.since,
            )
            if wanted is not None:
                self.store.note_ussd(iccid)
                _log.info("%s: asking the network for the number of its SIM with %s", name, wanted.code)
                self.bank.ask_network(name, wanted)

    def _feed_watchdog(self, now: float) -> None:
        """Tell systemd that the agent lives, while bank and reporter make progress: a stuck port is no reason."""
        live = len(self.bank.decision.live)
        self.notifier.status(f"{live} of {len(self.bank.members)} modules live")
        every = self.notifier.watchdog_every
        alive = now - self.bank.beat < BANK_STUCK and now - self.reporter.progress() < REPORTER_STUCK
        if every is not None and alive and now - self._fed_at >= min(every, 5.0):
            self._fed_at = now
            self.notifier.alive()

    def _start_task(self, work: Awaitable[None], name: str) -> None:
        task = asyncio.ensure_future(work)
        task.set_name(name)
        task.add_done_callback(self._task_ended)
        self._tasks.append(task)

    def _task_ended(self, task: asyncio.Task[None]) -> None:
        if not task.cancelled() and task.exception() is not None:
            _log.critical("the %s failed; the agent ends", task.get_name(), exc_info=task.exception())
            self._failure = self._failure or task.exception()
            self.end()

    def _reload_soon(self) -> None:
        task = asyncio.ensure_future(self.reload())
        self._tasks.append(task)  # type: ignore[arg-type]  # what it returns is of no interest here
        task.add_done_callback(lambda done: self._tasks.remove(done))  # type: ignore[arg-type]


def _write(lines: Sequence[Line]) -> None:
    for line in lines:
        _log.log(logging.WARNING if line.warning else logging.INFO, "%s", line.text)
