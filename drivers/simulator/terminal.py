"""A pseudo-terminal that stands for a serial port, in raw mode and as a UART behaves: nothing here ever waits.

What is sent while no client is there is lost; what a client does not read is lost when the buffer is full.
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

from drivers.simulator.pty_watch import PtyWatch

TIOCGEXCL = 0x80045440
"""asm-generic/ioctls.h; termios has the other two."""

SPEEDS = {getattr(termios, f"B{rate}"): rate for rate in (9600, 19200, 38400, 57600, 115200, 460800, 921600)}


class Terminal:
    """A pty that clients open at `path`; `on_data` gets what they write, `on_left` is called at the last close."""

    def __init__(
        self,
        pty_watch: PtyWatch,
        on_data: Callable[[bytes], None],
        on_left: Callable[[], None],
        *,
        avoid: str = "",
    ) -> None:
        """Open a pty whose path is not `avoid`: the kernel would give the lowest free number again."""
        # We keep the slave side open. Without that, POLLHUP on the master would tell whether a client is there, as in
        # drivers/sharing/pty.py, which makes a new terminal for each client. Here the path has to stay; but on a pty
        # the mark of a client's TIOCEXCL outlives it, and without a slave of ours to clear it the kernel refuses the
        # next open of an ordinary user (EBUSY).
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
        self._pty_watch = pty_watch
        self._watch = pty_watch.watch(self.path, self._left)
        self._loop = asyncio.get_running_loop()
        self._loop.add_reader(self._master, self._readable)

    @property
    def is_open(self) -> bool:
        """Whether a client has the port open."""
        return self._pty_watch.is_open(self._watch)

    @property
    def baudrate(self) -> int:
        """The rate that the client has set, in bits per second; 0 for one that no module has."""
        return SPEEDS.get(termios.tcgetattr(self._slave)[5], 0)

    def write(self, data: bytes) -> int:
        """Send what the buffer takes, lose the rest; return how many bytes went out."""
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
        self._pty_watch.read_events()  # a client that left before these bytes came is counted first
        try:
            data = os.read(self._master, 65536)
        except OSError:
            return
        if not self.is_open:
            self._recount()
        self._on_data(data)

    def _recount(self) -> None:
        """Find out whether the writer of these bytes is still there: without anybody the master has POLLHUP."""
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
        self._pty_watch.correct(self._watch, 0 if alone else 1)

    def _left(self) -> None:
        """Reset the port for the next client, as a real tty does at its last close."""
        self._on_left()
        if self.is_open:
            return
        with contextlib.suppress(OSError, termios.error):
            fcntl.ioctl(self._slave, termios.TIOCNXCL)
            tty.setraw(self._slave, termios.TCSANOW)
            termios.tcflush(self._slave, termios.TCIFLUSH)

    def close(self) -> None:
        """Pull the cable: clients see a hang-up."""
        self._pty_watch.forget(self._watch)
        self._loop.remove_reader(self._master)
        os.close(self._master)
        os.close(self._slave)
