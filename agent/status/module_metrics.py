"""The metrics of each module, with its name as their only label; those of modules that are gone vanish."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Final

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric

from agent.decision.verdict import Reason
from agent.status.snapshot import ModuleRow, age

_IDENTITY: Final = re.compile(r"\d{14,}")
"""An IMEI or ICCID within a name."""


def label_of(row: ModuleRow) -> str:
    """Return the module's name; for one made of an IMEI its place."""
    if not _IDENTITY.search(row.name):
        return row.name
    return row.place if row.place and not _IDENTITY.search(row.place) else row.group


@dataclass(slots=True)
class Turnover:
    """How often each module's SIM joined the live set and left it, since the agent started."""

    joins: dict[str, int] = field(default_factory=dict)
    losses: dict[str, int] = field(default_factory=dict)

    def changed(self, module: str, before: str | None, reason: str) -> None:
        """Count a module's change from one reason to another; None for a module that is told for the first time."""
        if before is None or (before == Reason.LIVE) == (reason == Reason.LIVE):
            return
        counts = self.joins if reason == Reason.LIVE else self.losses
        counts[module] = counts.get(module, 0) + 1

    def of(self, rows: Sequence[ModuleRow]) -> Iterable[tuple[ModuleRow, int, int]]:
        """Yield each module with its joins and losses; those of others are forgotten."""
        there = {row.name for row in rows}
        for counts in (self.joins, self.losses):
            for name in counts.keys() - there:
                del counts[name]
        for row in rows:
            yield row, self.joins.get(row.name, 0), self.losses.get(row.name, 0)


def module_metrics(rows: Sequence[ModuleRow], turnover: Turnover, now: float) -> Iterable[Metric]:
    """Yield the series of the modules that are there."""
    live = GaugeMetricFamily("simbank_module_live", "1 while the module's SIM is live.", labels=["module"])
    signal = GaugeMetricFamily("simbank_module_signal_dbm", "Signal of the module.", labels=["module"])
    answer = GaugeMetricFamily(
        "simbank_module_last_answer_seconds",
        "Time since the module's last complete answer.",
        labels=["module"],
    )
    joins = CounterMetricFamily(
        "simbank_module_joins", "How often the module's SIM joined the live set.", labels=["module"]
    )
    losses = CounterMetricFamily(
        "simbank_module_losses", "How often the module's SIM left the live set.", labels=["module"]
    )
    for row, joined, lost in turnover.of(rows):
        label = [label_of(row)]
        live.add_metric(label, row.live)
        if row.signal_dbm is not None:
            signal.add_metric(label, row.signal_dbm)
        since = age(row.seen_at, now)
        if since is not None:
            answer.add_metric(label, since)
        joins.add_metric(label, joined)
        losses.add_metric(label, lost)
    yield from (live, signal, answer, joins, losses)
