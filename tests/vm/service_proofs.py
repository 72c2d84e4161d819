"""Start, grouping, hardening, reload and watchdog of the service."""

from __future__ import annotations

import re
import time

from bank import MODULES, TTYS
from world import World, names_of, require


def start(world: World) -> str:
    """A fresh Debian, everything plugged before the kernel looks; the package; README's config; the first list."""
    booted = world.machine.boot(fresh=True, plug=lambda: world.bank.plug_everything(world.chance))
    world.host.install()
    world.host.configure(MODULES)
    began = time.time()
    world.host.service("enable --now")
    report = world.all_live(began)
    world.names = names_of(report)
    require(len(set(world.names.values())) == MODULES, f"names are not unique: {world.names}")
    return f"booted in {booted:.0f} s; {MODULES} of {MODULES} reported {report.at - began:.0f} s after systemctl start"


def grouping(world: World) -> str:
    """Each module once, its ports together; permissions, links and timers as the rules say."""
    modules = world.host.modules()
    require(len(modules) == MODULES, f"{len(modules)} modules are shown")
    ports = sorted(len(module["ports"]) for module in modules.values())
    require(ports == [1] * (MODULES - 3) + [2, 2, 3], f"ports of the modules: {ports}")
    owners = set(world.machine.run("stat -c '%U:%G %a' /dev/ttyUSB* /dev/ttyACM*").splitlines())
    require(owners == {"root:dialout 660"}, f"the ports belong to {owners}")
    timers = set(world.machine.run("cat /sys/bus/usb-serial/devices/ttyUSB*/latency_timer").split())
    require(timers == {"1"}, f"latency timers are {timers}")
    links = world.machine.run("ls /dev/simbank").split()
    ttys = world.host.ttys()
    require(len(links) == len(ttys) == TTYS, f"{len(links)} links for {len(ttys)} ttys")
    return f"{len(modules)} modules on {len(ttys)} ttys, all root:dialout 0660, with links in /dev/simbank"


def hardening(world: World) -> str:
    """The unit is the hardened one, runs as its own user and keeps its store where it may write."""
    exposure = world.machine.run("systemd-analyze security simbank-agent --no-pager | tail -1")
    level = float(re.findall(r"\d+\.\d", exposure)[0])
    require(level < 2.0, f"exposure {level}")
    pid = world.host.property("MainPID")
    user = world.machine.run(f"stat -c %U /proc/{pid}").strip()
    require(user == "simbank-agent", f"it runs as {user}")
    kept = world.machine.run("stat -c '%U %a' /var/lib/simbank-agent/simbank.db").strip()
    require(kept == "simbank-agent 600", f"the store is {kept}")
    memory = int(world.host.property("MemoryCurrent")) / 1e6
    return f"exposure {level}, user {user}, store in /var/lib/simbank-agent, {memory:.0f} MB"


def reload(world: World) -> str:
    """`systemctl reload` takes a smaller bank, and the former one again, without a restart."""
    pid = world.host.property("MainPID")
    began = time.time()
    world.host.configure(MODULES - 1)
    world.host.service("reload")
    report = world.account.wait_for(lambda entries: len(entries) == MODULES - 1, since=began)
    smaller = report.at - began
    world.host.configure(MODULES)
    began = time.time()
    world.host.service("reload")
    world.all_live(began)
    require(world.host.property("MainPID") == pid, "the service was restarted")
    return f"one module fewer reported {smaller:.1f} s after systemctl reload, and back"


def watchdog(world: World) -> str:
    """An agent that stands still is ended by systemd, and its successor reports everything."""
    before = world.host.property("NRestarts")
    began = time.time()
    world.machine.run(f"kill -STOP {world.host.property('MainPID')}")
    report = world.all_live(began, timeout=300)
    after = world.host.property("NRestarts")
    require(int(after) == int(before) + 1, f"restarts: {before} → {after}")
    return f"restarted, {MODULES} reported {report.at - began:.0f} s after SIGSTOP"
