"""How many bytes a serial driver received for a port, whoever read them."""

from __future__ import annotations

import fcntl
import struct

TIOCGICOUNT = 0x545D
"""asm-generic/ioctls.h; a struct serial_icounter_struct of 20 ints, the fifth of which counts received bytes."""


class ReceivedBytes:
    """Compares a driver's count with what was read through one descriptor. All ints wrap at 2**32."""

    def __init__(self) -> None:
        self._before: int | None = None
        self._read = 0

    def start(self, descriptor: int) -> None:
        """Count from now: what was received before is nobody's loss, since opening discards it."""
        self._before, self._read = received(descriptor), 0

    def read(self, count: int) -> None:
        """Note that we read so many bytes."""
        self._read += count

    def taken_by_others(self, descriptor: int, waiting: int) -> int:
        """How many were neither read by us nor are waiting; 0 where the driver does not count."""
        now = received(descriptor)
        if now is None or self._before is None:
            return 0
        return max(0, (now - self._before) % 2**32 - self._read - waiting)


def received(descriptor: int) -> int | None:
    """The driver's count; None without one, as for a pseudo-terminal."""
    try:
        counts = fcntl.ioctl(descriptor, TIOCGICOUNT, bytes(80))
    except OSError:
        return None
    return int(struct.unpack("20I", counts)[4])
