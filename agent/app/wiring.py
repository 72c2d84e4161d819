"""From a `Config` to running objects: every part made, and given what it needs."""

from __future__ import annotations

import contextlib
import random
import socket
import time
from collections.abc import AsyncIterator, Callable, Mapping
from typing import TYPE_CHECKING

import aiohttp

from agent import __version__
from agent.app.alert_settings import host_name
from agent.app.alerting import Alerting
from agent.app.control import carry_out
from agent.app.entries import Entries
from agent.app.from_store import open_store, recalled, told_numbers
from agent.app.process_limits import boottime, connections_beside, spare_the_collector
from agent.app.service import Service
from agent.app.settings import Settings, SettingsBuilder
from agent.app.status_token import read_token
from agent.app.systemd import SystemdNotifier
from agent.bank.at_log import AtLogs
from agent.bank.bank import Bank
from agent.bank.bank_log import BankLog
from agent.bank.connector import Connector
from agent.config import Config, PathKind, Personal
from agent.control.server import ControlServer, socket_path
from agent.decision.last_sims import LastSims
from agent.decision.verdict import Decision, Memory
from agent.onlinesim.account import QUESTIONS, REPORTS, AccountClaim, holder_of
from agent.onlinesim.client import open_session
from agent.onlinesim.number_asker import NumberAsker
from agent.onlinesim.report import Report
from agent.onlinesim.reporter import Reporter
from agent.sandbox.stand_ins import StandIns
from agent.status.metrics import Metrics
from agent.status.notices import Notices
from agent.status.past_json import Past
from agent.status.past_routes import PastRoutes
from agent.status.server import StatusServer
from agent.status.snapshot import AgentFacts, Snapshot
from agent.status.view import StatusView
from agent.store.store import Store
from drivers.ports import Hotplug
from drivers.sharing import SharedPorts
from drivers.wire import descriptor_limit, raise_descriptor_limit

if TYPE_CHECKING:  # a host alone needs no redis-py
    from agent.app.fleet_link import FleetLink


def _leave_log(_config: Config) -> None:
    """Leave the log as the caller set it up."""


class Wiring:
    """Makes a `Service` of a `Config`."""

    def __init__(
        self,
        config: Config,
        *,
        reread: Callable[[], Config],
        environment: Mapping[str, str],
        set_up_log: Callable[[Config], None] = _leave_log,
        clock: Callable[[], float] = boottime,
        wall: Callable[[], float] = time.time,
    ) -> None:
        """`reread` reads config.yaml again and may block; `set_up_log` is called at each reload."""
        self._config = config
        self._reread = reread
        self._environment = environment
        self._set_up_log = set_up_log
        self._clock = clock
        self._wall = wall
        self._stand_ins = StandIns(clock)
        self._shared_ports = SharedPorts(config.shared_ports.directory, clock=clock)
        self._hotplug = Hotplug(self._ports_changed)
        self._bank_is_there = False
        """A report was accepted: the objects of most modules are made."""
        self._bank_log = BankLog()
        self._at_logs = AtLogs(clock=clock, wall=wall, personal=config.log.personal is Personal.FULL)

    @contextlib.asynccontextmanager
    async def service(self) -> AsyncIterator[Service]:
        """Make all parts; those that need an end end with the block.

        Raises ConfigError, StoreInUse, AccountInUse, SimulationFailed, OSError.
        """
        raise_descriptor_limit()
        spare_the_collector()
        async with contextlib.AsyncExitStack() as ends:
            store = await open_store(self._config.store_file, self._wall)
            ends.callback(store.close)
            await self._stand_ins.start(self._config, ends)
            session = await ends.enter_async_context(open_session())
            ends.callback(self._shared_ports.close)
            self._token = await read_token(self._config)
            notices = Notices(store=store, shared_ports=self._shared_ports, bank_log=self._bank_log)
            builder = self._settings_builder(store, session, notices)
            settings = await builder.prepare(self._config)
            claim = self._claim(settings.client.account)
            # Of its own: what hangs on the way to the dead-man's switch must not count for Onlinesim.
            self._other_session = await ends.enter_async_context(open_session())
            service = self._assemble(builder, settings, store, notices, claim)
            ends.callback(service.release_account)
            self._watch_ports(service.bank, ends)
            yield service

    def _claim(self, account: str) -> AccountClaim:
        """Claim the account for this machine; hosts of a fleet share theirs. Raises AccountInUse."""
        claim = AccountClaim(account, REPORTS)
        if self._config.fleet is not None:
            claim.release()
        return claim

    def _settings_builder(
        self, store: Store, session: aiohttp.ClientSession, notices: Notices
    ) -> SettingsBuilder:
        return SettingsBuilder(
            read=self._reread,
            store=store,
            session=session,
            stand_ins=self._stand_ins,
            shared_ports=self._shared_ports,
            notices=notices,
            wall=self._wall,
            refusal=self._refusal,
            environment=self._environment,
            port_events=self._hotplug,
        )

    def _assemble(
        self,
        builder: SettingsBuilder,
        settings: Settings,
        store: Store,
        notices: Notices,
        claim: AccountClaim,
    ) -> Service:
        in_fleet = settings.config.fleet is not None
        metrics = Metrics(self._snapshot, clock=self._clock, version=__version__, fleet=in_fleet)
        connector = self._connector(settings, metrics)
        bank = self._bank(settings, store, connector)
        entries = Entries(bank, store)
        fleet = self._fleet = self._make_fleet(settings, bank, store, metrics)
        reporter = self._reporter(settings, store, entries)
        self._asker = self._number_asker(settings, reporter)
        if fleet is not None:
            fleet.attach(reporter, self._asker, settings)
        self._view = self._status_view(bank, reporter, entries, notices, store)
        self._view.labels = self._bank_log.labels = settings.config.labels
        self._view.history_of_day.restore(store.minutes)
        self._view.restore_reports(store.past.earlier_reports)
        status = self._status_server(metrics, store)
        self._alerting = self._make_alerting(settings, store, notices, bank, reporter, status)
        self._service = Service(
            settings=settings,
            claim=claim,
            builder=builder,
            bank=bank,
            connector=connector,
            entries=entries,
            reporter=reporter,
            asker=self._asker,
            view=self._view,
            store=store,
            control=ControlServer(
                socket_path(self._environment, self._config.store_file),
                lambda request: carry_out(self._service, request),
            ),
            status=status,
            metrics=metrics,
            notices=notices,
            alerting=self._alerting,
            bank_log=self._bank_log,
            at_logs=self._at_logs,
            stand_ins=self._stand_ins,
            notifier=SystemdNotifier(self._environment),
            clock=self._clock,
            wall=self._wall,
            fleet=fleet,
            set_up_log=self._set_up_log,
        )
        return self._service

    def _make_fleet(self, settings: Settings, bank: Bank, store: Store, metrics: Metrics) -> FleetLink | None:
        if settings.config.fleet is None:
            return None
        from agent.app.fleet_link import FleetLink  # noqa: PLC0415  a host alone needs no redis-py

        link = FleetLink(bank=bank, store=store, clock=self._clock, on_change=self._answered)
        link.make(settings, self._environment, timed=metrics.engine_answered)
        return link

    def _snapshot(self) -> Snapshot:
        return self._view.snapshot()

    def _decided(self, decision: Decision) -> None:
        self._service.decided(decision)

    def _reported(self, report: Report) -> None:
        if report.accepted and not self._bank_is_there:
            self._bank_is_there = True
            spare_the_collector()  # once: what a module leaves behind when it is replugged must not add up
        self._service.reported(report)

    def _connector(self, settings: Settings, metrics: Metrics) -> Connector:
        return Connector(
            at_logs=self._at_logs,
            counts=metrics,
            shared_ports=self._shared_ports,
            clock=self._clock,
            answer_timeout=settings.config.bank.answer_timeout,
        )

    def _bank(self, settings: Settings, store: Store, connector: Connector) -> Bank:
        return Bank(
            roster=settings.inventory.places,
            connect=connector.connect,
            lookup=settings.lookup.find,
            policy=settings.policy,
            intervals=settings.intervals,
            clock=self._clock,
            memory=Memory(recalled=recalled(store, now=self._clock(), wall=self._wall())),
            told=told_numbers(store),
            standing=bool(store.standing) and store.standing == settings.client.account,
            on_decision=self._decided,
        )

    def _refusal(self, number: str) -> str:
        return self._service.reporter.refusal(number)

    def _may_ask(self) -> bool:
        if self._fleet is not None and not self._fleet.leads:
            return False
        return holder_of(self._service.settings.client.account, QUESTIONS) is None

    def _answered(self) -> None:
        self._service.status.changed()

    def _reporter(self, settings: Settings, store: Store, entries: Entries) -> Reporter:
        async def before_request() -> None:
            self._asker.make_way()
            await store.before_report()

        fleet = self._fleet
        return Reporter(
            settings.client if fleet is None else fleet.sender(settings.client),
            settings.reports,
            self._clock,
            self._wall,
            random.random,
            newest=entries.decide if fleet is None else fleet.fleet.newest,
            flush=before_request,
            on_report=self._reported,
        )

    def _number_asker(self, settings: Settings, reporter: Reporter) -> NumberAsker:
        return NumberAsker(
            settings.client,
            settings.questions,
            self._clock,
            random.random,
            idle_for=reporter.idle_for,
            may_ask=self._may_ask,
            on_change=self._answered,
            on_missing=reporter.doubt,
        )

    def _status_view(
        self, bank: Bank, reporter: Reporter, entries: Entries, notices: Notices, store: Store
    ) -> StatusView:
        return StatusView(
            bank=bank,
            reporter=reporter,
            facts=self._facts(),
            entries=entries.last if self._fleet is None else self._fleet.payload,
            answers=lambda: self._asker.answers,
            shared_ports=self._shared_ports,
            notices=notices,
            at_logs=self._at_logs,
            clock=self._clock,
            wall=self._wall,
            last_sims=LastSims(store.cards.sims.__contains__, self._clock),
            alerts=lambda: self._alerting.row(),
            fleet=None if self._fleet is None else self._fleet.fleet,
        )

    def _make_alerting(
        self,
        settings: Settings,
        store: Store,
        notices: Notices,
        bank: Bank,
        reporter: Reporter,
        status: StatusServer,
    ) -> Alerting:
        return Alerting(
            settings.alerts,
            host=host_name(self._config, socket.gethostname()),
            bank=bank,
            reporter=reporter,
            store=store,
            notices=notices,
            view=lambda: self._view,
            session=self._other_session,
            clock=self._clock,
            wall=self._wall,
            on_change=status.changed,
        )

    def _status_server(self, metrics: Metrics, store: Store) -> StatusServer:
        past = Past(path=store.path, running=True, wall=self._wall)
        return StatusServer(
            self._view,
            metrics.render,
            listen=self._config.status.listen,
            token=self._token,
            connections=connections_beside(self._config, descriptor_limit()),
            past=PastRoutes(past, store.flush, self._view.history),
            clock=self._clock,
        )

    def _facts(self) -> AgentFacts:
        onlinesim = self._config.onlinesim
        return AgentFacts(
            version=__version__,
            started_at=self._clock(),
            sandbox=onlinesim.sandboxed,
            mode=onlinesim.mode,
            test=onlinesim.test,
        )

    def _ports_changed(self) -> None:
        self._service.bank.ports_changed()

    def _watch_ports(self, bank: Bank, ends: contextlib.AsyncExitStack) -> None:
        if any(rule.kind is not PathKind.SIMULATED for rule in self._config.ports):
            self._hotplug.start()
            ends.callback(self._hotplug.stop)
        if self._stand_ins.simulation is not None:
            self._stand_ins.simulation.on_change = bank.ports_changed
