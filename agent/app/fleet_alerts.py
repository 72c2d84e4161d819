"""What alerts need to know of a fleet: whether this host speaks for the account, and how the other hosts are."""

from __future__ import annotations

from agent.fleet.state import FleetState, HostLife, HostState, Leading


def speaks(fleet: FleetState | None) -> bool:
    """Return whether this host tells what concerns the account.

    A host alone does, and the leader. So does one that knows of no leader, or has no part in the fleet now: else nobody
    would say that nothing is reported.
    """
    return fleet is None or not (fleet.state is HostState.MEMBER and fleet.leader is not None)


def hosts_seen(fleet: FleetState | None) -> dict[str, float | None]:
    """Return the other hosts that the leader sees: since when each is silent, None for one that is not.

    Nobody's silence says anything to a leader that is blind, or has not heard of all yet.
    """
    if fleet is None or fleet.state is not HostState.LEADER or fleet.leading is not Leading.SPEAKING:
        return {}
    return {
        host.name: host.seen_at if host.life is HostLife.SILENT else None
        for host in fleet.hosts
        if host.name != fleet.host and (host.life is not HostLife.SILENT or host.seen_at is not None)
    }
