"""Other programs on the host: ModemManager, brltty, one that holds a port, and gammu on a shared port."""

from __future__ import annotations

import time
from functools import partial
from typing import Final

from bank import MODULES
from machine import wait_until
from world import World, out_and_in, port_of, require

from agent.install.install import MASK_BRLTTY

_HOLD: Final = {
    "TIOCEXCL": "fcntl.ioctl(f, 0x540C)",
    "flock": "fcntl.flock(f, fcntl.LOCK_EX)",
    "plain open": "None",
}
_READER: Final = """\
import fcntl, os, time
f = os.open({path!r}, os.O_RDWR | os.O_NOCTTY | os.O_NONBLOCK)
{call}
while True:
    try: os.read(f, 99)
    except OSError: pass
    time.sleep(0.003)
"""
_TAKEN: Final = "while 'brltty' sets config"
"""What the kernel says when brltty detaches a serial driver."""


def modem_manager(world: World) -> str:
    """ModemManager runs and a modem is plugged: it leaves every port alone, and nothing is lost."""
    world.machine.run("systemctl start ModemManager")
    try:
        native = world.bank.hubs[2].devices[0]
        out_and_in(world, [native])
        seen = world.machine.run("mmcli -L 2>&1 || true")
        require("/Modem/" not in seen, f"ModemManager has taken a modem: {seen}")
        held = world.machine.run(
            "fuser -v /dev/ttyUSB* /dev/ttyACM* 2>&1 | grep -c ModemManager || true"
        ).strip()
        require(held == "0", f"ModemManager holds {held} ports")
    finally:
        world.machine.run("systemctl stop ModemManager")
    return f"it saw no modem; {MODULES} of {MODULES} live beside it"


def brltty(world: World) -> str:
    """A brltty that always runs (Debian 12 and 13): `check` names it, with words that bring the port back."""
    device = world.bank.hubs[2].devices[4]  # product string FT232R USB UART, which brltty takes for a display
    machine, began = world.machine, time.time()
    # Five seconds for a start are its unit's own; an emulated host needs more.
    machine.run("mkdir -p /run/systemd/system/brltty.service.d")
    machine.write("/run/systemd/system/brltty.service.d/slow.conf", "[Service]\nTimeoutStartSec=180\n")
    machine.run("systemctl daemon-reload; systemctl start --no-block brltty.service")
    try:
        wait_until(lambda: _TAKEN in machine.run("dmesg"), 300, "brltty does not take the FT232R", pause=0.5)
        world.account.wait_for(lambda entries: len(entries) < MODULES, since=began)
        wait_until(
            partial(_check_says, world, MASK_BRLTTY), 300, "check does not say how brltty is kept away"
        )
        machine.try_run(MASK_BRLTTY.removeprefix("sudo "))
        state = machine.try_run("systemctl is-enabled brltty; systemctl is-active brltty")[1].split()
        require(state[0] == "masked" and state[1] != "active", f"after these words brltty is {state}")
        wait_until(
            partial(_check_says, world, "plug it in again", MASK_BRLTTY), 300, "check does not say: replug"
        )
        began = time.time()
        world.bank.unplug(device)
        world.bank.plug(device)
        world.all_live(began)
    finally:
        machine.try_run("systemctl unmask brltty.service brltty-udev.service; systemctl stop brltty.service")
    return "named by check; after masking and a replug the module is back"


def _check_says(world: World, words: str, no_longer: str = "nothing of the kind") -> bool:
    """Ask `check`, which gives each look at the machine 10 s: too few where a busy host emulates this one."""
    said = world.machine.try_run("simbank-agent check")[1]
    return words in said and no_longer not in said and "no answer within" not in said


def other_program(world: World) -> str:
    """Programs of another user have ports when the agent comes: the verdicts say so, with the command that tells."""
    machine = world.machine
    machine.run("id op >/dev/null 2>&1 || useradd -G dialout op")
    paths = {
        way: port_of(world, device)
        for way, device in zip(_HOLD, world.bank.hubs[0].devices[1:4], strict=True)
    }
    world.host.service("stop")
    units = [f"hold{number}" for number in range(len(_HOLD))]
    for unit, (way, path) in zip(units, paths.items(), strict=True):
        machine.write(f"/tmp/{unit}.py", _READER.format(path=path, call=_HOLD[way]))
        machine.run(
            f"systemd-run -q --unit={unit} --uid=op -p SupplementaryGroups=dialout python3 /tmp/{unit}.py"
        )
    held = f"[ $(fuser {' '.join(paths.values())} 2>/dev/null | wc -w) = {len(paths)} ]"
    wait_until(lambda: machine.try_run(held)[0] == 0, 60, "the other programs do not open their ports")
    began = time.time()
    world.host.service("start")
    world.account.wait_for(lambda entries: len(entries) == MODULES - len(paths), since=began)
    seen = []
    modules = world.host.modules()
    for way, path in paths.items():
        module = next(one for one in modules.values() if path in one["ports"])
        require(not module["live"], f"{way}: live although another program reads the port")
        require("fuser" in module["text"], f"{way}: {module['reason']}: {module['text']}")
        seen.append(f"{way}: {module['reason']}")
    began = time.time()
    machine.run(f"systemctl stop {' '.join(units)}")
    world.all_live(began, timeout=300)
    return "; ".join(seen)


def shared_port(world: World) -> str:
    """Gammu in the guest talks to a module through its shared port while the agent goes on."""
    path = port_of(world, world.bank.hubs[0].devices[2])
    link = f"/run/simbank-agent/{world.host.module_at(path)['name']}"
    there = f"test -e {link}"
    world.host.configure(MODULES, f"ports: [{{path: {path}, share: true}}, {{path: usb}}]")
    world.host.service("reload")
    wait_until(lambda: world.machine.try_run(there)[0] == 0, 300, f"no {link} after the reload")
    wait_until(
        lambda: bool(world.host.module_at(path)["live"]), 300, "the module is not live on a shared port"
    )
    world.machine.write("/tmp/gammurc", f"[gammu]\ndevice = {link}\nconnection = at115200\n")
    code, said = world.machine.try_run("gammu -c /tmp/gammurc identify", timeout=120)
    require(code == 0 and "IMEI" in said, f"gammu: {said}")
    require(world.host.module_at(path)["live"], "the module is no longer live")
    world.host.configure(MODULES)
    world.host.service("reload")
    wait_until(lambda: world.machine.try_run(there)[0] != 0, 300, f"{link} stays after the reload")
    wait_until(lambda: len(world.account.reports()[-1].entries) == MODULES, 300, "not all are live again")
    told = [
        " ".join(line.split()) for line in said.splitlines() if line.startswith(("Manufacturer", "Model"))
    ]
    return f"gammu identify on {link}: {', '.join(told)}"
