"""The running agent: its parts at work together, from start to stop, through reloads and signals."""

from __future__ import annotations

import asyncio
import logging
import signal
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from agent.app.entries import Entries
from agent.app.settings import Settings, SettingsBuilder
from agent.app.systemd import SystemdNotifier
from agent.bank.at_log import AtLogs
from agent.bank.bank import Bank
from agent.bank.bank_log import BankLog, LogLine
from agent.bank.connector import Connector
from agent.bank.ussd import due_query
from agent.config import Config, OnStop, Personal
from agent.decision.verdict import Decision, Reason
from agent.onlinesim.report import Report
from agent.onlinesim.reporter import Reporter
from agent.sandbox.stand_ins import StandIns
from agent.status.metrics import Metrics
from agent.status.notices import Notices
from agent.status.server import StatusServer
from agent.status.view import StatusView, live_numbers
from agent.store.store import PLAUSIBLE_SINCE, Store

_log = logging.getLogger(__name__)

HOUSEKEEPING: Final = 1.0
"""Housekeeping interval in seconds."""
REPORTER: Final = "reporter"
"""The name of its task."""
BANK_STUCK: Final = 30.0
REPORTER_STUCK: Final = 45.0
"""Seconds without a turn after which the watchdog is no longer fed."""


@dataclass(slots=True, kw_only=True)
class Service:
    """The agent. `start` brings it up, `run` keeps it until a signal, `stop` ends it."""

    settings: Settings
    """What is in force."""
    builder: SettingsBuilder
    bank: Bank
    connector: Connector
    entries: Entries
    reporter: Reporter
    view: StatusView
    store: Store
    status: StatusServer
    metrics: Metrics
    notices: Notices
    bank_log: BankLog
    at_logs: AtLogs
    stand_ins: StandIns
    notifier: SystemdNotifier
    clock: Callable[[], float]
    wall: Callable[[], float]
    set_up_log: Callable[[Config], None]
    """Brings the process's log into the configured form."""
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
        await self.store.announce(self.status.url)
        self._note_bad_rows()
        self._start_task(self.bank.run(), "bank")
        self._start_task(self.reporter.run(), REPORTER)
        self._start_task(self._keep_house(), "housekeeping")
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
        withdraw = self.settings.config.onlinesim.on_stop is OnStop.WITHDRAW
        await self.reporter.stop(withdraw=withdraw, within=3.5)
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self.status.stop()
        _log.info("stopped")

    async def reload(self) -> bool:
        """Read config.yaml again and apply it; return False for a bad one, which is logged and changes nothing."""
        async with self._reloading:  # in turn, so that the file that was read last is the one that counts
            self.notifier.reloading()
            try:
                settings = await self.builder.reread(self.settings.config)
            except Exception as why:  # noqa: BLE001  whatever is wrong with the new file, the old settings stay
                _log.error("config.yaml was not applied; the previous configuration stays in force:\n%s", why)
                return False
            else:
                self.apply(settings)
                return True
            finally:
                self.notifier.ready()

    def apply(self, settings: Settings) -> None:
        """Put settings into force, all of them in one turn of the loop."""
        self.settings = settings
        config = settings.config
        self.set_up_log(config)
        self.at_logs.show_personal(config.log.personal is Personal.FULL)
        self.stand_ins.apply(config)
        self.view.facts = replace(self.view.facts, mode=config.onlinesim.mode, test=config.onlinesim.test)
        self._note_bad_rows()
        self.connector.set_answer_timeout(config.bank.answer_timeout)
        self.bank.reconfigure(
            roster=settings.inventory.places,
            lookup=settings.lookup.find,
            policy=settings.policy,
            intervals=settings.intervals,
        )
        self.reporter.reconfigure(settings.client, settings.reports)
        _log.info("config.yaml was reloaded")
        if settings.after_restart:
            _log.warning("changes to %s take effect after a restart", " and ".join(settings.after_restart))

    def decided(self, decision: Decision) -> None:
        """Take a decision of the bank to everybody it concerns."""
        now = self.clock()
        if self.bank.ready_to_report:
            self.reporter.offer(self.entries.of(decision))
            self.store.note_live({name: sim.iccid for name, sim in decision.live.items()})
        numbers = live_numbers(decision)
        for name, verdict in decision.verdicts.items():
            if self._noted.get(name) is not verdict.reason:
                self._noted[name] = verdict.reason
                self.view.note_verdict(verdict, numbers.get(name))
        _write(self.bank_log.update(decision.verdicts, now))
        self.view.history_of_day.record(self.wall(), len(decision.live), self.bank.policy.cap)
        self.status.changed()

    def reported(self, report: Report) -> None:
        """Take a finished request to everybody it concerns."""
        row = self.view.note_report(report)
        self.metrics.reported(row.outcome, report.took)
        self.status.changed()

    def _note_bad_rows(self) -> None:
        bad_rows = self.settings.bad_rows
        self.notices.bad_rows = len(bad_rows)
        for problem in bad_rows:
            _log.error("%s", problem)

    async def _keep_house(self) -> None:
        minute = None
        while True:
            now = self.clock()
            _write(self.bank_log.update(self.bank.decision.verdicts, now))
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
            await asyncio.sleep(HOUSEKEEPING)

    def note_members(self) -> None:
        """Keep which SIM and which IMEI every module reported."""
        reconnects = 0
        for member in self.bank.members.values():
            state = member.state
            if state.iccid is not None:
                self.store.saw(state.iccid, state.imsi, member.place.name)
            identity = state.latest.identity if state.latest is not None else None
            if (
                identity is not None and identity.imei is not None
            ):  # not what was there before it was unplugged
                self.store.note_imei(member.place.key, identity.imei)
            if member.watcher is not None:
                reconnects += max(0, member.watcher.reconnects - 1)
        for _ in range(reconnects - self._reconnects):
            self.metrics.reconnected()
        self._reconnects = max(reconnects, self._reconnects)

    def _ask_networks(self) -> None:
        """Send own-number queries where the operator configured them and no other source knows the number."""
        wall, queries = self.wall(), self.settings.config.ussd
        for name, verdict in self.bank.decision.verdicts.items() if queries else ():
            state = self.bank.decision.modules[name].state
            if state.iccid is None:
                continue
            query = due_query(
                queries,
                state.iccid,
                state.imsi,
                verdict.reason,
                self.store.asked_ussd.get(state.iccid),
                wall if wall >= PLAUSIBLE_SINCE else None,
                unknown_for=self.clock() - verdict.since,
            )
            if query is not None:
                self.store.note_ussd(state.iccid)
                _log.info("%s: asking the network for the number of its SIM with %s", name, query.code)
                self.bank.ask_network(name, query)

    def _feed_watchdog(self, now: float) -> None:
        """Feed systemd's watchdog while bank and reporter make progress: a stuck port is no reason to be restarted."""
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


def _write(lines: Sequence[LogLine]) -> None:
    for line in lines:
        _log.log(logging.WARNING if line.warning else logging.INFO, "%s", line.text)
