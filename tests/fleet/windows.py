"""No window is missed when the leader dies, at whatever second of the heartbeat's cycle.

All times are a tenth of the real ones: a lease of 3 s, a window of 30 s, and the heartbeat that follows from them.
"""

from __future__ import annotations

import asyncio
from pathlib import Path

from fleet_world import SCALED, FleetWorld
from real_processes import boottime

WINDOW = 30.0
LEASE = 3.0
HEARTBEAT = 20.0
"""What is left of the window after two leases, two renewals, a request and a twentieth of it; 200 s in real time."""
SCALE = {"REQUEST": 1.5, "LEAST_REQUEST": 0.3, "WINDOW": WINDOW}


async def longest_silence(folder: Path, offset: float) -> tuple[float, list[str]]:
    """Kill the leader so many seconds after a report; return the longest silence around it, and violations."""
    world = FleetWorld(folder, hosts=2, modules=1, lease=LEASE, heartbeat=60.0, times={**SCALED, **SCALE})
    async with world.running():
        await asyncio.sleep(LEASE)  # the echo of the first list, and what joins late
        last = world.market.lists[-1].at
        await world.until(lambda: world.market.lists[-1].at > last, "a heartbeat", 4 * HEARTBEAT)
        last = world.market.lists[-1].at
        await asyncio.sleep(max(0.0, last + offset - boottime()))
        world.doing = f"the leader dies {offset:g} s after a report"
        leader = await world.leader()
        await leader.kill()
        await world.whole(without=(leader.host,), within=WINDOW + 10)
        return world.longest_gap(last), world.violations
