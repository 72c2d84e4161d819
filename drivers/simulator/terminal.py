"""One pseudo-terminal that stands for a serial port.

Responsible for bytes in and out of a pty in raw mode, as a UART behaves: what nobody listens to is lost,
what a listener does not fetch is lost when the buffer is full, and neither ever makes us wait. The slave
side stays open here, else the master reads EIO whenever no client is there. Must not know what the bytes
mean.
"""

from __future__ import annotations

import asyncio
import contextlib
import fcntl
import os
import select
import termios
import tty
from collections.abc import Callable

from drivers.simulator.pty_watch import Openings

TIOCGEXCL = 0x80045440
"""asm-generic/ioctls.h; termios has the other two."""
SPEEDS = {getattr(termios, f"B{rate}"): rate for rate in (9600, 19200, 38400, 57600, 115200, 460800, 921600)}


class Terminal:
    """A pty that clients open at `path`; `on_data` gets what they write, `on_left` the last one's close."""

    def __init__(
        self,
        openings: Openings,
        on_data: Callable[[bytes], None],
        on_left: Callable[[], None],
        *,
        avoid: str = "",
    ) -> None:
        """Open a pty whose path is not `avoid`: the kernel would give the lowest free number again."""
        self._master, self._slave = os.openpty()
        if os.ttyname(self._slave) == avoid:
            unwanted = self._master, self._slave
            self._master, self._slave = os.openpty()
            for descriptor in unwanted:
                os.close(descriptor)
        self.path = os.ttyname(self._slave)
        os.set_blocking(self._master, False)
        tty.setraw(self._slave, termios.TCSANOW)
        self._on_data, self._on_left = on_data, on_left
        self._openings = openings
        self._watch = openings.watch(self.path, self._left)
        self._loop = asyncio.get_running_loop()
        self._loop.add_reader(self._master, self._readable)

    @property
    def is_open(self) -> bool:
        """Whether a client has the port open."""
        return self._openings.is_open(self._watch)

    @property
    def baudrate(self) -> int:
        """The rate that the client has set, in bits per second; 0 for one that no module knows."""
        return SPEEDS.get(termios.tcgetattr(self._slave)[5], 0)

    def write(self, data: bytes) -> int:
        """Send what the line takes, lose the rest; return how many bytes went out."""
        if not self.is_open:
            return 0
        try:
            return os.write(self._master, data)
        except OSError:
            return 0

    def listen(self, on: bool) -> None:
        """Read what clients write, or leave it in the kernel, as a module that hangs does."""
        if on:
            self._loop.add_reader(self._master, self._readable)
        else:
            self._loop.remove_reader(self._master)

    def _readable(self) -> None:
        self._openings.look()  # who left before these bytes came, left before
        try:
            data = os.read(self._master, 65536)
        except OSError:
            return
        if not self.is_open:
            self._recount()
        self._on_data(data)

    def _recount(self) -> None:
        """Find out whether the writer of these bytes is still there: the master hangs up when nobody is."""
        exclusive = fcntl.ioctl(self._slave, TIOCGEXCL, bytes(4)) != bytes(4)
        fcntl.ioctl(self._slave, termios.TIOCNXCL)
        os.close(self._slave)
        poll = select.poll()
        poll.register(self._master, 0)
        alone = any(event & select.POLLHUP for _, event in poll.poll(0))
        self._slave = os.open(self.path, os.O_RDWR | os.O_NOCTTY)
        if alone:
            tty.setraw(self._slave, termios.TCSANOW)
        elif exclusive:
            fcntl.ioctl(self._slave, termios.TIOCEXCL)
        self._openings.correct(self._watch, 0 if alone else 1)

    def _left(self) -> None:
        """Make the port as good as new for the next client: a real tty forgets all this at its last close."""
        self._on_left()
        if self.is_open:
            return
        with contextlib.suppress(OSError, termios.error):
            fcntl.ioctl(self._slave, termios.TIOCNXCL)
            tty.setraw(self._slave, termios.TCSANOW)
            termios.tcflush(self._slave, termios.TCIFLUSH)

    def close(self) -> None:
        """Pull the cable: clients see a hang-up."""
        self._openings.forget(self._watch)
        self._loop.remove_reader(self._master)
        os.close(self._master)
        os.close(self._slave)
