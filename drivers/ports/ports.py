"""Ports, their physical USB place, and which of them are one module (docs/at-field-guide.md §11.2).

A place is written as udev's ID_PATH writes it, because that follows the socket and not the order in which devices or
controllers were found:

    pci-0000:00:14.0-usb-0:1.4.2          a device: socket 2 of the hub in socket 4 of the hub in socket 1
    pci-0000:00:14.0-usb-0:1.4.2:1.3      its interface 3 in configuration 1
    pci-0000:00:14.0-usb-0:1.4.2:1.0-port2    one of several UARTs behind one interface
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache

from drivers.ports.usb_ids import DeviceKind, Product, product


@dataclass(frozen=True, slots=True)
class UsbPlace:
    """Where on USB a serial port is, and how the device describes itself.

    `device` is the kernel's name, "1-1.4.2"; `interface` is bInterfaceNumber; `port` counts the UARTs behind
    one interface, from 0. `vid` and `pid` are four lower-case hex digits. `controller` is the host
    controller's place ("pci-0000:00:14.0"), for bus numbers may change from boot to boot. The two buses of
    a USB 3 controller number their sockets separately, which `superspeed` keeps apart.
    """

    device: str
    interface: int
    port: int = 0
    vid: str = ""
    pid: str = ""
    product: str = ""
    configuration: int = 1
    protocol: int | None = None
    controller: str = ""
    superspeed: bool = False

    @property
    def device_place(self) -> str:
        """The socket that the device is in."""
        return self._written("")

    @property
    def place(self) -> str:
        """The UART: device, interface, and the port if it is not the interface's first."""
        # The first has no suffix: a driver that does not count ports must not change its name.
        suffix = f"-port{self.port}" if self.port else ""
        return self._written(f":{self.configuration}.{self.interface}{suffix}")

    def _written(self, inside: str) -> str:
        sockets = self.device.partition("-")[2]
        stem = f"{self.controller}-usb-0:{sockets}" if self.controller else f"usb-{self.device}"
        return f"{stem}{inside}{'-usb3' if self.superspeed else ''}"


@dataclass(frozen=True, slots=True)
class Port:
    """A serial device: a tty, or a pyserial URL.

    `by_path` is a link that follows the place when ttys are renumbered, empty without one. `module`
    groups ports without a USB place, and has no effect on others.
    """

    path: str
    usb: UsbPlace | None = None
    by_path: str = ""
    module: str = ""

    @property
    def stable_name(self) -> str:
        """The best path to write into config.yaml."""
        return self.by_path or self.path


@dataclass(frozen=True, slots=True)
class ModulePorts:
    """The ports of one module.

    `place` is the module's own, whichever of its ports exist. `ports` are those to open, in the order of trying:
    secondary AT ports first, for the primary belongs to the operator's SMS software, then ports that are in no table;
    empty while only ports of `not_at` exist. `kind` is None without a USB place.
    """

    place: str
    kind: DeviceKind | None
    ports: tuple[Port, ...]
    not_at: tuple[Port, ...] = ()


def group(ports: Iterable[Port], *, overrides: Mapping[str, str] | None = None) -> tuple[ModulePorts, ...]:
    """Make modules of ports, in the natural order of their places.

    `overrides` maps "vid:pid" to "modem" or "bridge". Each port is in exactly one module; ports of devices
    that are never opened are in none. No module has ports of two USB devices.
    """
    modules: defaultdict[tuple[str, str], list[Port]] = defaultdict(list)
    for port in sorted(set(ports), key=_in_order):
        modules[_device(port), _module_place(port, overrides)].append(port)
    found = (
        _module(place, known.kind if members[0].usb else None, members, known)
        for (_, place), members in modules.items()
        if (known := _product(members[0], overrides)).kind is not DeviceKind.NEVER_OPEN
    )
    return tuple(sorted(found, key=lambda module: natural(module.place)))


def merge_unknown(
    modules: Iterable[ModulePorts], imeis: Mapping[str, str], iccids: Mapping[str, str] | None = None
) -> tuple[ModulePorts, ...]:
    """Make one module of ports of one unlisted USB device that report the same plausible IMEI and the same ICCID.

    `imeis` and `iccids` map the place of each module, as `group` returned it, to what it reported. One of them alone
    proves nothing: a batch of modules may have one IMEI, and a bank's switch may leave one ICCID in two of them. The
    first place stays the module's. Bridges and modems stay as they are.
    """
    merged: dict[tuple[str, str, str], ModulePorts] = {}
    for module in sorted(modules, key=lambda module: natural(module.place)):
        imei, iccid = imeis.get(module.place, ""), (iccids or {}).get(module.place, "")
        usb = module.ports[0].usb if module.ports else None
        one = module.kind is DeviceKind.UNKNOWN and usb is not None and plausible_imei(imei) and iccid
        key = (usb.device_place, imei, iccid) if one and usb else (module.place, "", "")
        first = merged.get(key)
        merged[key] = replace(first, ports=first.ports + module.ports) if first else module
    return tuple(merged.values())


def plausible_imei(text: str) -> bool:
    """Whether this can be a factory IMEI: 15 digits, a valid check digit, not all one digit."""
    if not re.fullmatch(r"[0-9]{15}", text) or len(set(text[:14])) == 1:
        return False
    doubled = (int(digit) * (1 + index % 2) for index, digit in enumerate(text))
    return sum(number // 10 + number % 10 for number in doubled) % 10 == 0


@lru_cache(maxsize=16_384)
def natural(text: str) -> tuple[tuple[int, str], ...]:
    """Sort key under which ttyUSB9 comes before ttyUSB10."""
    return tuple((int(digits or -1), letters) for digits, letters in re.findall(r"([0-9]+)|([^0-9]+)", text))


def _in_order(port: Port) -> tuple[object, ...]:
    return natural(port.usb.place if port.usb else ""), natural(port.path), repr(port)


def _device(port: Port) -> str:
    return port.usb.device if port.usb else ""


def _product(port: Port, overrides: Mapping[str, str] | None) -> Product:
    return product(port.usb.vid, port.usb.pid, overrides) if port.usb else product("", "")


def _module_place(port: Port, overrides: Mapping[str, str] | None) -> str:
    """The place that all ports of one module share."""
    if port.usb is None:
        return f"module:{port.module}" if port.module else port.path
    known = _product(port, overrides)
    if known.kind is DeviceKind.MODEM:
        return port.usb.device_place
    if known.paired:
        return replace(port.usb, interface=port.usb.interface & ~1).place
    return port.usb.place


def _module(place: str, kind: DeviceKind | None, members: list[Port], known: Product) -> ModulePorts:
    if kind is not DeviceKind.MODEM:
        return ModulePorts(place, kind, tuple(members))
    ranks = {port: _rank(port, known) for port in members}
    asked = [(rank, port) for port, rank in ranks.items() if rank is not None]
    return ModulePorts(
        place,
        kind,
        tuple(port for _, port in sorted(asked, key=lambda pair: pair[0])),
        tuple(port for port, rank in ranks.items() if rank is None),
    )


def _rank(port: Port, known: Product) -> int | None:
    """The order in which a modem's port is tried; None if it is not. Equals stay in the order of their places."""
    if port.usb is None:
        return None
    number = port.usb.protocol if known.by_protocol else port.usb.interface
    if number in known.not_at:
        return None
    order = known.second + known.at
    return order.index(number) if number in order else len(order)
