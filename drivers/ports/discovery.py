"""Finds serial ports: on USB through sysfs, and by globs, paths and URLs. Blocks: call in a thread.

Only what the kernel answers without waiting for a device is read: `product`, `bConfigurationValue` and
`bNumInterfaces` take the device's lock, which a hung device holds for good, so the first comes from udev's own
database and the others are not used.

A tty exists before udev has made its links, and until then nobody can know whether a link leads to it: the bank's
control port would pass for a modem. So where udevd runs, a tty on USB counts from when udev is done with it.
"""

from __future__ import annotations

import glob
import logging
import os
import re
import stat
from collections import deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path

import pyudev

from drivers.ports.ports import Port, UsbPlace, natural
from drivers.ports.usb_ids import product

log = logging.getLogger(__name__)

LINK_DIRECTORIES = ("/dev/simbank", "/dev/serial/by-path")
"""Directories of links to places, the better one first: udev's own omit vendor drivers and may coincide."""
EVERY_USB_PORT = "usb"
"""The pattern that leads to every serial port on USB."""
TTYS = Path("/sys/class/tty")
UDEVD = Path("/run/udev/control")
"""Exists where udevd runs; in a container without it nobody reports when links are made."""

_idle_contexts: deque[pyudev.Context | None] = deque()
"""Making one starts other programs, which find libudev; two threads must not use one at once (libudev(3))."""


@dataclass(frozen=True, slots=True)
class Found:
    """A port, and the indices of the patterns that lead to it: paths before globs, else as given."""

    port: Port
    patterns: tuple[int, ...]


def usb_serial_ports() -> list[Port]:
    """Every tty on USB that has a device node, whatever its driver calls it, in the order of its name.

    About 0.2 ms a tty. A device that is unplugged while it is read, or that udev is not done with, is left out;
    without libudev there are none.
    """
    links_will_come = UDEVD.exists()
    with _udev() as udev:
        ttys = [
            (node, usb)
            for tty in (_ttys(udev) if udev is not None else ())
            if (usb := usb_place(tty)) and (tty.is_initialized or not links_will_come)
            if (node := tty.device_node) and Path(node).exists()
        ]
    if not ttys:
        return []
    links = _links()  # read last: they were made before their ttys were done
    ports = [Port(node, usb, links.get(node, "")) for node, usb in ttys]
    return sorted(ports, key=lambda port: natural(port.path))


def _ttys(udev: pyudev.Context) -> Iterator[pyudev.Device]:
    """Every tty that belongs to a device: of the kernel's own 64 consoles libudev would read some twenty files each."""
    for tty in sorted(TTYS.iterdir()) if TTYS.is_dir() else ():
        with suppress(OSError, pyudev.DeviceNotFoundError):  # unplugged meanwhile
            # The kernel puts those without a device there.
            if "/devices/virtual/tty/" not in str(tty.readlink()):
                yield pyudev.Devices.from_path(udev, str(tty))


def ports_for(patterns: Sequence[str]) -> list[Found]:
    """The ports that globs, paths and pyserial URLs lead to, in the order of the patterns.

    Each device comes once, however many names lead to it. Links are followed; a port on USB has the path of its tty,
    any other the path as written. A pattern with its index in no result matches nothing now.
    """
    on_usb: dict[str | int, Port] = {
        number: port for port in usb_serial_ports() if (number := _device_number(port.path)) is not None
    }
    ports: dict[str | int, Port] = {}
    reached: dict[str | int, list[int]] = {}
    for index in sorted(range(len(patterns)), key=lambda index: _breadth(patterns[index])):
        for device, path in _devices(patterns[index], on_usb):
            if device in on_usb:
                ports[device] = on_usb[device]
            elif device not in ports:
                if isinstance(device, int) and _comes_later(device):
                    continue
                ports[device] = Port(path)
            reached.setdefault(device, []).append(index)
    found = [Found(port, tuple(dict.fromkeys(reached[device]))) for device, port in ports.items()]
    return sorted(found, key=lambda one: (min(one.patterns), natural(one.port.path)))


def usb_place(tty: pyudev.Device) -> UsbPlace | None:
    """Where on USB a tty is; None for a tty that is not on USB, or no longer."""
    interface = tty.find_parent("usb", "usb_interface")
    device = tty.find_parent("usb", "usb_device")
    if interface is None or device is None:
        return None
    number = _hex(interface, "bInterfaceNumber")
    vid, pid = _text(device, "idVendor"), _text(device, "idProduct")
    if number is None or not vid or not pid:
        return None
    bare = UsbPlace(
        device=device.sys_name,
        interface=number,
        port=_port_number(tty, vid, pid),
        vid=vid.lower(),
        pid=pid.lower(),
        product=device.properties.get("ID_MODEL", ""),
        configuration=_configuration(interface.sys_name),
        protocol=_hex(interface, "bInterfaceProtocol"),
    )
    return _on_its_bus(bare, device)


@contextmanager
def _udev() -> Iterator[pyudev.Context | None]:
    """A context that nobody else uses meanwhile; None without libudev. A thread that hangs in sysfs keeps its own."""
    try:
        context = _idle_contexts.pop()
    except IndexError:
        context = _new_context()
    try:
        yield context
    finally:
        _idle_contexts.append(context)


def _new_context() -> pyudev.Context | None:
    try:
        return pyudev.Context()
    except ImportError:
        log.debug("no libudev here: serial ports on USB cannot be recognised")
        return None


def _comes_later(number: int) -> bool:
    """Whether a device that the walk through USB left out is on USB all the same: the next search has its place."""
    if not Path(f"/sys/dev/char/{os.major(number)}:{os.minor(number)}").exists():
        return False  # a pseudo-terminal: nothing of it is in sysfs
    with _udev() as udev:
        try:
            return (
                udev is not None
                and usb_place(pyudev.Devices.from_device_number(udev, "char", number)) is not None
            )
        except pyudev.DeviceNotFoundError:
            return False


def _port_number(tty: pyudev.Device, vid: str, pid: str) -> int:
    """Number of the UART behind one interface: from usb-serial, or by the vendor driver's numbering."""
    serial = tty.find_parent("usb-serial")
    number = _text(serial, "port_number") if serial is not None else ""
    if number.isdecimal():
        return int(number)
    block = product(vid, pid).block
    return int(tty.sys_number or 0) % block if block else 0


def _configuration(interface_name: str) -> int:
    """The bConfigurationValue from the interface's name, "1-1.4:1.0": the attribute would need the device's lock."""
    match = re.search(r":([0-9]+)\.[0-9]+$", interface_name)
    return int(match[1]) if match else 1


def _on_its_bus(place: UsbPlace, device: pyudev.Device) -> UsbPlace:
    """Add the host controller's place, composed as udev's path_id does, and which of its buses it is."""
    names: list[str] = []
    last = ""
    superspeed = False
    for ancestor in device.ancestors:
        subsystem = ancestor.subsystem or ""
        if subsystem == "usb" and re.fullmatch(r"usb[0-9]+", ancestor.sys_name):
            superspeed = _text(ancestor, "version").startswith("3")
        elif subsystem in ("pci", "platform") and subsystem != last:
            names.insert(0, f"{subsystem}-{ancestor.sys_name}")
        last = subsystem
    return replace(place, controller="-".join(names), superspeed=superspeed)


def _links() -> Mapping[str, str]:
    """The best link that follows a place, by its tty's node."""
    links: dict[str, str] = {}
    for directory in LINK_DIRECTORIES:
        for link in sorted(map(str, Path(directory).glob("*")), key=lambda link: (len(link), link)):
            links.setdefault(os.path.realpath(link), link)
    return links


def _is_url(pattern: str) -> bool:
    return "://" in pattern


def _is_glob(pattern: str) -> bool:
    """Whether the pattern can name several ports; a device whose name has brackets is a path."""
    return glob.has_magic(pattern) and not _is_url(pattern) and not Path(pattern).exists()


def _breadth(pattern: str) -> int:
    """How much a pattern can lead to: a port gets the path that names it most exactly."""
    return 2 if pattern == EVERY_USB_PORT else int(_is_glob(pattern))


def _devices(pattern: str, on_usb: Mapping[str | int, Port]) -> Iterable[tuple[str | int, str]]:
    """Each device that a pattern leads to, with the path that does; a URL is a device of its own."""
    if pattern == EVERY_USB_PORT:
        return [(number, port.path) for number, port in on_usb.items()]
    named = ((path if _is_url(path) else _device_number(path), path) for path in _paths(pattern))
    return [(device, path) for device, path in named if device is not None]


def _paths(pattern: str) -> Iterable[str]:
    if not _is_glob(pattern):
        return [pattern]
    return sorted(glob.glob(pattern), key=natural)  # noqa: PTH207  # Path.glob takes no absolute pattern


def _device_number(path: str) -> int | None:
    """Which device a path leads to: the same for all its links, and for a node that a container renamed."""
    number = _character_device(path)
    if number is None and os.path.islink(path):  # noqa: PTH114  a Path for each of a thousand ports is dear
        number = _character_device(os.path.realpath(path))  # stat does not follow one to an emulated device
    return number


def _character_device(path: str) -> int | None:
    try:
        status = os.stat(path)  # noqa: PTH116  as above
    except OSError:
        return None
    return status.st_rdev if stat.S_ISCHR(status.st_mode) else None


def _text(device: pyudev.Device, attribute: str) -> str:
    value = device.attributes.get(attribute)
    return value.decode(errors="replace").strip() if value is not None else ""


def _hex(device: pyudev.Device, attribute: str) -> int | None:
    text = _text(device, attribute)
    return int(text, 16) if re.fullmatch(r"[0-9a-fA-F]{1,4}", text) else None
