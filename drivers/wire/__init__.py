"""One open wire to a module: a tty, or a port of a serial server on the network; it carries bytes.

Must not know AT. Nothing outside this room knows pyserial, pyserial-asyncio, termios or sockets.
"""

from __future__ import annotations

from pathlib import Path

from drivers.errors import PortProblem, PortUnavailable
from drivers.wire.descriptors import (
    descriptor_limit,
    descriptors_needed,
    raise_descriptor_limit,
    room_for_a_port,
)
from drivers.wire.locks import LOCK_DIRECTORY, PROC, Holder, ProcScan, fuser_command, lock_file_holder
from drivers.wire.rfc2217 import open_rfc2217
from drivers.wire.tcp import open_tcp
from drivers.wire.tty import open_tty, others_hidden
from drivers.wire.wire import UNSENT_LIMIT, Wire

__all__ = [
    "LOCK_DIRECTORY",
    "PROC",
    "UNSENT_LIMIT",
    "Holder",
    "ProcScan",
    "Wire",
    "descriptor_limit",
    "descriptors_needed",
    "fuser_command",
    "lock_file_holder",
    "open_wire",
    "others_hidden",
    "raise_descriptor_limit",
]

OPEN_TIMEOUT = 8.0
"""Seconds: RFC 2217 negotiates twice, 3 s each at most; a tty opens in milliseconds or hangs for good."""


async def open_wire(
    address: str,
    *,
    baudrate: int = 115200,
    exclusive: bool = True,
    open_timeout: float = OPEN_TIMEOUT,
    lock_directory: Path = LOCK_DIRECTORY,
) -> Wire:
    """Open `address`: a device path, socket://host:port or rfc2217://host:port.

    With `exclusive` a tty that another program uses is not touched, and is locked against others where the kernel
    allows it. `baudrate` has no effect on a socket. Raises PortUnavailable, after `open_timeout` seconds at most.
    """
    try:
        with room_for_a_port(address):
            if address.startswith("socket://"):
                return await open_tcp(address, baudrate=baudrate, timeout=open_timeout)
            if address.startswith("rfc2217://"):
                return await open_rfc2217(address, baudrate=baudrate, timeout=open_timeout)
            return await open_tty(
                address,
                baudrate=baudrate,
                exclusive=exclusive,
                timeout=open_timeout,
                lock_directory=lock_directory,
            )
    except TimeoutError as error:
        detail = f"{address} did not open within {open_timeout:g} s"
        raise PortUnavailable(PortProblem.BROKEN, detail) from error
