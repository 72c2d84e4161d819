"""Modules and hubs that are pulled and plugged."""

from __future__ import annotations

import time

from bank import MODULES
from world import World, out_and_in, require, require_same_names


def hot_plug(world: World) -> str:
    """One module out and in; a hub of eight; three in another order: numbers leave at once, names stay."""
    single = world.bank.hubs[0].devices[0]
    out, back = out_and_in(world, [single])
    figures = [f"one out {out:.1f} s, back {back:.0f} s"]
    hub = world.bank.hubs[1]
    began = time.time()
    world.bank.unplug_hub(hub)
    report = world.account.wait_for(lambda entries: len(entries) == MODULES - 8, since=began)
    out, began = report.at - began, time.time()
    world.bank.plug_hub(hub)
    for device in hub.devices:
        world.bank.plug(device)
    report = world.all_live(began)
    require_same_names(world, report)
    figures.append(f"a hub of eight out {out:.1f} s, back {report.at - began:.0f} s")
    out_and_in(world, world.bank.hubs[0].devices[:3], reverse=True)
    figures.append("three in another order: same names")
    native = world.bank.hubs[2].devices[0]
    out, back = out_and_in(world, [native])
    figures.append(f"an LTE modem out {out:.1f} s, back {back:.0f} s")
    return "; ".join(figures)


def many_replugs(world: World) -> str:
    """Modules pulled and plugged at random, some within milliseconds: no leak, no wrong name, no false advice."""
    pid = world.host.property("MainPID")
    before = _footprint(world, pid)
    devices = world.bank.hubs[0].devices + world.bank.hubs[1].devices
    began, moment = time.time(), world.host.now()
    for _ in range(world.replugs):
        device = world.chance.choice(devices)
        world.bank.unplug(device)
        time.sleep(world.chance.choice((0.02, 0.1, 0.3, 1.0)))
        world.bank.plug(device)
        time.sleep(world.chance.choice((0.02, 0.3, 1.0)))
    finished = time.time()
    world.all_live(finished, timeout=900)
    for report in world.account.reports(began):
        require_same_names(world, report)
    require("usermod" not in world.host.journal(moment), "a new port was taken for a forbidden one")
    require(world.host.property("MainPID") == pid, "the service was restarted")
    after = _footprint(world, pid)
    require(after[0] <= before[0] + 4, f"descriptors {before[0]} → {after[0]}")
    return (
        f"{world.replugs} replugs: descriptors {before[0]} → {after[0]}, memory {before[1]} → {after[1]} MB"
    )


def _footprint(world: World, pid: str) -> tuple[int, int]:
    """Descriptors and resident megabytes of a process."""
    text = world.machine.run(
        f"ls /proc/{pid}/fd | wc -l; awk '/VmRSS/ {{print $2}}' /proc/{pid}/status"
    ).split()
    return int(text[0]), int(text[1]) // 1024
