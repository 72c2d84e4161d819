"""The modems: 24 simulated modules on pseudo-terminals, which become USB devices behind three hubs of the guest."""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from machine import Machine

ROOT: Final = Path(__file__).parents[2]
SINGLES: Final = 16
"""Modules behind adapters of their own, eight on each of the first two hubs."""
MODULES: Final = 24
TTYS: Final = 32
"""Two LTE modems have four each, the CDC-ACM modem three."""
MIX: Final = ("EC25", "EC25", "SARA-U2", *["SIM800"] * (MODULES - 3))


@dataclass(slots=True)
class Device:
    """What is plugged into one socket: QEMU's FT232 for one `tty`, or a device of usb_devices.py."""

    name: str
    port: str
    modules: tuple[str, ...]
    tty: str | None = None
    plugged: bool = False


@dataclass(slots=True)
class Hub:
    """A hub of eight in a root port, with its devices."""

    name: str
    port: str
    devices: list[Device] = field(default_factory=list)


class Bank:
    """Starts the simulator and the USB devices; plugs and unplugs them; knows which number is in which module."""

    def __init__(self, folder: Path, machine: Machine) -> None:
        self._machine = machine
        self._sockets = folder / "usb"
        self._sockets.mkdir(exist_ok=True)
        self._log = (folder / "bank.log").open("ab")
        environment = os.environ | {"PYTHONPATH": str(ROOT)}
        self._simulator = subprocess.Popen(
            [sys.executable, "-m", "drivers.simulator", "--modules", str(MODULES), "--slots", "96", "--tree", "mixed",
             "--mix", ",".join(MIX)],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self._log, text=True, env=environment,
        )  # fmt: skip
        ports: dict[str, list[str]] = {}
        for port in self._event("ready")["ports"]:
            ports.setdefault(port["module"], []).append(port["path"])
        self.hubs = self._lay_out(ports)
        self._usb = self._offer_devices(ports)

    def close(self) -> None:
        """End both processes."""
        self._usb.terminate()
        self._usb.wait(10)
        if self._simulator.stdin:
            self._simulator.stdin.close()
        self._simulator.wait(10)
        self._log.close()

    @staticmethod
    def _lay_out(ports: dict[str, list[str]]) -> list[Hub]:
        singles = [f"Port{n}" for n in range(4, 4 + SINGLES)]
        hubs = [Hub("h1", "1"), Hub("h2", "2"), Hub("h3", "3")]
        for index, module in enumerate(singles):
            hub = hubs[index // 8]
            hub.devices.append(
                Device(f"s{index + 1}", f"{hub.port}.{index % 8 + 1}", (module,), ports[module][0])
            )
        quad = tuple(f"Port{n}" for n in range(4 + SINGLES, 8 + SINGLES))
        mixed = [
            ("ec25a", ("Port1",)),
            ("ec25b", ("Port2",)),
            ("acm", ("Port3",)),
            ("quad", quad),
            ("ft232", ("Port24",)),
        ]
        hubs[2].devices = [Device(name, f"3.{n}", modules) for n, (name, modules) in enumerate(mixed, 1)]
        return hubs

    def _offer_devices(self, ports: dict[str, list[str]]) -> subprocess.Popen[str]:
        profiles = {"ec25a": "ec25", "ec25b": "ec25", "acm": "acm", "quad": "ft4232", "ft232": "ft232"}
        words = []
        for device in self.hubs[2].devices:
            profile = profiles[device.name]
            lines = 4 if profile == "ec25" else 3 if profile == "acm" else 1
            ttys = [path for module in device.modules for path in ports[module][:lines]]
            words.append(f"{device.name}={profile}:{','.join(ttys)}")
        process = subprocess.Popen(
            [sys.executable, str(Path(__file__).with_name("usb_devices.py")), str(self._sockets), *words],
            stdout=subprocess.PIPE, stderr=self._log, text=True,
        )  # fmt: skip
        if process.stdout is None or process.stdout.readline() != "ready\n":
            raise RuntimeError("the USB devices did not start; see bank.log")
        return process

    # The simulator

    def do(self, command: str) -> dict[str, Any]:
        """Run a command of the simulator; return its last event."""
        if self._simulator.stdin is None:
            raise RuntimeError("the simulator has no stdin")
        self._simulator.stdin.write(command + "\n")
        self._simulator.stdin.flush()
        return self._event("done")

    def _event(self, name: str) -> dict[str, Any]:
        if self._simulator.stdout is None:
            raise RuntimeError("the simulator has no stdout")
        for line in self._simulator.stdout:
            event: dict[str, Any] = json.loads(line)
            if event["event"] == name:
                return event
            if event["event"] in {"error", "failed"}:
                raise RuntimeError(str(event))
        raise RuntimeError("the simulator has ended; see bank.log")

    def number(self, module: str) -> str:
        """The number of the SIM that the module holds now."""
        return str(self.do("truth")["truth"][module]["number"])

    def numbers(self) -> set[str]:
        """The numbers of all SIMs that the modules hold now."""
        return {str(module["number"]) for module in self.do("truth")["truth"].values()}

    # Plugs

    @property
    def devices(self) -> list[Device]:
        """All devices, in the order of their hubs."""
        return [device for hub in self.hubs for device in hub.devices]

    def plug_hub(self, hub: Hub) -> None:
        """Plug a hub; its devices are plugged one by one."""
        self._machine.plug_hub(hub.name, hub.port)

    def plug(self, device: Device) -> None:
        """Plug a device whose hub is there."""
        if device.tty is not None:
            self._machine.plug_adapter(device.name, device.port, device.tty)
        else:
            self._machine.plug_device(device.name, device.port, self._sockets / f"{device.name}.sock")
        device.plugged = True

    def unplug(self, device: Device) -> None:
        """Pull a device."""
        self._machine.unplug(device.name)
        device.plugged = False

    def unplug_hub(self, hub: Hub) -> None:
        """Pull a hub with all that is plugged into it."""
        self._machine.unplug(hub.name, *(device.name for device in hub.devices if device.plugged))
        for device in hub.devices:
            device.plugged = False

    def plug_everything(self, chance: random.Random) -> None:
        """Plug all hubs, and what belongs into them in an order of chance."""
        for hub in self.hubs:
            self.plug_hub(hub)
        devices = self.devices
        chance.shuffle(devices)
        for device in devices:
            self.plug(device)
