"""The running agent: its parts at work together, from start to stop, through reloads and signals."""

from __future__ import annotations

import asyncio
import logging
import signal
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Final

from agent.app.alerting import Alerting
from agent.app.entries import Entries
from agent.app.history_keeper import HistoryKeeper
from agent.app.housekeeping import Housekeeping, log_verdicts
from agent.app.notice_keeper import NoticeKeeper
from agent.app.offer import Offer
from agent.app.settings import Settings, SettingsBuilder
from agent.app.systemd import SystemdNotifier
from agent.bank.at_log import AtLogs
from agent.bank.bank import Bank
from agent.bank.bank_log import BankLog
from agent.bank.connector import Connector
from agent.config import Config, OnStop, Personal
from agent.control.server import ControlServer
from agent.decision.verdict import Decision, Verdict
from agent.language import N_, _
from agent.onlinesim.account import REPORTS, AccountClaim, AccountInUse
from agent.onlinesim.number_asker import NumberAsker
from agent.onlinesim.report import Report
from agent.onlinesim.reporter import Reporter
from agent.sandbox.stand_ins import StandIns
from agent.status.metrics import Metrics
from agent.status.notices import Notices
from agent.status.server import StatusServer
from agent.status.view import StatusView
from agent.store.store import Store

if TYPE_CHECKING:  # a host alone needs no redis-py
    from agent.app.fleet_link import FleetLink

_log = logging.getLogger(__name__)

REPORTER: Final = "reporter"
FLEET: Final = "fleet"
"""The names of their tasks."""


@dataclass(slots=True, kw_only=True)
class Service:
    """The agent. `start` brings it up, `run` keeps it until a signal, `stop` ends it."""

    settings: Settings
    """What is in force."""
    claim: AccountClaim
    """On the account that `settings` report to."""
    builder: SettingsBuilder
    bank: Bank
    connector: Connector
    entries: Entries
    reporter: Reporter
    asker: NumberAsker
    view: StatusView
    store: Store
    status: StatusServer
    control: ControlServer
    metrics: Metrics
    notices: Notices
    alerting: Alerting
    bank_log: BankLog
    at_logs: AtLogs
    stand_ins: StandIns
    notifier: SystemdNotifier
    clock: Callable[[], float]
    wall: Callable[[], float]
    fleet: FleetLink | None
    """None for a host alone."""
    set_up_log: Callable[[Config], None]
    """Brings the process's log into the configured form."""
    _housekeeping: Housekeeping = field(init=False)
    _history: HistoryKeeper = field(init=False)
    _notice_keeper: NoticeKeeper = field(init=False)
    _offer: Offer = field(init=False)
    _tasks: list[asyncio.Task[object]] = field(default_factory=list)
    _ending: asyncio.Event = field(default_factory=asyncio.Event)
    _failure: BaseException | None = None
    """The error of the first part that failed: the process must not end as if all were well."""
    _reloading: asyncio.Lock = field(default_factory=asyncio.Lock)
    _shown: Mapping[str, Verdict] | None = None
    """The newest verdicts that the page was told of."""

    def __post_init__(self) -> None:
        self._history = HistoryKeeper(
            self.bank, self.store, last_sims=self.view.last_sims, on_change=self.metrics.changed
        )
        self.store.past.keep = self.settings.config.history.keep
        self._notice_keeper = NoticeKeeper(self.notices, self.store, self.wall)
        self._offer = Offer(
            entries=self.entries, reporter=self.reporter, asker=self.asker, store=self.store, fleet=self.fleet
        )
        self._housekeeping = Housekeeping(
            bank=self.bank,
            reporter=self.reporter,
            store=self.store,
            view=self.view,
            metrics=self.metrics,
            bank_log=self.bank_log,
            history=self._history,
            notifier=self.notifier,
            ussd=self.settings.config.ussd,
            clock=self.clock,
            wall=self.wall,
        )

    async def run(self) -> None:
        """Run until SIGTERM or SIGINT; SIGHUP reloads. Raises the error of a part that failed."""
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
        await self.store.announce(self.status.url, await self.control.start())
        self._notice_keeper.sims_file(self.settings)
        self._start_task(self.bank.run(), "bank")
        self._start_task(self.reporter.run(), REPORTER)
        if self.fleet is not None:
            self._start_task(self.fleet.run(), FLEET)
        self._start_task(self.asker.run(), N_("questions about numbers"))
        self._start_task(self._housekeeping.run(), "housekeeping")
        self._start_task(self._history.recall(now=self.clock(), wall=self.wall()), "history")
        self._start_task(self.alerting.run(), "alerts")
        self.notifier.ready()

    def end(self) -> None:
        """Stop soon."""
        self._ending.set()

    async def stop(self) -> None:
        """Finish the request in flight and end everything, within five seconds."""
        self.notifier.stopping()
        for task in self._tasks:
            if task.get_name() not in {REPORTER, FLEET}:
                task.cancel()  # ports that close slowly do so while the last request is in flight
        # A run that has asked nobody has nothing to withdraw: the list is another agent's, or an earlier run's.
        withdraw = self.settings.config.onlinesim.on_stop is OnStop.WITHDRAW and self.bank.was_answered
        alone = withdraw if self.fleet is None or not withdraw else await self.fleet.leave()
        await self.reporter.stop(withdraw=alone, within=3.5 if alone == withdraw else 1.5)
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        if self.fleet is not None:
            await self.fleet.stop(withdraw=withdraw)
        await self.control.stop()
        await self.status.stop()
        _log.info("the agent has stopped")

    @property
    def reloading(self) -> bool:
        """Whether config.yaml is being read again."""
        return self._reloading.locked()

    async def reload(self) -> bool:
        """Read config.yaml again and apply it; return False for a bad one, which is logged and changes nothing."""
        async with self._reloading:  # in turn, so that the file that was read last is the one that counts
            self.notifier.reloading()
            try:
                settings = await self.builder.reread(self.settings.config)
                self._claim_account(settings)
            except AccountInUse as used:
                _log.error(
                    "config.yaml was not applied: another agent of this machine (process %d) reports to its account",
                    used.holder,
                )
                return False
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
        before, self.settings = self.settings, settings
        config = settings.config
        self.set_up_log(config)
        self.at_logs.show_personal(config.log.personal is Personal.FULL)
        self.stand_ins.apply(config)
        self.view.labels = self.bank_log.labels = config.labels
        self.view.facts = replace(self.view.facts, mode=config.onlinesim.mode, test=config.onlinesim.test)
        self._notice_keeper.sims_file(self.settings)
        self._housekeeping.ussd = config.ussd
        self.store.past.keep = config.history.keep
        self.connector.set_answer_timeout(config.bank.answer_timeout)
        self.bank.reconfigure(
            roster=settings.inventory.places,
            lookup=settings.lookup.find,
            policy=settings.policy,
            intervals=settings.intervals,
        )
        self._offer.again()
        same = _account(before.config) == _account(config)
        if self.fleet is not None:
            self.fleet.apply(settings, same_account=same)
        sender = settings.client if self.fleet is None else self.fleet.sender(settings.client)
        self.reporter.reconfigure(sender, settings.reports)
        self.asker.reconfigure(settings.client, settings.questions, same_account=same)
        self.alerting.reconfigure(settings.alerts)
        _log.info("config.yaml was reloaded")
        if settings.after_restart:
            _log.warning("changes to %s take effect after a restart", ", ".join(settings.after_restart))

    def decided(self, decision: Decision) -> None:
        """Pass a decision on to reporter, store, log and page."""
        reporting = self.bank.reporting
        self._offer.decided(decision, reporting, self.settings)
        self._notice_keeper.decided(decision, reporting)
        self._history.decided(decision)
        self.view.note_verdicts(decision)
        log_verdicts(self.bank_log, decision, self.bank.policy.settle, self.clock())
        self.view.note_live()
        if decision.verdicts is not self._shown:  # all else that people see may wait for the next look at it
            self._shown = decision.verdicts
            self.status.changed()

    def rename(self, names: Mapping[str, str]) -> None:
        """Call modules otherwise from now on; `names` has the new names by the old ones. One list says it."""
        self.bank_log.renamed(names)
        self._history.renamed(names)
        self.view.renamed(names)
        self.bank.rename(names)
        self.reporter.send_list()

    def reported(self, report: Report) -> None:
        """Pass a finished request on to page and metrics."""
        if not report.part:
            self.alerting.reported(self.view.note_report(report))
            self._history.reported(report)
        if report.accepted and self.reporter.emptied:
            self.store.note_standing("")
            self.bank.withdrawn()
        if self.fleet is not None:
            self.fleet.reported(report)
        self.metrics.reported(report.result, report.took)
        self._notice_keeper.clock(self.settings.client.clock_ahead)
        self.asker.accepted(report.placed)
        self.asker.not_taken(report.not_taken)
        self._notice_keeper.reported(report)
        self.status.changed()

    def release_account(self) -> None:
        """Let another agent of this machine report to the account."""
        self.claim.release()

    def _claim_account(self, settings: Settings) -> None:
        """Claim the account of new settings, and release the old one. Raises AccountInUse."""
        account = settings.client.account
        if self.fleet is None and account != self.settings.client.account:
            claim = AccountClaim(account, REPORTS)
            self.claim.release()
            self.claim = claim

    def _start_task(self, work: Awaitable[None], name: str) -> None:
        task = asyncio.ensure_future(work)
        task.set_name(name)
        task.add_done_callback(self._task_ended)
        self._tasks.append(task)

    def _task_ended(self, task: asyncio.Task[None]) -> None:
        if not task.cancelled() and task.exception() is not None:
            name = task.get_name()
            _log.critical("the %s failed; the agent ends", _(name), exc_info=task.exception())
            self._failure = self._failure or task.exception()
            self.end()

    def _reload_soon(self) -> None:
        task = asyncio.ensure_future(self.reload())
        self._tasks.append(task)
        task.add_done_callback(self._tasks.remove)


def _account(config: Config) -> tuple[object, ...]:
    """What says whose account is used."""
    onlinesim = config.onlinesim
    return onlinesim.server, onlinesim.api_key, onlinesim.api_key_file
