"""Wires without a device: a scripted module at the other end, and faults that can be put in between.

Time is virtual here: whoever waits for it gets it at once.
"""

from __future__ import annotations

import asyncio
from collections import deque

import pytest

from drivers.wire import Wire


@pytest.fixture
async def instant():
    """Let the loop's clock jump to the next thing that is due, and return a function that reads it."""
    loop = asyncio.get_running_loop()
    now = 0.0
    selector = loop._selector
    select, real_time = selector.select, loop.time

    def jump(timeout):
        nonlocal now
        ready = select(0)
        if not ready:
            assert timeout is not None, "everybody waits and nothing is due"
            now += timeout
        return ready

    selector.select, loop.time = jump, lambda: now
    yield lambda: now
    selector.select, loop.time = select, real_time


def virtually(coroutine):
    """Run it on a clock that jumps to whatever is due."""
    with asyncio.Runner() as runner:
        loop = runner.get_loop()
        now = 0.0
        select = loop._selector.select

        def jump(timeout):
            nonlocal now
            ready = select(0)
            if not ready and timeout:
                now += timeout
            return ready

        loop._selector.select, loop.time = jump, lambda: now
        return runner.run(coroutine)


class MemoryWire(Wire):
    """Bytes go to `module.hear(data)`, which returns the answer; `say` is the module speaking."""

    def __init__(self, module=None):
        super().__init__("memory", 115200)
        self.module = module or Module()
        self.sent = bytearray()

    @property
    def unsent(self):
        """Nothing waits in memory."""
        return 0

    def say(self, data):
        """Bytes from the module, at once."""
        self._arrived(data)

    def break_down(self, reason):
        """End as a pulled cable does."""
        self._end(reason)

    def _send(self, data):
        self.sent += data
        answer = self.module.hear(data, self.at_baudrate)
        if answer:
            self._loop.call_soon(self.say, answer)

    async def _change_baudrate(self, baudrate):
        await asyncio.sleep(0)

    def _start_closing(self):
        self._loop.call_soon(self._released)


class Split(MemoryWire):
    """Every byte arrives alone."""

    def say(self, data):
        """Bytes from the module, each in its own turn of the loop."""
        for byte in data:
            self._loop.call_soon(self._arrived, bytes([byte]))


class Drop(MemoryWire):
    """Of every so many messages of the module one is lost."""

    def __init__(self, module=None, *, every):
        super().__init__(module)
        self._every = every
        self._said = 0

    def say(self, data):
        """Bytes from the module, or not."""
        self._said += 1
        if self._said % self._every:
            super().say(data)


class Delay(MemoryWire):
    """What the module says takes the next of these times, in seconds; then none."""

    def __init__(self, module=None, *, delays):
        super().__init__(module)
        self._delays = deque(delays)

    def say(self, data):
        """Bytes from the module, later; they do not overtake each other in the tests that use it."""
        if self._delays:
            self._loop.call_later(self._delays.popleft(), self._arrived, data)
        else:
            super().say(data)


class Module:
    """Answers whole command lines from a table of what was written from manuals; anything else is OK.

    At another than its own rate it hears nothing, if it has one.
    """

    def __init__(self, answers=None, *, baudrate=None):
        self.answers = {"AT+CREG?": b"\r\n+CREG: 2,1\r\n\r\nOK\r\n"} | (answers or {})
        self.heard = []
        self._baudrate = baudrate
        self._line = b""

    def hear(self, data, baudrate):
        """The answer to what these bytes complete."""
        if self._baudrate not in {None, baudrate}:
            return b""
        *lines, self._line = (self._line + data).split(b"\r")
        if self._line == b"\x1b":
            lines.append(self._line)
            self._line = b""
        said = b""
        for line in lines:
            command = line.decode()
            self.heard.append(command)
            answer = self.answers.get(command, b"\r\nOK\r\n")
            said += answer.pop(0) if isinstance(answer, list) and answer else answer or b""
        return said
