"""The alerts of a running agent: what the rules look at is made here, and what became of messages is shown."""

from __future__ import annotations

import asyncio
import logging
import statistics
import time
from collections.abc import Callable
from functools import partial
from typing import Final

import aiohttp

from agent.alerts.alerter import Alerter
from agent.alerts.courier import Courier
from agent.alerts.dead_man import DeadMan
from agent.alerts.receipt_texts import why_in
from agent.alerts.situation import ModuleLook, ReportsLook, Situation
from agent.app.alert_settings import AlertSettings, fault_in
from agent.app.fleet_alerts import hosts_seen, speaks
from agent.bank.bank import Bank
from agent.decision.texts import reason_text
from agent.decision.verdict import Reason
from agent.fleet.state import FleetState
from agent.language import N_, NO_TEXT, Bilingual, both, current_language
from agent.onlinesim.report import ReportOutcome
from agent.onlinesim.reporter import Reporter
from agent.status.alerts_row import AlertServiceRow, AlertsRow
from agent.status.health import readiness
from agent.status.notices import Notices
from agent.status.snapshot import ReportRow
from agent.status.view import StatusView, later
from agent.store.problems import problem_in
from agent.store.store import Store

_log = logging.getLogger(__name__)

FEWEST_MINUTES: Final = 30
"""Of the last 24 hours, before it is known what is usual."""
USUAL_EVERY: Final = 60.0
"""Seconds: the plot has a point each minute."""
_REFUSED: Final = {ReportOutcome.ACCEPTED: False, ReportOutcome.REFUSED: True}
_UNSENT: Final = N_("Alerts are not sent: {why}")


def minute_of_day(wall: float) -> int:
    """Return the minute of the local day."""
    local = time.localtime(wall)
    return local.tm_hour * 60 + local.tm_min


class Alerting:
    """Alerter and dead-man's switch of one agent."""

    def __init__(
        self,
        settings: AlertSettings,
        *,
        host: str,
        bank: Bank,
        reporter: Reporter,
        store: Store,
        notices: Notices,
        view: Callable[[], StatusView],
        session: aiohttp.ClientSession,
        clock: Callable[[], float],
        wall: Callable[[], float],
        on_change: Callable[[], None],
        courier: Courier | None = None,
    ) -> None:
        self._bank = bank
        self._reporter = reporter
        self._store = store
        self._notices = notices
        self._view = view
        self._clock = clock
        self._changed = on_change
        self._last_report: ReportRow | None = None
        self._usual: tuple[float, int | None] | None = None
        """When it was reckoned, and what is usual."""
        self._fault = ""
        self._dead_man = DeadMan(session, ready=lambda: readiness(view().snapshot(), clock())[0])
        self._alerter = Alerter(
            settings.policy,
            courier or Courier(),
            host=host,
            look=self.situation,
            clock=clock,
            wall=wall,
            minute=lambda: minute_of_day(wall()),
            keep=store.note_alerts,
            before=store.alerts,
            live=tuple(store.live),
            on_change=self._sent,
        )
        self.reconfigure(settings)

    async def run(self) -> None:
        """Watch and tell until cancelled."""
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._alerter.run())
            tasks.create_task(self._dead_man.run())

    def reconfigure(self, settings: AlertSettings) -> None:
        """Put settings into force."""
        self._alerter.reconfigure(settings.policy)
        self._dead_man.set_url(settings.heartbeat_url)
        if settings.fault and settings.fault != self._fault:
            _log.error("alerts: %s", fault_in(settings.fault, current_language()))
        self._fault = settings.fault
        self._sent()

    def reported(self, row: ReportRow) -> None:
        """Take note of a finished report."""
        self._last_report = row

    def row(self) -> AlertsRow:
        """Return what people see of alerts."""
        messages, calls = self._alerter.counts, self._dead_man.counts
        return AlertsRow(
            on=bool(self._alerter.services),
            services=tuple(
                AlertServiceRow(name=one.name, sent_at=one.sent_at, failed_at=one.failed_at, why=one.why)
                for one in self._alerter.services
            ),
            sent=messages["sent"],
            failed=messages["failed"],
            heartbeat_url=self._dead_man.has_url,
            heartbeat_sent=calls["sent"],
            heartbeat_failed=calls["failed"],
        )

    def situation(self) -> Situation:
        """Return how the host is now."""
        view = self._view()
        fleet = view.fleet_state()
        return Situation(
            now=self._clock(),
            started_at=view.facts.started_at,
            modules=self._modules(),
            reports=None if view.facts.sandbox or view.facts.test else self._reports(fleet),
            speaks=speaks(fleet),
            usual=self._usual_live(view),
            store_problem=Bilingual.of(partial(problem_in, self._store.unwritable)),
            hosts=hosts_seen(fleet),
            labels=view.labels,
        )

    def _modules(self) -> dict[str, ModuleLook]:
        decision = self._bank.decision
        modules = {}
        for name, member in self._bank.members.items():
            verdict, live = decision.verdicts.get(name), decision.live.get(name)
            reason = verdict.reason if verdict is not None else Reason.SILENT
            # Only of a held port: other details may hold what is personal, or what to paste into config.yaml.
            detail = verdict.detail if verdict is not None and reason is Reason.PORT_BUSY else ""
            modules[name] = ModuleLook(
                reason,
                Bilingual.of(partial(reason_text, reason, detail)),
                member.place.group,
                live.number.text if live is not None else "",
            )
        return modules

    def _reports(self, fleet: FleetState | None) -> ReportsLook:
        row, unasked = self._last_report, self._notices.unasked
        why = unasked or (Bilingual.of(row.explained) if row is not None else NO_TEXT)
        return ReportsLook(
            accepted_at=later(self._reporter.state().accepted_at, fleet.accepted_at if fleet else None),
            refused=None if row is None else _REFUSED.get(row.outcome),
            why=why,
        )

    def _usual_live(self, view: StatusView) -> int | None:
        now = self._clock()
        if self._usual is None or now - self._usual[0] >= USUAL_EVERY:
            live = [minute.live for minute in view.history()]
            self._usual = now, statistics.median_low(live) if len(live) >= FEWEST_MINUTES else None
        return self._usual[1]

    def _sent(self) -> None:
        """Say on the page, and in the log of the moment, where nobody can be told."""
        services = self._alerter.services
        failing = [one for one in services if one.failed_at is not None]
        why = Bilingual.of(partial(fault_in, self._fault))
        if not self._fault and services and len(failing) == len(services):
            why = Bilingual.of(
                lambda language: "; ".join(f"{one.name}: {why_in(one.why, language)}" for one in failing[:3])
            )
        self._notices.alerts = both(_UNSENT, why=why) if why.en else None
        self._changed()
