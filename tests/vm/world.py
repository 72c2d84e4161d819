"""What a proof works with. Each proof takes a World, returns what was seen, and leaves everything plugged and live."""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from account import Account, Report
from bank import MODULES, Bank, Device
from host import Host
from machine import Machine


class ProofFailed(Exception):
    """What was seen is not what must hold."""


@dataclass(slots=True)
class World:
    """Everything that a proof may touch."""

    machine: Machine
    bank: Bank
    host: Host
    account: Account
    chance: random.Random
    replugs: int
    mains: int
    names: dict[str, str] = field(default_factory=dict)
    """The port_id of each number as it was first reported: names follow places, and no SIM moves but by a swap."""

    def all_live(self, since: float, timeout: float = 240) -> Report:
        """Wait for a list of all numbers."""
        return self.account.wait_for(lambda entries: len(entries) == MODULES, since=since, timeout=timeout)

    def restore(self) -> None:
        """After a proof that failed: plug everything anew, have the service run, and wait until all is live."""
        self.machine.try_run("systemctl stop 'hold*' ModemManager brltty")
        for device in self.bank.devices:
            if device.plugged:  # brltty may have it: only a replug brings its driver back
                self.bank.unplug(device)
            self.bank.plug(device)
        self.host.configure(MODULES)
        self.host.service("restart")
        self.all_live(time.time(), timeout=300)


Proof: TypeAlias = Callable[[World], str]


def require(condition: object, complaint: str) -> None:
    """Fail the proof unless the condition holds."""
    if not condition:
        raise ProofFailed(complaint)


def names_of(report: Report) -> dict[str, str]:
    """Number → port_id."""
    return {number: str(entry["port_id"]) for number, entry in report.entries.items()}


def require_same_names(world: World, report: Report) -> None:
    """Fail the proof if a number stands under another name than before."""
    moved = {number: name for number, name in names_of(report).items() if world.names.get(number) != name}
    require(not moved, f"other names than before: {moved}")


def out_and_in(world: World, devices: list[Device], *, reverse: bool = False) -> tuple[float, float]:
    """Pull devices and plug them again; return the seconds until a list lacked them, and until one had them again."""
    count = sum(len(device.modules) for device in devices)
    began = time.time()
    for device in devices:
        world.bank.unplug(device)
    report = world.account.wait_for(lambda entries: len(entries) == MODULES - count, since=began)
    out, began = report.at - began, time.time()
    for device in reversed(devices) if reverse else devices:
        world.bank.plug(device)
    report = world.all_live(began)
    require_same_names(world, report)
    return out, report.at - began


def port_of(world: World, device: Device) -> str:
    """The guest's path of a single adapter."""
    socket = device.port.replace(".", "-", 1).split("-")
    links = world.machine.run("ls -l /dev/simbank").splitlines()
    ending = f"usb-0:{socket[0]}.{socket[1]}:1.0"
    found = [line.rsplit("/", 1)[1] for line in links if ending in line]
    require(len(found) == 1, f"no link ends with {ending}: {links}")
    return f"/dev/{found[0]}"


def differences(before: dict[str, dict[str, Any]], after: dict[str, dict[str, Any]]) -> str:
    """What differs between two lists, in words."""
    lost, new = set(before) - set(after), set(after) - set(before)
    changed = {
        number: (before[number], after[number])
        for number in set(before) & set(after)
        if before[number] != after[number]
    }
    return f"lost {sorted(lost)}, new {sorted(new)}, changed {changed}"
