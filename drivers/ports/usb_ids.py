"""Which USB devices are modems, which are serial bridges, and which of their interfaces answer AT.

The table of docs/at-field-guide.md §10.1 and §11.1. The udev rules name the same devices (a test holds that). Names in
brackets are drivers of Linux (drivers/usb/serial/): every chip with several ports that they know is here.
"""

from __future__ import annotations

import enum
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace


class DeviceKind(enum.StrEnum):
    """What a USB device with serial ports is."""

    MODEM = "modem"
    """A native modem: all its interfaces are one module."""
    BRIDGE = "bridge"
    """A USB-serial chip: each of its UARTs is connected to a module of its own."""
    UNKNOWN = "unknown"
    """Not listed: treated as a bridge until its ports report the same IMEI and the same ICCID."""
    NEVER_OPEN = "never_open"
    """A modem in download mode: whatever is written to it may be taken for firmware."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Product:
    """The facts about one VID:PID. Numbers are bInterfaceNumber unless `by_protocol`, the first one first."""

    kind: DeviceKind
    at: tuple[int, ...] = ()
    """The primary AT ports, where the operator's SMS software expects its URCs."""
    second: tuple[int, ...] = ()
    """Ports that answer AT as well."""
    not_at: tuple[int, ...] = ()
    """Diagnostics, GNSS, audio, logs: never opened."""
    by_protocol: bool = False
    """The three above are values of bInterfaceProtocol, for a vendor whose interface numbers vary."""
    paired: bool = False
    """CDC-ACM: one UART spans the interfaces 2k (control) and 2k+1 (data)."""
    block: int = 0
    """The driver gives each device this many tty numbers, aligned, one for each UART of the one interface."""


MODEM_VENDORS: Mapping[str, str] = {
    "05c6": "Qualcomm",
    "0681": "Siemens",
    "114f": "Wavecom",
    "1199": "Sierra Wireless",
    "12d1": "Huawei",
    "1508": "Fibocom",
    "1546": "u-blox",
    "1782": "UNISOC",
    "19d2": "ZTE",
    "1bc7": "Telit",
    "1c9e": "Longcheer",
    "1e0e": "SIMCom",
    "1e2d": "Cinterion",
    "2c7c": "Quectel",
    "2cb7": "Fibocom",
    "2dee": "MeiG",
    "305a": "Gosuncn",
}
"""Vendors whose serial devices are all modems; the table below adds which interface is which."""

BRIDGE_VENDORS: Mapping[str, str] = {
    "0403": "FTDI",
    "04e2": "Exar, MaxLinear",
    "0557": "ATEN",
    "05c5": "Digi",
    "05d1": "Brainboxes",
    "061d": "Quatech",
    "067b": "Prolific",
    "06cd": "Keyspan",
    "0856": "B&B Electronics",
    "0c52": "Sealevel",
    "10c4": "Silicon Labs",
    "110a": "Moxa",
    "1608": "Inside Out Networks",
    "1a86": "WCH",
    "1b5c": "ICP DAS",
    "2c42": "Fintek",
    "4348": "WCH",
    "9710": "MosChip, ASIX",
}
"""Vendors whose serial devices are all bridges, also those that the table below does not have."""


def product(vid: str, pid: str, overrides: Mapping[str, str] | None = None) -> Product:
    """Look a device up by its ids, four lower-case hex digits each.

    `overrides` maps "vid:pid" to "modem" or "bridge" and overrides the table's kind, not its interfaces, and not for a
    device that is never opened.
    """
    known = PRODUCTS.get(f"{vid}:{pid}") or _VENDOR_WIDE.get(vid) or Product(kind=_kind_of_vendor(vid))
    override = (overrides or {}).get(f"{vid}:{pid}")
    if override is None or known.kind is DeviceKind.NEVER_OPEN:
        return known
    return replace(known, kind=DeviceKind(override))


def _kind_of_vendor(vid: str) -> DeviceKind:
    if vid in MODEM_VENDORS:
        return DeviceKind.MODEM
    return DeviceKind.BRIDGE if vid in BRIDGE_VENDORS else DeviceKind.UNKNOWN


_VENDOR_WIDE = {
    # Huawei: class ff, any subclass, protocol 01 modem, 02 "PCUI", 03 diagnostics.
    "12d1": Product(kind=DeviceKind.MODEM, by_protocol=True, at=(2,), second=(1,), not_at=(3,)),
}


def _modem(
    vid: str, pids: str, at: Iterable[int] = (), second: Iterable[int] = (), not_at: Iterable[int] = ()
) -> dict[str, Product]:
    """The modems of one vendor that share a layout; `pids` are separated by spaces."""
    layout = Product(kind=DeviceKind.MODEM, at=tuple(at), second=tuple(second), not_at=tuple(not_at))
    return {f"{vid}:{pid}": layout for pid in pids.split()}


def _bridge(vid: str, pids: str, *, paired: bool = False, block: int = 0) -> dict[str, Product]:
    """The bridges of one vendor that share a layout."""
    layout = Product(kind=DeviceKind.BRIDGE, paired=paired, block=block)
    return {f"{vid}:{pid}": layout for pid in pids.split()}


_QUECTEL = {
    **_modem("2c7c", "0125 0121 0191 0195 0296 0306 0512 0800 0801", [2], [3], [0, 1, 4]),
    **_modem("2c7c", "0128", [5], [], [3, 4]),
    **_modem("05c6", "9003 9090 9215"),
}
_SIMCOM = {
    **_modem("1e0e", "9001", [2], [3], [0, 1, 4]),
    **_modem("1e0e", "9011", [4], [5], [2]),
    **_modem("1e0e", "9205", [2], [3], [0, 1]),
    **_modem("1e0e", "9206", [2], [5], [0, 1]),
    **_modem("1e0e", "9100 9200", [3], [1]),
    **_modem("1e0e", "cefe", [2], [0, 1]),
}
_HUAWEI = {
    **_modem("12d1", "1001", [2], [], [1]),
    **_modem("12d1", "140c", [3], [], [2]),
    **_modem("12d1", "14ac 1436", [4], [], [3]),
    **_modem("12d1", "1506", [3], [], [2]),
}
_ZTE = {
    **_modem("19d2", "0031 0039 0037", [3], [1]),
    **_modem("19d2", "0016 0017 0117", [2], [1]),
    **_modem("19d2", "0001", [0], [2]),
    **_modem("19d2", "0015 0030 0054", [1], [3]),
    **_modem("19d2", "0083"),
}
_SIERRA = {
    **_modem("1199", "9071 9079 9091 68c0", [3], [], [0, 2]),
    **_modem("114f", "1234", [0]),
}
_TELIT = {
    **_modem("1bc7", "1201 1040 1050 1060 1070", [4], [5], [0, 3, 6]),
    # The MBIM variants have one network interface more in front.
    **_modem("1bc7", "1204 1041 1051 1061 1071", [5], [6], [0, 4, 7]),
    **_modem("1bc7", "1031 1033 1101 110a", [1], [2], [0]),
    **_modem("1bc7", "7010 7011", [4], [3], [2]),
    **_modem("1bc7", "7020 7021", [6], [2], [4]),
    **_modem("1bc7", "0032 0036 0021 0022"),
}
_UBLOX = {
    **_modem("1546", "1102", [0], [2, 4], [6, 8, 0xA, 0xC]),
    **_modem("1546", "1107 110a", [0], [2, 4], [6, 8, 0xA]),
    **_modem("1546", "1010", [6], [], [2, 4, 8]),
    **_modem("1546", "1141 1143 1146"),
    **_modem("05c6", "90b2"),
}
_CINTERION = {
    **_modem("1e2d", "0058 0059"),
    **_modem("1e2d", "0061", [2], [0], [4, 6, 8]),
    **_modem("1e2d", "005b 005d", [0], [2], [4, 6, 8]),
    **_modem("1e2d", "0069 006f", [0], [2], [4, 6]),
    **_modem("1e2d", "00f1 00b3", [2], [], [4, 5]),
    **_modem("0681", "0034"),
}
_FIBOCOM = {
    **_modem("1782", "4d10", [0], [5, 6], [1, 2, 3, 4]),
    **_modem("1782", "4d11", [2], [7, 8], [3, 4, 5, 6]),
    **_modem("1508", "1001", [1], [2, 3], [0]),
    **_modem("2cb7", "01a0", [2], [3], [4]),
    **_modem("2cb7", "0106", [1], [2], [0]),
    **_modem("2cb7", "010a", [0], [1]),
}
_OTHERS = {
    **_modem("2dee", "4d22 4d41"),
    **_modem("2dee", "4d57", [3, 4]),
    **_modem("05c6", "f601"),  # MeiG SLM750
    **_modem("1782", "4e00"),  # Luat Air720, Air780
    **_modem("305a", "1405", [1], [2], [0, 5]),
    **_modem("1c9e", "9603"),
}
_BRIDGES = {
    **_bridge("0403", "6001 6010 6011 6014 6015 6040 6041 6042 6043 6044 6045 6048"),  # FTDI (ftdi_sio)
    # SiLabs CP2102, CP2103, CP2105, CP2108 (cp210x)
    **_bridge("10c4", "ea60 ea61 ea63 ea70 ea71 ea7a ea7b"),
    **_bridge("1a86", "7523 7522 5523 e523"),  # WCH CH340, CH341, CH330
    **_bridge("4348", "5523"),
    # WCH CH342, CH343, CH344, CH9101 to CH9104
    **_bridge("1a86", "55d2 55d3 55d5 55d8 55d4 55d7 55df", paired=True),
    # NUMSTEP of WCH's driver: eight numbers each, of which the CH9344 uses the first four.
    **_bridge("1a86", "e018 55d9", block=8),  # WCH CH9344, CH348
    **_bridge("067b", "2303 2304 23a3 23b3 23c3 23d3 23e3 23f3"),  # Prolific (pl2303)
    # Exar XR21V1410 to XR21V1414, XR21B1411 to XR21B1424, XR2280x (xr_serial): a CDC-ACM UART each
    **_bridge("04e2", "1400 1401 1402 1403 1410 1411 1412 1414 1420 1422 1424", paired=True),
    **_bridge(
        "9710", "7715 7720 7810 7820 7840 7843"
    ),  # MosChip, ASIX (mos7720, mos7840), and under other names:
    **_bridge("0557", "2011 7820"),  # ATEN UC2324, UC2322
    **_bridge("0856", "ac22 ac24 ac29 ac30 ac31 ac32 ac42 ac44 bc00 bc01 bc02 bc03"),  # B&B Electronics
    # Moxa UPort 1250 to 1658 (mxuport), 2210 (mos7840)
    **_bridge("110a", "1250 1251 1410 1450 1451 1613 1618 1653 1658 2210"),
    **_bridge("05c5", "0002 0004"),  # Digi AccelePort USB (digi_acceleport)
    # Inside Out and Digi Edgeport (io_edgeport, io_ti)
    **_bridge(
        "1608", "0001 0002 0003 0004 0005 0006 0007 0008 000c 000d 000e 000f 0010 0011 0012 0013 0014 0018"
    ),
    **_bridge(
        "1608", "0019 001a 0201 0205 0206 0207 020c 020d 0212 0217 021a 021b 021c 021d 021e 0242 0243 0244"
    ),
    **_bridge("1608", "0247 0801 1403 1a01"),
    **_bridge("06cd", "010a 010f 0110 0115 012a 0131 0135"),  # Keyspan USA-28, USA-49 (keyspan)
    **_bridge("061d", "c120 c140 c150 c160 c170 c180 c1a0"),  # Quatech (quatech2)
    **_bridge("0710", "0001 8001"),  # Connect Tech WhiteHEAT (whiteheat)
    **_bridge("0451", "5052 505a 505f 5152"),  # TI TUSB5052 (ti_usb_3410_5052)
    **_bridge("1934", "1202"),  # Fintek F81532, F81534 (f81534)
    **_bridge("2c42", "1202"),
}
PRODUCTS: Mapping[str, Product] = {
    **_QUECTEL,
    **_SIMCOM,
    **_HUAWEI,
    **_ZTE,
    **_SIERRA,
    **_TELIT,
    **_UBLOX,
    **_CINTERION,
    **_FIBOCOM,
    **_OTHERS,
    **_BRIDGES,
    "05c6:9008": Product(kind=DeviceKind.NEVER_OPEN),
}
"""The table, by "vid:pid"."""
