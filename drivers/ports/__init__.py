"""Serial ports: which there are, which of them are one module, and names that stay with their places.

Must not open a port, nor know what a module reports.
"""

from __future__ import annotations

from drivers.ports.discovery import Found, ports_for, usb_serial_ports
from drivers.ports.hotplug import Hotplug
from drivers.ports.naming import Names, Unnamed, assign
from drivers.ports.ports import ModulePorts, Port, UsbPlace, group, merge_unknown, natural, plausible_imei
from drivers.ports.usb_ids import BRIDGE_VENDORS, MODEM_VENDORS, PRODUCTS, DeviceKind, Product, product

__all__ = [
    "BRIDGE_VENDORS",
    "MODEM_VENDORS",
    "PRODUCTS",
    "DeviceKind",
    "Found",
    "Hotplug",
    "ModulePorts",
    "Names",
    "Port",
    "Product",
    "Unnamed",
    "UsbPlace",
    "assign",
    "group",
    "merge_unknown",
    "natural",
    "plausible_imei",
    "ports_for",
    "product",
    "usb_serial_ports",
]
