"""The fleet in `/metrics`. No label holds the name of a host or an account."""

from __future__ import annotations

from collections import Counter as Tally
from collections.abc import Iterable

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric

from agent.fleet.state import FleetState, HostLife, HostState, Net


def fleet_metrics(state: FleetState | None) -> Iterable[Metric]:
    """Yield the metrics of a fleet as one host sees it; none for a host alone."""
    if state is None:
        return
    yield GaugeMetricFamily(
        "simbank_fleet_leads", "1 while this host speaks for the fleet.", state.state is HostState.LEADER
    )
    states = GaugeMetricFamily("simbank_fleet_state", "1 for the state of this host.", labels=["state"])
    for one in HostState:
        states.add_metric([one.value], one is state.state)
    yield states
    lives = Tally(host.life for host in state.hosts)
    hosts = GaugeMetricFamily("simbank_fleet_hosts", "Hosts of the fleet by state.", labels=["state"])
    for life in HostLife:
        hosts.add_metric([life.value], lives[life])
    yield hosts
    if state.numbers is not None:
        yield GaugeMetricFamily(
            "simbank_fleet_numbers",
            "Numbers in the list of the fleet, as far as this host knows.",
            state.numbers,
        )
    yield GaugeMetricFamily(
        "simbank_fleet_doubts",
        "Numbers that two hosts claim: of all hosts on the leader, of this host elsewhere.",
        len(state.doubts),
    )
    yield GaugeMetricFamily("simbank_fleet_engine_up", "1 while the engine answers.", state.engine.up)
    yield from _counters(state)


def _counters(state: FleetState) -> Iterable[Metric]:
    yield CounterMetricFamily(
        "simbank_fleet_takeovers_total", "How often this host took the lead.", state.takeovers
    )
    fenced = CounterMetricFamily(
        "simbank_fleet_fenced_total", "What kept this host from speaking after its time.", labels=["net"]
    )
    for net in Net:
        fenced.add_metric([net.value], state.fenced.get(net, 0))
    yield fenced
    yield CounterMetricFamily(
        "simbank_fleet_blind_seconds_total",
        "For how long this host has led without reading the engine.",
        state.blind_s,
    )
