"""`/metrics` for Prometheus: base units, counters that end in `_total`.

No label holds a number, ICCID, IMSI or IMEI.
"""

from __future__ import annotations

from collections import Counter as Tally
from collections.abc import Callable, Iterable
from typing import Final

from prometheus_client import CollectorRegistry, Counter, Histogram, ProcessCollector, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, InfoMetricFamily, Metric
from prometheus_client.registry import Collector

from agent.decision.changes import Change
from agent.decision.verdict import Reason
from agent.onlinesim.number_answer import NumberStatus
from agent.onlinesim.report import ReportOutcome
from agent.status.fleet_metrics import fleet_metrics
from agent.status.module_metrics import Turnover, module_metrics
from agent.status.snapshot import Snapshot

# A good module answers within tens of milliseconds; USSD and operator names take seconds (docs/at-field-guide.md §1.6).
_COMMAND_BUCKETS: Final = (0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0, 30.0)
_REPORT_BUCKETS: Final = (0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0, 15.0)
_ENGINE_BUCKETS: Final = (0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0)
_CLIENT_BUCKETS: Final = (0.01, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0)
# Sending a message takes seconds; after a lease of 30 s a number leaves.
_QUESTION_BUCKETS: Final = (0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0, 20.0, 30.0, 60.0)


class Metrics:
    """Counters of events, rendered together with the newest snapshot. All durations are seconds."""

    def __init__(
        self,
        snapshot: Callable[[], Snapshot],
        *,
        clock: Callable[[], float],
        version: str,
        fleet: bool = False,
    ) -> None:
        """`fleet`: whether the host is part of one."""
        self._reports = Counter(
            "simbank_reports_total",
            "Requests to Onlinesim by outcome.",
            ["outcome"],
            registry=None,
        )
        for outcome in ReportOutcome:
            self._reports.labels(outcome.value)
        self._report_duration = _histogram(
            "simbank_report_duration_seconds", "How long requests to Onlinesim took.", _REPORT_BUCKETS
        )
        self._command_duration = _histogram(
            "simbank_command_duration_seconds", "How long modules took to answer a command.", _COMMAND_BUCKETS
        )
        self._client_wait = _histogram(
            "simbank_client_wait_seconds",
            "How long commands from shared ports waited for a question of ours.",
            _CLIENT_BUCKETS,
        )
        self._question_wait = _histogram(
            "simbank_question_wait_seconds",
            "How long questions of ours waited for a command from the shared port.",
            _QUESTION_BUCKETS,
        )
        self._timeouts = Counter(
            "simbank_command_timeouts_total", "Commands that were not answered in time.", registry=None
        )
        self._urcs = Counter(
            "simbank_urcs_total", "Unsolicited result codes (URCs) from modules.", registry=None
        )
        self._reconnects = Counter(
            "simbank_reconnects_total", "Ports that were reopened after they were lost.", registry=None
        )
        self._engine_duration = _histogram(
            "simbank_fleet_engine_seconds", "How long the fleet's engine took to answer.", _ENGINE_BUCKETS
        )
        self._registry = CollectorRegistry(auto_describe=False)
        self._registry.register(
            _Counted(
                self._reports,
                self._report_duration,
                self._command_duration,
                self._client_wait,
                self._question_wait,
                self._timeouts,
                self._urcs,
                self._reconnects,
                *([self._engine_duration] if fleet else []),
            )
        )
        self._turnover = Turnover()
        self._registry.register(_Seen(snapshot, clock, version, self._turnover))
        ProcessCollector(registry=self._registry)

    def reported(self, outcome: ReportOutcome, took: float) -> None:
        """Count a finished request to Onlinesim."""
        self._reports.labels(outcome.value).inc()
        self._report_duration.observe(took)

    def changed(self, change: Change) -> None:
        """Count a module's SIM that joined the live set or left it."""
        self._turnover.changed(change.module, change.before, change.reason)

    def answered(self, took: float) -> None:
        """Count a command that was answered, with any final result."""
        self._command_duration.observe(took)

    def timed_out(self) -> None:
        """Count a command that was not answered in time."""
        self._timeouts.inc()

    def unsolicited(self) -> None:
        """Count a URC."""
        self._urcs.inc()

    def reconnected(self) -> None:
        """Count a lost port that was reopened."""
        self._reconnects.inc()

    def client_waited(self, took: float) -> None:
        """A command from a shared port waited so long for its turn."""
        self._client_wait.observe(took)

    def question_waited(self, took: float) -> None:
        """A question of ours waited so long for a command from the shared port to end."""
        self._question_wait.observe(took)

    def engine_answered(self, took: float) -> None:
        """The engine of the fleet answered a command after so long."""
        self._engine_duration.observe(took)

    def render(self) -> bytes:
        """Return the body of `/metrics`, in Prometheus' text format 0.0.4."""
        return generate_latest(self._registry)


def _histogram(name: str, meaning: str, buckets: tuple[float, ...]) -> Histogram:
    return Histogram(name, meaning, buckets=buckets, registry=None)


class _Counted(Collector):
    """The counted metrics, without the `_created` series, which double the output and which nothing uses."""

    def __init__(self, *instruments: Counter | Histogram) -> None:
        self._instruments = instruments

    def collect(self) -> Iterable[Metric]:
        for instrument in self._instruments:
            for metric in instrument.collect():
                metric.samples = [s for s in metric.samples if not s.name.endswith("_created")]
                yield metric


class _Seen(Collector):
    """The metrics that are read from the newest snapshot."""

    def __init__(
        self, snapshot: Callable[[], Snapshot], clock: Callable[[], float], version: str, turnover: Turnover
    ) -> None:
        self._turnover = turnover
        self._snapshot = snapshot
        self._clock = clock
        self._version = version

    def collect(self) -> Iterable[Metric]:
        snapshot, now = self._snapshot(), self._clock()
        build = InfoMetricFamily("simbank_build", "Version and mode of the running agent.")
        build.add_metric([], {"version": self._version, "mode": snapshot.agent.mode})
        yield build
        yield from _modules(snapshot)
        yield from _groups(snapshot)
        yield from module_metrics(snapshot.modules, self._turnover, now)
        yield from _reporting(snapshot, now)
        yield from _numbers(snapshot)
        yield from fleet_metrics(snapshot.fleet)
        yield from _alerts(snapshot)


def _modules(snapshot: Snapshot) -> Iterable[Metric]:
    by_reason = Tally(row.reason for row in snapshot.modules)
    modules = GaugeMetricFamily("simbank_modules", "Modules by verdict.", labels=["reason"])
    for reason in Reason:
        modules.add_metric([reason.value], by_reason[reason.value])
    yield modules
    yield GaugeMetricFamily("simbank_live", "SIMs that are live now.", snapshot.live)
    yield GaugeMetricFamily(
        "simbank_cap", "Most numbers that are ever reported (bank.modules).", snapshot.cap
    )
    clients = sum(row.client is not None for row in snapshot.modules)
    yield GaugeMetricFamily("simbank_clients", "Programs that use a shared port.", clients)


def _groups(snapshot: Snapshot) -> Iterable[Metric]:
    modules = GaugeMetricFamily("simbank_group_modules", "Modules of a hub or pool.", labels=["group"])
    live = GaugeMetricFamily("simbank_group_live", "Live SIMs of a hub or pool.", labels=["group"])
    live_of = Tally(row.group for row in snapshot.modules if row.live)
    for group, count in Tally(row.group for row in snapshot.modules).items():
        modules.add_metric([group], count)
        live.add_metric([group], live_of[group])
    yield modules
    yield live


def _numbers(snapshot: Snapshot) -> Iterable[Metric]:
    asked = [row.onlinesim for row in snapshot.modules if row.onlinesim is not None]
    by_status = Tally(one.status for one in asked)
    numbers = GaugeMetricFamily(
        "simbank_onlinesim_numbers", "Live numbers by what Onlinesim says of them.", labels=["status"]
    )
    for status in NumberStatus:
        numbers.add_metric([status.value], by_status[status.value])
    yield numbers
    yield GaugeMetricFamily(
        "simbank_onlinesim_banned",
        "Live numbers that Onlinesim has banned after failed operations.",
        sum(one.banned is True for one in asked),
    )


def _reporting(snapshot: Snapshot, now: float) -> Iterable[Metric]:
    yield CounterMetricFamily(
        "simbank_missed_windows_total",
        "Five-minute windows without an accepted report.",
        snapshot.missed_windows,
    )
    age = snapshot.accepted_age(now)
    if age is not None:
        yield GaugeMetricFamily(
            "simbank_last_accepted_report_age_seconds", "Time since a report was last accepted.", age
        )
    if snapshot.heartbeat_at is not None:
        yield GaugeMetricFamily(
            "simbank_next_heartbeat_seconds", "Time until the next heartbeat.", snapshot.heartbeat_at - now
        )
    yield GaugeMetricFamily(
        "simbank_selling",
        "1 while a real report was accepted within five minutes.",
        snapshot.selling(now),
    )
    test_mode = snapshot.agent.sandbox or snapshot.agent.test is not None
    yield GaugeMetricFamily(
        "simbank_test_mode", "1 while nothing can be sold: the sandbox, or a test mode.", test_mode
    )
    yield GaugeMetricFamily(
        "simbank_uptime_seconds", "Time since the agent started.", now - snapshot.agent.started_at
    )


def _alerts(snapshot: Snapshot) -> Iterable[Metric]:
    alerts = snapshot.alerts
    messages = CounterMetricFamily("simbank_alerts_total", "Messages to alert services.", labels=["outcome"])
    calls = CounterMetricFamily(
        "simbank_heartbeat_url_calls_total",
        "Calls of the dead-man's switch (alerts.heartbeat_url).",
        labels=["outcome"],
    )
    messages.add_metric(["sent"], alerts.sent)
    messages.add_metric(["failed"], alerts.failed)
    calls.add_metric(["sent"], alerts.heartbeat_sent)
    calls.add_metric(["failed"], alerts.heartbeat_failed)
    yield messages
    yield calls
