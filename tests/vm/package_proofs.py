"""The package: installed again, removed, purged."""

from __future__ import annotations

import time

from world import World, differences, require


def package(world: World) -> str:
    """Installed again over a running service; removed; installed; purged: nothing is lost, then nothing is left."""
    told, began = world.account.reports()[-1], time.time()
    world.host.install()
    report = world.all_live(began, timeout=900)
    require(report.entries == told.entries, f"after an upgrade {differences(told.entries, report.entries)}")
    world.machine.run("apt-get remove -y simbank-agent", timeout=900)
    require(world.machine.run("ls /var/lib/simbank-agent").split(), "the store went with a mere removal")
    began = time.time()
    world.host.install()
    enabled = world.machine.try_run("systemctl is-enabled simbank-agent")[1].strip()
    require(enabled == "enabled", f"after remove and install the service is {enabled}")
    world.host.service("start")
    report = world.all_live(began, timeout=900)
    require(
        report.entries == told.entries, f"after a reinstallation {differences(told.entries, report.entries)}"
    )
    world.machine.run("apt-get purge -y simbank-agent", timeout=900)
    elsewhere = ["/proc", "/sys", "/var/lib/dpkg", "/var/log", "/var/cache", "/root", "/tmp", "/var/tmp"]
    others = " ".join(f"! -path '{folder}/*'" for folder in elsewhere)
    left = world.machine.run(
        f"find / -xdev -name '*simbank*' {others}; ls -d /dev/simbank 2>/dev/null || true"
    ).split()
    require(not left, f"left behind: {left}")
    marked = world.machine.run("udevadm info --export-db | grep -c ID_MM_DEVICE_IGNORE=1 || true").strip()
    require(marked == "0", f"{marked} devices still carry the mark for ModemManager")
    return "upgrade and reinstallation lose nothing, the service stays enabled, purge leaves nothing"
