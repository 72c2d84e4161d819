"""The USB devices of the virtual host, by their descriptors: what udev would say, and which modules that makes."""

from __future__ import annotations

import struct
from collections.abc import Iterator

import pytest
from usb_profiles import PROFILES, Profile

from drivers.ports import group, usb_serial_ports

BUS = "/devices/pci0000:00/0000:00:14.0/usb1"
CDC_CONTROL, CDC_DATA = 2, 10


def interfaces(configuration: bytes) -> Iterator[tuple[int, int, int, int]]:
    """Read number, class, subclass and protocol of each interface out of a configuration descriptor."""
    at = 0
    while at < len(configuration):
        length, kind = configuration[at], configuration[at + 1]
        if kind == 4:
            number, _, _, *triple = configuration[at + 2 : at + 8]
            yield (number, *triple)
        at += length
    assert at == len(configuration), "the lengths of the descriptors do not add up"


def tree(profile: Profile) -> str:
    """What umockdev plays for a device in socket 1 whose descriptors were read, as the kernel's drivers bind to it."""
    _, _, _, _, _, _, _, vid, pid, release, _, _, _, _ = struct.unpack(
        "<BBHBBBBHHHBBBB", profile.device_descriptor()
    )
    device = f"{BUS}/1-1"
    root = (
        f"P: {BUS}\nN: bus/usb/001/001\nE: DEVTYPE=usb_device\nE: SUBSYSTEM=usb\nE: DRIVER=usb\n"
        "E: DEVNAME=/dev/bus/usb/001/001\nA: idVendor=1d6b\\n\nA: idProduct=0002\\n\nA: busnum=1\\n\nA: devnum=1\\n\n"
        "A: version= 2.00\\n\n"
    )
    itself = (
        f"P: {device}\nN: bus/usb/001/002\nE: DEVTYPE=usb_device\nE: SUBSYSTEM=usb\nE: DRIVER=usb\n"
        f"E: DEVNAME=/dev/bus/usb/001/002\nE: PRODUCT={vid:x}/{pid:x}/{release:x}\nE: ID_MODEL={profile.product}\n"
        f"A: idVendor={vid:04x}\\n\nA: idProduct={pid:04x}\\n\nA: busnum=1\\n\nA: devnum=2\\n\nA: version= 2.00\\n\n"
    )
    blocks = [root, itself]
    ttys = 0
    for number, *triple in interfaces(profile.configuration_descriptor()):
        place = f"{device}/1-1:1.{number}"
        blocks.append(
            f"P: {place}\nE: DEVTYPE=usb_interface\nE: SUBSYSTEM=usb\nE: INTERFACE={'/'.join(map(str, triple))}\n"
            f"A: bInterfaceNumber={number:02x}\\n\nA: bInterfaceClass={triple[0]:02x}\\n\n"
            f"A: bInterfaceSubClass={triple[1]:02x}\\n\nA: bInterfaceProtocol={triple[2]:02x}\\n\n"
        )
        if triple[0] == CDC_DATA:
            continue
        name, major = (f"ttyACM{ttys}", 166) if triple[0] == CDC_CONTROL else (f"ttyUSB{ttys}", 188)
        node, link = f"{place}/tty/{name}", "../../../" + place.rpartition("/")[2]
        if major == 188:
            blocks.append(
                f"P: {place}/{name}\nE: SUBSYSTEM=usb-serial\nE: DRIVER=usbserial\nA: port_number=0\\n\n"
            )
            node, link = f"{place}/{name}/tty/{name}", f"../../../{name}"
        blocks.append(
            f"P: {node}\nN: {name}\nE: SUBSYSTEM=tty\nE: DEVNAME=/dev/{name}\nE: MAJOR={major}\nE: MINOR={ttys}\n"
            f"A: dev={major}:{ttys}\\n\nL: device={link}\n"
        )
        ttys += 1
    return "\n".join(blocks)


@pytest.mark.parametrize("profile", PROFILES.values(), ids=PROFILES)
def test_descriptors_hold_together(profile):
    configuration = profile.configuration_descriptor()
    assert struct.unpack_from("<H", configuration, 2) == (len(configuration),)
    assert configuration[4] == len(list(interfaces(configuration)))
    told = {address for interface in profile.interfaces for address in interface.endpoints}
    assert {line.read for line in profile.lines} | {line.written for line in profile.lines} <= told
    assert profile.interrupt <= told


@pytest.mark.umockdev
@pytest.mark.parametrize(
    ("name", "modules"),
    [
        ("ec25", [["USB3", "USB2"]]),
        ("ft4232", [["USB0"], ["USB1"], ["USB2"], ["USB3"]]),
        ("ft232", [["USB0"]]),
        ("acm", [["ACM1", "ACM2", "ACM0"]]),
    ],
)
def test_udev_shows_the_modules_that_the_device_is(usb, name, modules):
    usb.testbed.add_from_string(tree(PROFILES[name]))
    found = [
        [port.path.removeprefix("/dev/tty") for port in module.ports] for module in group(usb_serial_ports())
    ]
    assert found == modules
