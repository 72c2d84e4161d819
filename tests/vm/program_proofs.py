"""Other programs on the host: ModemManager, brltty, one that holds a port, and gammu on a shared port."""

from __future__ import annotations

import time
from typing import Final

from bank import MODULES
from world import World, out_and_in, port_of, require

_HOLD: Final = {
    "TIOCEXCL": "fcntl.ioctl(f, 0x540C)",
    "flock": "fcntl.flock(f, fcntl.LOCK_EX)",
    "plain open": "None",
}


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
    """A brltty that always runs (Debian 12): `check` names it, with a remedy that brings the port back."""
    world.machine.run(
        "DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends --no-download brltty",
        timeout=400,
    )
    device = world.bank.hubs[2].devices[4]  # product string FT232R USB UART, which brltty takes for a display
    try:
        began = time.time()
        world.bank.unplug(device)
        world.account.wait_for(lambda entries: len(entries) < MODULES, since=began)
        world.bank.plug(device)
        time.sleep(15)
        _, said = world.machine.try_run("simbank-agent check")
        require("brltty" in said, "check does not name brltty")
        world.machine.run(
            "systemctl mask --now brltty.service 2>&1; systemctl mask brltty-udev.service 2>&1 || true"
        )
        time.sleep(2)
        _, said = world.machine.try_run("simbank-agent check")
        require(
            "brltty" not in said or "plug" in said,
            f"check does not say that the module must be replugged: {said}",
        )
        began = time.time()
        world.bank.unplug(device)
        time.sleep(1)
        world.bank.plug(device)
        world.all_live(began)
    finally:
        world.machine.try_run(
            "systemctl mask --now brltty; apt-get purge -y brltty; systemctl unmask brltty", timeout=200
        )
    return "named by check; after masking and a replug the module is back"


def other_program(world: World) -> str:
    """A program of another user has a port when the agent comes: the verdict says so, with the command that tells."""
    world.machine.run("id op >/dev/null 2>&1 || useradd -G dialout op")
    seen = []
    for way, call in _HOLD.items():
        path = port_of(world, world.bank.hubs[0].devices[1])
        world.host.service("stop")
        program = (
            "import fcntl,os,time\n"
            f"f=os.open('{path}',os.O_RDWR|os.O_NOCTTY|os.O_NONBLOCK)\n{call}\n"
            "while True:\n"
            "  try: os.read(f,99)\n"
            "  except OSError: pass\n"
            "  time.sleep(0.003)\n"
        )
        world.machine.write("/tmp/hold.py", program)
        world.machine.run(
            "systemd-run -q --unit=hold --uid=op -p SupplementaryGroups=dialout python3 /tmp/hold.py"
        )
        began = time.time()
        world.host.service("start")
        world.account.wait_for(lambda entries: len(entries) == MODULES - 1, since=began)
        module = world.host.module_at(path)
        require(not module["live"], f"{way}: live although another program reads the port")
        require("fuser" in module["text"], f"{way}: {module['reason']}: {module['text']}")
        seen.append(f"{way}: {module['reason']}")
        world.machine.run("systemctl stop hold; systemctl reset-failed hold 2>/dev/null || true")
        world.all_live(time.time(), timeout=300)
    return "; ".join(seen)


def shared_port(world: World) -> str:
    """Gammu in the guest talks to a module through its shared port while the agent goes on."""
    world.machine.run(
        "DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends --no-download gammu",
        timeout=400,
    )
    path = port_of(world, world.bank.hubs[0].devices[2])
    name = world.host.module_at(path)["name"]
    world.host.configure(MODULES, "ports: [{path: usb, share: true}]")
    world.host.service("restart")
    world.all_live(time.time(), timeout=300)
    link = f"/run/simbank-agent/{name}"
    world.machine.write("/tmp/gammurc", f"[gammu]\ndevice = {link}\nconnection = at115200\n")
    code, said = world.machine.try_run("gammu -c /tmp/gammurc identify", timeout=120)
    require(code == 0 and "IMEI" in said, f"gammu: {said}")
    require(world.host.module_at(path)["live"], "the module is no longer live")
    world.host.configure(MODULES)
    world.host.service("restart")
    world.all_live(time.time(), timeout=300)
    return f"gammu identify on {link}: {said.split('IMEI')[0].split(':')[1].split(chr(10))[0].strip()}"
