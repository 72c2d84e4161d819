"""USB places of simulated ports, so that grouping is exercised."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import count, cycle
from typing import TypeAlias

from drivers.simulator.personality import Personality

TREES = ("plain", "mixed")
"""`plain` puts every module behind FT4232 bridges; `mixed` has native modems and three kinds of bridge."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where on USB a port is: `interface` is bInterfaceNumber, `port` counts UARTs behind one interface."""

    device: str
    interface: int
    port: int
    vid: str
    pid: str
    product: str = ""
    protocol: int | None = None


PortPlan: TypeAlias = Sequence[tuple[str, str, Place | None]]
"""Name, role and USB place of each port. Roles: at; diag and silent swallow everything; nmea sends positions."""


@dataclass(frozen=True, slots=True)
class Bridge:
    """A USB-serial chip with several UARTs: one interface for each, or all behind one interface."""

    vid: str
    pid: str
    product: str
    uarts: int
    one_interface: bool = False


FT4232 = Bridge("0403", "6011", "Quad RS232-HS", 4)
CH348 = Bridge("1a86", "55d9", "USB Serial", 8, one_interface=True)
CP2108 = Bridge("10c4", "ea71", "CP2108 Quad USB to UART Bridge Controller", 4)


def plans(tree: str, personalities: Sequence[Personality]) -> list[PortPlan]:
    """Lay out the ports of each module, in order. Module k is called Port<k + 1>."""
    mixed = tree == "mixed"
    devices = _devices()
    uarts = _uarts(devices, (FT4232, CH348, CP2108) if mixed else (FT4232,))
    planned: list[PortPlan] = []
    for index, personality in enumerate(personalities):
        name = f"Port{index + 1}"
        if mixed and personality.usb is not None:
            planned.append(_native(name, next(devices), personality))
        else:
            planned.append([(name, "at", next(uarts))])
    return planned


def _devices() -> Iterator[str]:
    """Name sockets as the kernel does: bus, then hub ports; hubs have seven sockets here."""
    for number in count():
        yield f"{1 + number // 49}-1.{number // 7 % 7 + 1}.{number % 7 + 1}"


def _uarts(devices: Iterator[str], bridges: Sequence[Bridge]) -> Iterator[Place]:
    for bridge in cycle(bridges):
        device = next(devices)
        for uart in range(bridge.uarts):
            interface, port = (0, uart) if bridge.one_interface else (uart, 0)
            yield Place(device, interface, port, bridge.vid, bridge.pid, bridge.product)


def _native(name: str, device: str, personality: Personality) -> PortPlan:
    usb = personality.usb
    assert usb is not None  # noqa: S101 - the caller has looked
    return [
        (
            f"{name}-{interface:02x}",
            role,
            Place(device, interface, 0, usb.vid, usb.pid, usb.product, usb.protocols.get(interface)),
        )
        for interface, role in sorted(usb.ports.items())
    ]
