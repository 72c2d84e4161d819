"""One module's place in the bank: what config.yaml and the USB tree fix before anybody asks the module."""

from __future__ import annotations

from dataclasses import dataclass, field

from agent.bank.siblings import Siblings


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where a module sits. `key` is the physical place and outlives the names of its ports."""

    key: str
    name: str
    """The port_id at Onlinesim; given once to the place and kept."""
    order: int
    """The configured order, which the page shows and the cap respects."""
    ports: tuple[str, ...]
    """Addresses of the ports to ask, in the order of trying; empty while the module is unplugged."""
    group: str = ""
    """The hub or pool, for people."""
    template: str = ""
    """The name as config.yaml has it, {n} not filled in."""
    usb_id: str = ""
    """VID:PID, empty where the port has no USB place."""
    driver: str = "auto"
    baudrate: int | None = 115200
    """Bits per second; None to find out."""
    share: bool = False
    enabled: bool = True
    native: bool = False
    """A native modem: unplugging it restarts the module, which a bridge's does not."""
    unlisted: str = ""
    """The USB device, where our table does not have it and its ports may be one module or several."""
    merged: bool = False
    """Several ports of such a device, which told the same module and card."""
    siblings: Siblings | None = field(default=None, compare=False, repr=False)
    """Where what the ports of such a device tell is kept."""
