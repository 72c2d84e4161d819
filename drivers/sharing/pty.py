"""The pseudo-terminal that a client opens.

Responsible for who may open it and for noticing that somebody has, for bytes in and out without ever waiting,
and for memory that stays bounded when the client does not read. Must not know what the bytes mean, nor under
which name the client finds it.

How coming and going are noticed: we do not keep the other end open ourselves, so the kernel tells of each
moment whether anybody has it (poll(2): POLLHUP). Nobody is told when it is opened, so `look` has to be called
again and again until somebody is there; from then on the end of it is an event. Each client gets a terminal of
its own: settings, marks and bytes that the last one left behind end with it.
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
"""Who may use serial ports on Debian and its kin."""
MODE: Final = 0o660
READ: Final = 4096
UNREAD_LIMIT: Final = 64 * 1024
"""Bytes for a client that does not read, besides some 20 KiB in the kernel: a full list of messages."""


class Terminal:
    """One pseudo-terminal for one client. Raises OSError where there is none to be had."""

    def __init__(
        self,
        *,
        on_come: Callable[[], None],
        on_data: Callable[[bytes], None],
        on_leave: Callable[[], None],
    ) -> None:
        self.dropped = 0
        """Bytes that the client did not read and never will."""
        self._on_come, self._on_data, self._on_leave = on_come, on_data, on_leave
        self._loop = asyncio.get_running_loop()
        self._unread = bytearray()
        self._here = False
        self._reading = False
        self._master, slave = os.openpty()
        try:
            os.set_blocking(self._master, False)
            self.path: str = os.ttyname(slave)
            tty.setraw(slave, termios.TCSANOW)  # or the terminal would echo to us what we say to the client
            _give_to_group(slave)
        except BaseException:
            os.close(self._master)
            raise
        finally:
            os.close(slave)

    @property
    def open(self) -> bool:
        """Whether a client has it."""
        return self._here

    def look(self) -> None:
        """Notice a client that has come; cheap enough for many times a second."""
        if self._here or self._master < 0:
            return
        events = _poll(self._master)
        if events & select.POLLHUP and not events & select.POLLIN:
            return
        self._here = True
        self._keep_others_out()
        self._on_come()

    def listen(self, on: bool) -> None:
        """Read what the client writes, or let it wait in its write."""
        if self._master < 0 or on is self._reading:
            return
        self._reading = on
        if on:
            self._loop.add_reader(self._master, self._readable)
        else:
            self._loop.remove_reader(self._master)

    def write(self, data: bytes) -> bool:
        """Send to the client; False when it does not read and this is dropped."""
        if not self._here:
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
        """End it; a client that has it open sees a hang-up."""
        if self._master >= 0:
            self.listen(False)
            self._loop.remove_writer(self._master)
            os.close(self._master)
            self._master = -1
            self._here = False

    def _readable(self) -> None:
        try:
            data = os.read(self._master, READ)
        except BlockingIOError:
            return
        except OSError:  # EIO: the last one has closed it, and all that was written is read
            data = b""
        if data:
            self._on_data(data)
        else:
            self._leave()

    def _writable(self) -> None:
        """Send what the kernel takes; the rest when it takes more."""
        try:
            sent = os.write(self._master, self._unread)
        except BlockingIOError:
            sent = 0
        except OSError:  # hung up; the reader notices
            sent = len(self._unread)
        del self._unread[:sent]
        if self._unread:
            self._loop.add_writer(self._master, self._writable)
        else:
            self._loop.remove_writer(self._master)

    def _leave(self) -> None:
        self.listen(False)
        self._loop.remove_writer(self._master)
        self._unread.clear()
        self._here = False
        self._on_leave()

    def _keep_others_out(self) -> None:
        """Mark it exclusive (TIOCEXCL): who opens it now gets EBUSY, as far as Linux lets one.

        Root passes the mark; so does who opened it in the same twentieth of a second.
        """
        with contextlib.suppress(OSError):  # gone again already, or marked by the client itself
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
    """Let the group of serial ports use it; where there is no such group, or not for us, our own."""
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
