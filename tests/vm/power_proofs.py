"""The mains fail."""

from __future__ import annotations

import time

from bank import MODULES
from world import World, differences, names_of, require


def mains_fail(world: World) -> str:
    """The mains fail just after a swapped SIM was reported: what Onlinesim was told is what it is told again."""
    figures = []
    for _ in range(world.mains):
        module = f"Port{world.chance.randrange(4, 4 + 16)}"
        old, began = world.bank.number(module), time.time()
        world.bank.do(f"swap {module}")
        new = world.bank.number(module)
        world.account.wait_for(
            lambda entries, new=new, old=old: (
                new in entries and old not in entries and len(entries) == MODULES
            ),
            since=began,
        )
        time.sleep(world.chance.choice((0.0, 0.2, 1.0, 3.0)))
        world.machine.mains_fail()
        told = world.account.reports()[-1]
        world.names = names_of(told)
        for device in world.bank.devices:
            device.plugged = False
        began = time.time()
        booted = world.machine.boot(plug=lambda: world.bank.plug_everything(world.chance))
        report = world.account.reports(began)[0] if world.account.reports(began) else None
        report = report or world.account.wait_for(lambda entries: bool(entries), since=began, timeout=300)
        require(report.entries == told.entries, f"told {differences(told.entries, report.entries)}")
        figures.append(f"{report.at - began:.0f} s ({booted:.0f} s to boot)")
    return f"{world.mains} times the first list after the boot was the last one before: {', '.join(figures)}"
