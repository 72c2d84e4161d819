"""A pseudo-terminal for one client of a shared port.

We do not keep the other end open ourselves, so that the kernel reports whether anybody has it (poll(2): POLLHUP). It
does not report the opening, so `detect_client` has to be called again and again until a client is there; its leaving is
an event. Each client gets a new terminal: settings, marks and unread bytes of the last one end with the old.
"""

from __future__ import annotations

import asyncio
import contextlib
import errno
import fcntl
import grp
import os
import select
import termios
import tty
from collections.abc import Callable
from typing import Final

GROUP: Final = "dialout"
"""The group of serial ports on Debian and its derivatives."""
MODE: Final = 0o660
READ: Final = 4096
UNREAD_LIMIT: Final = 64 * 1024
"""Bytes kept for a client that does not read, besides some 20 KiB in the kernel: a full list of messages."""


class Terminal:
    """One pseudo-terminal for one client; nothing here ever waits. Raises OSError where there is none left."""

    def __init__(
        self,
        *,
        on_open: Callable[[], None],
        on_data: Callable[[bytes], None],
        on_close: Callable[[], None],
    ) -> None:
        self.dropped = 0
        """Bytes that were lost because the client did not read."""
        self._on_open, self._on_data, self._on_close = on_open, on_data, on_close
        self._loop = asyncio.get_running_loop()
        self._unread = bytearray()
        self._is_open = False
        self._reading = False
        self._master, slave = os.openpty()
        try:
            os.set_blocking(self._master, False)
            self.path: str = os.ttyname(slave)
            tty.setraw(slave, termios.TCSANOW)  # or it would echo to us what we send to the client
            _give_to_group(slave)
        except BaseException:
            os.close(self._master)
            raise
        finally:
            os.close(slave)

    @property
    def open(self) -> bool:
        """Whether a client has it open."""
        return self._is_open

    def detect_client(self) -> None:
        """Notice a client that has opened it; cheap enough for many times a second."""
        if self._is_open or self._master < 0:
            return
        events = _poll(self._master)
        if events & select.POLLHUP and not events & select.POLLIN:
            return
        self._is_open = True
        self._keep_others_out()
        self._on_open()

    def listen(self, on: bool) -> None:
        """Read what the client writes, or let it block in its write."""
        if self._master < 0 or on is self._reading:
            return
        self._reading = on
        if on:
            self._loop.add_reader(self._master, self._readable)
        else:
            self._loop.remove_reader(self._master)

    def write(self, data: bytes) -> bool:
        """Send to the client; False where it does not read, and the data is dropped."""
        if not self._is_open:
            return False
        if len(self._unread) + len(data) > UNREAD_LIMIT:
            self.dropped += len(data)
            return False
        waiting = bool(self._unread)
        self._unread += data
        if not waiting:
            self._writable()
        return True

    def close(self) -> None:
        """Close it; a client that has it open sees a hang-up."""
        if self._master >= 0:
            self.listen(False)
            self._loop.remove_writer(self._master)
            os.close(self._master)
            self._master = -1
            self._is_open = False

    def _readable(self) -> None:
        try:
            data = os.read(self._master, READ)
        except BlockingIOError:
            return
        except OSError:  # EIO: it is closed, and everything that was written is read
            data = b""
        if data:
            self._on_data(data)
        else:
            self._close_by_client()

    def _writable(self) -> None:
        """Send what the kernel accepts; the rest when it accepts more."""
        try:
            sent = os.write(self._master, self._unread)
        except BlockingIOError:
            sent = 0
        except OSError:  # hung up; the reader will notice
            sent = len(self._unread)
        del self._unread[:sent]
        if self._unread:
            self._loop.add_writer(self._master, self._writable)
        else:
            self._loop.remove_writer(self._master)

    def _close_by_client(self) -> None:
        self.listen(False)
        self._loop.remove_writer(self._master)
        self._unread.clear()
        self._is_open = False
        self._on_close()

    def _keep_others_out(self) -> None:
        """Mark it exclusive (TIOCEXCL), so that a second client gets EBUSY.

        Not root, and not one that opened it before we noticed the first.
        """
        with contextlib.suppress(OSError):  # closed again already, or marked by the client itself
            slave = os.open(self.path, os.O_RDWR | os.O_NOCTTY | os.O_NONBLOCK)
            try:
                fcntl.ioctl(slave, termios.TIOCEXCL)
            finally:
                os.close(slave)


def _poll(descriptor: int) -> int:
    poll = select.poll()
    poll.register(descriptor, select.POLLIN)
    return next((events for _, events in poll.poll(0)), 0)


def _give_to_group(slave: int) -> None:
    """Give it to the group of serial ports, or to our own where that does not exist or is not allowed."""
    for group in (_group_id(), os.getegid()):
        try:
            os.fchown(slave, -1, group)
        except OSError as error:
            if error.errno != errno.EPERM:
                raise
        else:
            break
    os.fchmod(slave, MODE)


def _group_id() -> int:
    try:
        return grp.getgrnam(GROUP).gr_gid
    except KeyError:
        return os.getegid()
