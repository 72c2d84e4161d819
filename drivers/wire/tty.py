"""A wire that is a tty: a USB serial port, a UART, a pseudo-terminal.

Opening must not disturb (docs/design.md §3.6, §11): no other program's port is touched, DTR and RTS stay as the driver
sets them, closing drops no line and waits for no output. The only file that knows pyserial-asyncio and termios.
"""

from __future__ import annotations

import asyncio
import contextlib
import errno
import fcntl
import os
import struct
import termios
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, cast

import serial_asyncio
from serial.serialposix import Serial
from typing_extensions import Buffer

from drivers.errors import LinkLost, PortProblem, PortUnavailable
from drivers.offload import offload
from drivers.wire.locks import ProcScan, fuser_command, lock_file_holder
from drivers.wire.new_node import is_new
from drivers.wire.received_bytes import ReceivedBytes
from drivers.wire.wire import Wire

TIOCGEXCL = 0x80045440
"""asm-generic/ioctls.h; the termios module has TIOCEXCL and TIOCNXCL only."""

UNIX98_SLAVES = range(136, 144)
"""Major numbers of pseudo-terminals (Documentation/admin-guide/devices.txt)."""

BAUDRATE_TIMEOUT = 6.0
"""Seconds: a USB control transfer that sets the rate gives up after 5."""

_PROBLEMS = {
    errno.ENOENT: PortProblem.GONE,
    errno.ENODEV: PortProblem.GONE,
    errno.ENXIO: PortProblem.GONE,
    errno.EACCES: PortProblem.FORBIDDEN,
    errno.EPERM: PortProblem.FORBIDDEN,
    errno.EBUSY: PortProblem.BUSY,
    errno.EWOULDBLOCK: PortProblem.BUSY,  # flock
}

_proc_scan = ProcScan()
_opening: set[str] = set()
"""Devices whose open() has not returned: another thread for them would hang too, and then another."""


async def open_tty(
    path: str,
    *,
    baudrate: int,
    exclusive: bool,
    timeout: float,  # noqa: ASYNC109  bounds the thread, see offload
    lock_directory: Path,
) -> Wire:
    """Open the tty `path`. Raises PortUnavailable, and TimeoutError after `timeout` seconds."""
    if path in _opening:
        raise PortUnavailable(PortProblem.BROKEN, f"{path}: an earlier attempt to open it still hangs")

    def work() -> _Tty:
        try:
            if exclusive:
                _respect_others(path, lock_directory)
            return _open(path, baudrate, exclusive=exclusive)
        finally:
            _opening.discard(path)

    _opening.add(path)
    try:
        tty = await offload(work, name=f"open {path}", timeout=timeout, dispose=lambda late: late.close())
    except RuntimeError as error:  # no more threads
        _opening.discard(path)
        raise PortUnavailable(PortProblem.BROKEN, f"{path}: {error}") from error
    return TtyWire(path, baudrate, tty)


def others_hidden() -> bool:
    """Whether programs of other users may hold a port without our seeing it, as of the last port that was opened."""
    return _proc_scan.hidden


def _respect_others(path: str, lock_directory: Path) -> None:
    """Raise PortUnavailable if another program visibly uses the port, before it is touched."""
    holder = lock_file_holder(path, directory=lock_directory)
    if holder is not None:
        raise PortUnavailable(PortProblem.BUSY, f"{path} is locked by {holder}", holder=str(holder))
    if not _is_pseudo_terminal(path):  # its server may hold both ends
        for holder in _proc_scan.holders(path):
            raise PortUnavailable(PortProblem.BUSY, f"{path} is held by {holder}", holder=str(holder))


def _is_pseudo_terminal(path: str) -> bool:
    try:
        return os.major(Path(path).stat().st_rdev) in UNIX98_SLAVES
    except OSError:
        return False


def _open(path: str, baudrate: int, *, exclusive: bool) -> _Tty:
    tty = _Tty(baudrate=baudrate, timeout=0, write_timeout=0, exclusive=exclusive or None)
    tty.port = path
    try:
        tty.open()
        tty.count_from_now()
        if exclusive and not _is_pseudo_terminal(path):
            tty.keep_others_out()
    except (OSError, ValueError, termios.error) as error:  # SerialException is an OSError
        tty.close()
        raise _unavailable(path, error) from error
    return tty


def _unavailable(path: str, error: Exception) -> PortUnavailable:
    number = error.errno if isinstance(error, OSError) else None
    problem = _PROBLEMS.get(number or 0, PortProblem.BROKEN)
    if problem is PortProblem.FORBIDDEN and is_new(path):
        return PortUnavailable(PortProblem.NOT_YET, "plugged in just now; udev has not finished with it")
    detail = f"{path}: {os.strerror(number) if number else error}"
    if problem is not PortProblem.BUSY:
        return PortUnavailable(problem, detail)
    holders = _proc_scan.holders(path)
    return PortUnavailable(problem, detail, holder=str(holders[0]) if holders else fuser_command(path))


class TtyWire(Wire, asyncio.Protocol):
    """A wire that is a tty, and the protocol of its transport."""

    def __init__(self, path: str, baudrate: int, tty: _Tty) -> None:
        super().__init__(path, baudrate)
        self._tty = tty
        tty.on_broken = self._end
        tty.on_closed = self._closed
        self._transport = serial_asyncio.SerialTransport(self._loop, self, tty)

    @property
    def unsent(self) -> int:
        """Bytes that the transport still has; what the kernel accepted is not counted."""
        return self._transport.get_write_buffer_size()

    def data_received(self, data: bytes) -> None:
        """Bytes from the device."""
        self._arrived(data, read_cost=self._tty.read_cost)

    def connection_lost(self, exc: Exception | None) -> None:
        """The transport has ended; it closes the tty as soon as this returns, and only then is it reported."""
        self._loop.call_soon(self._ended, str(exc or ""))

    def _hold(self) -> None:
        self._transport.pause_reading()

    def _go_on(self) -> None:
        self._transport.resume_reading()

    def _send(self, data: bytes) -> None:
        # The transport waits a turn of the loop even for a tty that is ready, and two system calls.
        sent = 0 if self.unsent else self._tty.write(data)
        if sent < len(data):
            self._transport.write(data[sent:])

    async def _change_baudrate(self, baudrate: int) -> None:
        try:
            await offload(
                lambda: self._tty.change_baudrate(baudrate),
                name=f"baudrate {self.address}",
                timeout=BAUDRATE_TIMEOUT,
            )
        except (OSError, ValueError, termios.error) as error:  # TimeoutError is an OSError
            self._end(f"does not accept {baudrate} bit/s: {str(error) or 'hangs'}")
            raise LinkLost(f"{self.address}: {self._end_reason}") from error

    @property
    def taken_by_others(self) -> int:
        """By the driver's count of received bytes, for drivers that have one (ftdi_sio, cp210x …)."""
        return self._tty.taken_by_others() if self._tty.is_open else 0

    def _start_closing(self) -> None:
        # Not at once: the transport itself may be asking (close or abort twice breaks pyserial-asyncio 0.6).
        self._loop.call_soon(self._transport.abort)

    def _closed(self) -> None:
        """Called in the thread that closed the tty."""
        with contextlib.suppress(RuntimeError):  # the loop may have ended before
            self._loop.call_soon_threadsafe(self._released)


class _Tty(Serial):
    """pyserial's settings of a tty, without its parts that wait, spin or touch the lines.

    Its open takes two pipes beside the tty, to wake a read or write that waits, and touches DTR and RTS; its read waits
    by select(); its write spins while the device accepts nothing; its transport drains the output before it closes,
    which a hung device never ends.
    """

    on_broken: Callable[[str], None]
    on_closed: Callable[[], None]

    def __init__(self, **settings: Any) -> None:
        self._applied_baudrate = 0
        self._received = ReceivedBytes()
        self._descriptor_in_use = threading.Lock()
        self._marked = False
        self._closing = False
        self.read_cost = 0.0
        """Seconds of CPU that the last read took, the kernel's work for it included."""
        self.on_broken = lambda _: None
        self.on_closed = lambda: None
        super().__init__(**settings)

    def open(self) -> None:
        """Open the tty of `port` and apply the settings. Raises OSError, ValueError and termios.error."""
        self.fd = os.open(self.port or "", os.O_RDWR | os.O_NOCTTY | os.O_NONBLOCK)
        try:
            self._reconfigure_port(force_update=True)
            termios.tcflush(self.fd, termios.TCIFLUSH)
        except BaseException:
            self._give_back()
            raise
        self.is_open = True

    def read(self, size: int = 1) -> bytes:
        """What is there, at most `size` bytes; end of file and errors are reported through `on_broken`."""
        began = time.thread_time()
        try:
            data = os.read(self.fileno(), size)
        except (BlockingIOError, InterruptedError):
            return b""
        except OSError as error:
            self.on_broken(error.strerror or str(error))
            return b""
        if not data:
            self.on_broken("hung up")
        self._received.read(len(data))
        self.read_cost = time.thread_time() - began
        return data

    def count_from_now(self) -> None:
        """Compare from now on what the driver receives with what we read."""
        self._received.start(self.fileno())

    def taken_by_others(self) -> int:
        """How many bytes were received that are neither read by us nor waiting; 0 where the driver does not count."""
        try:
            return self._received.taken_by_others(self.fileno(), self.in_waiting)
        except OSError:  # SerialException is one
            return 0

    def write(self, data: Buffer, /) -> int:
        """Return how many bytes were accepted: all of them after an error, which is reported through `on_broken`."""
        try:
            return os.write(self.fileno(), data)
        except (BlockingIOError, InterruptedError):
            return 0
        except OSError as error:
            self.on_broken(error.strerror or str(error))
            return len(memoryview(data))

    def flush(self) -> None:
        """Do nothing: the transport wants tcdrain, see `close`."""

    def keep_others_out(self) -> None:
        """Mark the tty as exclusive (TIOCEXCL). Raises OSError EBUSY if it is already: the kernel lets root pass."""
        # Not for pseudo-terminals: there the mark outlives a killed agent for as long as the other end is open. A
        # device without this mark (an emulated one) has the flock alone.
        try:
            (marked,) = struct.unpack("i", fcntl.ioctl(self.fileno(), TIOCGEXCL, bytes(4)))
        except OSError as error:
            if error.errno in {errno.ENOTTY, errno.EINVAL}:
                return
            raise
        if marked:
            raise OSError(errno.EBUSY, os.strerror(errno.EBUSY))
        fcntl.ioctl(self.fileno(), termios.TIOCEXCL)
        self._marked = True

    def change_baudrate(self, baudrate: int) -> None:
        """Set the rate. Blocks for as long as the driver does."""
        with self._descriptor_in_use:
            self.baudrate = baudrate

    def close(self) -> None:
        """Start to close, in a thread: a driver may wait 30 s (closing_wait) for a device that accepts no output."""
        if self.is_open and not self._closing:
            self._closing = True
            threading.Thread(target=self._close, name=f"close {self.port}", daemon=True).start()

    def _close(self) -> None:
        with self._descriptor_in_use:
            descriptor = self.fileno()
            with contextlib.suppress(OSError, termios.error):  # the device may be gone
                # Released first, so that the port can be opened again while the driver still waits.
                fcntl.flock(descriptor, fcntl.LOCK_UN)
                if self._marked:
                    fcntl.ioctl(descriptor, termios.TIOCNXCL)
                termios.tcflush(descriptor, termios.TCOFLUSH)
            self.is_open = False
            self._give_back()
        self.on_closed()

    def _give_back(self) -> None:
        descriptor, self.fd = cast("int", self.fd), None
        os.close(descriptor)

    def _reconfigure_port(self, force_update: bool = False) -> None:
        """Apply the settings if the rate changed; pyserial calls this for its timeouts too, on the loop."""
        if not force_update and self.baudrate == self._applied_baudrate:
            return
        super()._reconfigure_port(force_update)  # type: ignore[misc]  # the stubs leave it out
        descriptor = cast("int", self.fd)  # not fileno(): the port counts as open only after this
        attributes = termios.tcgetattr(descriptor)
        attributes[2] &= ~termios.HUPCL  # closing must not drop DTR: many modules hang up, some pools reset
        attributes[6][termios.VMIN] = 1  # so that nothing there and end of file differ
        termios.tcsetattr(descriptor, termios.TCSANOW, attributes)
        self._applied_baudrate = self.baudrate
