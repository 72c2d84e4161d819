"""USB devices as their descriptors say: four kinds of modem and adapter to which Linux' own drivers bind.

An emulated device runs at full speed, so bulk endpoints carry 64 bytes (USB 2.0 §5.8.3).
"""

from __future__ import annotations

import struct
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, TypeAlias

Triple: TypeAlias = tuple[int, int, int]
"""Class, subclass and protocol."""

_VENDOR: Final[Triple] = (0xFF, 0xFF, 0xFF)
_VENDOR_AT: Final[Triple] = (0xFF, 0, 0)
_ACM: Final[Triple] = (2, 2, 1)
_CDC_DATA: Final[Triple] = (10, 0, 0)
MISCELLANEOUS: Final[Triple] = (0xEF, 2, 1)
"""A device with interface associations."""


@dataclass(frozen=True, slots=True)
class Interface:
    """An interface with its endpoints; bit 7 of an address is set for one that the host reads."""

    kind: Triple
    endpoints: Sequence[int]
    functional: bytes = b""


@dataclass(frozen=True, slots=True)
class Serial:
    """A serial line: the endpoints that carry it, and the number by which control requests name it."""

    read: int
    written: int
    control: int


@dataclass(frozen=True, slots=True)
class Profile:
    """One kind of device."""

    vid: int
    pid: int
    release: int
    maker: str
    product: str
    interfaces: Sequence[Interface]
    lines: Sequence[Serial]
    interrupt: frozenset[int] = frozenset()
    kind: Triple = (0, 0, 0)

    @property
    def ftdi(self) -> bool:
        """Whether each packet begins with FTDI's two bytes of modem and line state."""
        return self.vid == 0x0403

    def device_descriptor(self) -> bytes:
        """USB 2.0 §9.6.1."""
        ids = (self.vid, self.pid, self.release, 1, 2, 3, 1)
        return struct.pack("<BBHBBBBHHHBBBB", 18, 1, 0x0200, *self.kind, 64, *ids)

    def configuration_descriptor(self) -> bytes:
        """USB 2.0 §9.6.3 to §9.6.6, all of it."""
        body = b""
        for number, interface in enumerate(self.interfaces):
            if interface.kind == _ACM:
                body += bytes([8, 11, number, 2, *_ACM, 0])  # control and data are one function
            body += (
                bytes([9, 4, number, 0, len(interface.endpoints), *interface.kind, 0]) + interface.functional
            )
            body += b"".join(self._endpoint(address) for address in interface.endpoints)
        return struct.pack("<BBHBBBBB", 9, 2, 9 + len(body), len(self.interfaces), 1, 0, 0xA0, 250) + body

    def _endpoint(self, address: int) -> bytes:
        kind, interval = (3, 16) if address in self.interrupt else (2, 0)
        return struct.pack("<BBBBHB", 7, 5, address, kind, 64, interval)


def _acm_function(number: int) -> tuple[Interface, Interface]:
    """Control and data interface of a CDC-ACM function (CDC 1.2 §5.2.3; PSTN 1.2 §5.3)."""
    control, data = 2 * number, 2 * number + 1
    functional = bytes([5, 0x24, 0, 0x10, 1, 4, 0x24, 2, 2, 5, 0x24, 6, control, data, 5, 0x24, 1, 0, data])
    return Interface(_ACM, (0x88 + number,), functional), Interface(_CDC_DATA, (0x81 + number, 0x01 + number))


PROFILES: Final = {
    "ec25": Profile(
        0x2C7C, 0x0125, 0x0318, "Quectel", "EC25-E",
        (
            Interface(_VENDOR, (0x81, 0x01)),
            Interface(_VENDOR_AT, (0x83, 0x82, 0x02)),
            Interface(_VENDOR_AT, (0x85, 0x84, 0x03)),
            Interface(_VENDOR_AT, (0x87, 0x86, 0x04)),
        ),
        (Serial(0x81, 0x01, 0), Serial(0x82, 0x02, 1), Serial(0x84, 0x03, 2), Serial(0x86, 0x04, 3)),
        frozenset({0x83, 0x85, 0x87}),
    ),
    "ft4232": Profile(
        0x0403, 0x6011, 0x0800, "FTDI", "Quad RS232-HS",
        [Interface(_VENDOR, (0x81 + 2 * n, 0x02 + 2 * n)) for n in range(4)],
        [Serial(0x81 + 2 * n, 0x02 + 2 * n, n + 1) for n in range(4)],
    ),
    "ft232": Profile(
        0x0403, 0x6001, 0x0600, "FTDI", "FT232R USB UART",
        [Interface(_VENDOR, (0x81, 0x02))], [Serial(0x81, 0x02, 0)],
    ),
    "acm": Profile(
        0x1546, 0x1102, 0x0100, "u-blox AG", "u-blox Wireless Module",
        [one for n in range(3) for one in _acm_function(n)],
        [Serial(0x81 + n, 0x01 + n, 2 * n) for n in range(3)],
        frozenset({0x88, 0x89, 0x8A}), MISCELLANEOUS,
    ),
}  # fmt: skip
