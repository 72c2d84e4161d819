"""USB devices on sockets, for QEMU's usb-redir.

    usb_devices.py FOLDER NAME=PROFILE:TTY[,TTY…] …

A connection to FOLDER/NAME.sock is a plug, its end an unplugging. Each serial line of the device carries the bytes of a
pseudo-terminal; `-` is a line that says nothing. FOLDER/lines.log holds what the driver did to DTR, RTS and speed.
The messages are those of the usbredir protocol 0.7, where one number of four bytes or eight stands in each header.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import struct
import sys
import time
import tty
from enum import IntEnum
from functools import partial
from pathlib import Path
from typing import Final, TextIO

from usb_profiles import PROFILES, Profile

_VERSION_ON_CONNECT: Final = 1 << 1
_LARGEST_PACKET: Final = 1 << 4
_WIDE_NUMBERS: Final = 1 << 5
_QUEUE_LIMIT: Final = 8192
_NO_DATA: Final = b"\x01\x60"
"""What an FTDI chip puts in front of each packet: its lines as they are at rest."""


class Message(IntEnum):
    """The types of usbredir that are used here."""

    HELLO = 0
    CONNECT = 1
    INTERFACES = 4
    ENDPOINTS = 5
    SET_CONFIGURATION = 6
    GET_CONFIGURATION = 7
    CONFIGURATION = 8
    SET_ALTERNATE = 9
    GET_ALTERNATE = 10
    ALTERNATE = 11
    START_INTERRUPTS = 15
    STOP_INTERRUPTS = 16
    INTERRUPTS = 17
    CANCEL = 21
    CONTROL = 100
    BULK = 101


class Plug:
    """A device from its connection to its end."""

    def __init__(
        self, name: str, profile: Profile, ttys: list[str], log: TextIO, writer: asyncio.StreamWriter
    ) -> None:
        self._name = name
        self._profile = profile
        self._ttys = ttys
        self._log = log
        self._writer = writer
        self._wide = False
        self._read_requests: dict[int, list[tuple[int, int]]] = {line.read: [] for line in profile.lines}
        self._queued: dict[int, bytearray] = {line.read: bytearray() for line in profile.lines}
        self._descriptors: dict[int, int] = {}

    async def serve(self, reader: asyncio.StreamReader) -> None:
        """Be a USB device until the connection ends."""
        loop = asyncio.get_running_loop()
        for line, path in zip(self._profile.lines, self._ttys, strict=False):
            if path != "-":
                descriptor = os.open(path, os.O_RDWR | os.O_NOCTTY | os.O_NONBLOCK)
                tty.setraw(descriptor)
                self._descriptors[line.written] = descriptor
                loop.add_reader(descriptor, self._take, descriptor, line.read)
        capabilities = _VERSION_ON_CONNECT | _LARGEST_PACKET | _WIDE_NUMBERS
        self._send(Message.HELLO, 0, b"simbank".ljust(64, b"\0") + struct.pack("<I", capabilities))
        try:
            while True:
                layout = "<IIQ" if self._wide else "<III"
                kind, size, number = struct.unpack(layout, await reader.readexactly(struct.calcsize(layout)))
                self._handle(kind, number, await reader.readexactly(size))
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            for descriptor in self._descriptors.values():
                loop.remove_reader(descriptor)
                os.close(descriptor)
            self._writer.close()

    def _send(self, kind: Message, number: int, data: bytes) -> None:
        if not self._writer.is_closing():
            self._writer.write(struct.pack("<IIQ" if self._wide else "<III", kind, len(data), number) + data)

    def _handle(self, kind: int, number: int, data: bytes) -> None:
        if kind == Message.HELLO:
            self._wide = bool(struct.unpack_from("<I", data, 64)[0] & _WIDE_NUMBERS)
            self._introduce()
        elif kind in (Message.SET_CONFIGURATION, Message.GET_CONFIGURATION):
            self._send(Message.CONFIGURATION, number, bytes([0, data[0] if data else 1]))
        elif kind in (Message.SET_ALTERNATE, Message.GET_ALTERNATE):
            self._send(Message.ALTERNATE, number, bytes([0, data[0], 0]))
        elif kind in (Message.START_INTERRUPTS, Message.STOP_INTERRUPTS):
            self._send(Message.INTERRUPTS, number, bytes([0, data[0]]))
        elif kind == Message.CANCEL:
            self._cancel(number)
        elif kind == Message.CONTROL:
            self._answer_control(number, data)
        elif kind == Message.BULK:
            self._bulk(number, data)

    def _introduce(self) -> None:
        """Tell interfaces and endpoints, which must come before the device itself."""
        profile = self._profile
        count = len(profile.interfaces)
        kinds = [bytes(one.kind[part] for one in profile.interfaces).ljust(32, b"\0") for part in range(3)]
        numbers = struct.pack("<I", count) + bytes(range(count)).ljust(32, b"\0")
        self._send(Message.INTERFACES, 0, numbers + b"".join(kinds))
        types, intervals, owners, sizes = bytearray(b"\xff" * 32), bytearray(32), bytearray(32), [0] * 32
        types[0] = types[16] = 0
        sizes[0] = sizes[16] = 64
        for owner, interface in enumerate(profile.interfaces):
            for address in interface.endpoints:
                at = (address & 0x80) >> 3 | address & 0x0F
                types[at], intervals[at] = (3, 16) if address in profile.interrupt else (2, 0)
                owners[at], sizes[at] = owner, 64
        self._send(Message.ENDPOINTS, 0, bytes(types + intervals + owners) + struct.pack("<32H", *sizes))
        ids = (profile.vid, profile.pid, profile.release)
        full_speed = 1
        self._send(Message.CONNECT, 0, struct.pack("<BBBBHHH", full_speed, *profile.kind, *ids))

    def _cancel(self, number: int) -> None:
        for endpoint, waiting in self._read_requests.items():
            for request in [one for one in waiting if one[0] == number]:
                waiting.remove(request)
                cancelled = 1
                self._send(Message.BULK, number, struct.pack("<BBHI", endpoint, cancelled, 0, 0))

    def _bulk(self, number: int, data: bytes) -> None:
        endpoint, _, length, _ = struct.unpack_from("<BBHI", data)
        if endpoint & 0x80:
            self._read_requests.setdefault(endpoint, []).append((number, length))
            self._deliver(endpoint)
            return
        if endpoint in self._descriptors:
            with contextlib.suppress(
                OSError
            ):  # the pseudo-terminal is full or gone: as on a wire, bytes are lost
                os.write(self._descriptors[endpoint], data[8:])
        self._send(Message.BULK, number, struct.pack("<BBHI", endpoint, 0, length, 0))

    def _take(self, descriptor: int, endpoint: int) -> None:
        try:
            data = os.read(descriptor, 4096)
        except OSError:
            return
        if len(self._queued[endpoint]) < _QUEUE_LIMIT:
            self._queued[endpoint] += data
        self._deliver(endpoint)

    def _deliver(self, endpoint: int) -> None:
        head = _NO_DATA if self._profile.ftdi else b""
        queued, waiting = self._queued.get(endpoint), self._read_requests[endpoint]
        while queued and waiting:
            number, length = waiting.pop(0)
            piece = bytes(queued[: min(length, 64) - len(head)])
            del queued[: len(piece)]
            payload = head + piece
            self._send(Message.BULK, number, struct.pack("<BBHI", endpoint, 0, len(payload), 0) + payload)

    def _answer_control(self, number: int, data: bytes) -> None:
        endpoint, request, kind, _, value, index, length = struct.unpack_from("<BBBBHHH", data)
        answer, status = self._control(request, kind, value, index, length, data)
        answer = answer[:length]
        size = len(answer) if kind & 0x80 else length
        head = struct.pack("<BBBBHHH", endpoint, request, kind, status, value, index, size)
        self._send(Message.CONTROL, number, head + answer)

    def _control(
        self, request: int, kind: int, value: int, index: int, length: int, data: bytes
    ) -> tuple[bytes, int]:
        """Return the answer to a control request and its status: 0, or 4 for a stall."""
        if (kind, request) == (0x80, 6):
            descriptor = self._descriptor(value >> 8, value & 0xFF)
            return descriptor, 0 if descriptor else 4
        if (kind, request) == (0x80, 0):
            return b"\1\0", 0
        if self._profile.ftdi and kind == 0xC0:
            registers = {5: _NO_DATA, 10: bytes([16]), 0x90: b"\xff\xff"}
            return registers.get(request, b"\0" * length), 0
        if self._profile.ftdi and kind == 0x40:
            self._note_ftdi(request, value, index & 0xFF)
        elif (kind, request) == (0x21, 0x22):
            self._note(index, f"DTR={value & 1}", f"RTS={value >> 1 & 1}")
        elif (kind, request) == (0x21, 0x20):
            self._note(index, f"baud={struct.unpack_from('<I', data, 10)[0]}")
        elif (kind, request) == (0xA1, 0x21):
            return struct.pack("<IBBB", 115200, 0, 0, 8), 0
        return b"", 0

    def _descriptor(self, kind: int, which: int) -> bytes:
        if kind == 1:
            return self._profile.device_descriptor()
        if kind == 2:
            return self._profile.configuration_descriptor()
        if kind == 3 and which == 0:
            return bytes([4, 3, 9, 4])  # English
        texts = {1: self._profile.maker, 2: self._profile.product, 3: f"SN{self._name}"}
        if kind == 3 and which in texts:
            text = texts[which].encode("utf-16le")
            return bytes([2 + len(text), 3]) + text
        return b""

    def _note_ftdi(self, request: int, value: int, line: int) -> None:
        if request == 1:
            changed = [(name, bit) for name, bit in (("DTR", 0), ("RTS", 1)) if value >> 8 + bit & 1]
            self._note(line, *(f"{name}={value >> bit & 1}" for name, bit in changed))
        elif request in (3, 9):
            self._note(line, f"{'divisor' if request == 3 else 'latency'}={value}")

    def _note(self, line: int, *words: str) -> None:
        print(f"{time.time():.3f} {self._name} {line} {' '.join(words)}", file=self._log, flush=True)


async def _plugged(
    name: str, profile: Profile, ttys: list[str], log: TextIO,
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter,
) -> None:  # fmt: skip
    await Plug(name, profile, ttys, log, writer).serve(reader)


async def main(folder: Path, words: list[str]) -> None:
    """Offer each device that the words name, for ever."""
    with (folder / "lines.log").open("a") as log:
        for word in words:
            name, what = word.split("=", 1)
            profile, ttys = what.split(":", 1)
            plugged = partial(_plugged, name, PROFILES[profile], ttys.split(","), log)
            await asyncio.start_unix_server(plugged, folder / f"{name}.sock")
        print("ready", flush=True)
        await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1]), sys.argv[2:]))
