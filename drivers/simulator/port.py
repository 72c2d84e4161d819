"""One serial port of a module: its terminal, its session, and what is wrong with it at the moment.

Responsible for the way of bytes: terminal → session → engine → faults → terminal, one answer at a time,
each after the module's latency. Must not know what an answer says, nor how a module lives.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING

from drivers.simulator.engine import respond
from drivers.simulator.faults import RIVAL
from drivers.simulator.session import Mode, Session
from drivers.simulator.terminal import Terminal
from drivers.simulator.urc import lines_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from drivers.simulator.module import SimulatedModule

TICK = 0.02
FLOOD_LINES = 10
"""URCs in each tick of a flood: a 115200 line is full with about twice as many."""
HELD_LIMIT = 50
SENTENCE = b"$GPGGA,120000.00,,,,,0,00,99.99,,,,,,*6C\r\n$GPGSA,A,1,,,,,,,,,,,,,99.99,99.99,99.99*30\r\n"


@dataclass(frozen=True, slots=True)
class Place:
    """Where on USB a port is: `interface` is bInterfaceNumber, `port` counts UARTs behind one interface."""

    device: str
    interface: int
    port: int
    vid: str
    pid: str
    product: str = ""
    protocol: int | None = None


class Port:
    """A port of `module`. Roles: at; diag and silent swallow everything; nmea sends positions without end."""

    def __init__(self, module: SimulatedModule, name: str, role: str, place: Place | None) -> None:
        self.name, self.role, self.place = name, role, place
        self.module = module
        self.session = Session(module.personality)
        self.terminal: Terminal | None = None
        self.path = ""
        self._busy = False
        self._life = 0
        """Counts restarts: what was under way before one is never finished."""
        self._held: list[bytes] = []
        self._endless = False
        self._tick = 0
        self._timer: asyncio.TimerHandle | None = None

    def plug(self) -> None:
        """Appear, under another path than last time."""
        self.terminal = Terminal(self.module.openings, self._received, self._left, avoid=self.path)
        self.path = self.terminal.path
        self.attend()

    def unplug(self) -> None:
        """Vanish; who has the port open sees a hang-up."""
        if self.terminal is not None:
            self.terminal.close()
            self.terminal = None
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        self.restart()

    def restart(self) -> None:
        """Forget the client: settings of a fresh start, nothing typed, nothing held back."""
        self.session.restore()
        self.session.forget_input()
        self._life += 1
        self._busy = False
        self._held.clear()
        self._endless = False

    def attend(self) -> None:
        """Take up a change of the module's faults."""
        if self.terminal is None:
            return
        faults = self.module.faults
        self.terminal.listen("hang" not in faults)
        self._endless = self._endless and "endless" in faults
        if "v0" in faults:
            self.session.verbose = False
            faults.switch("v0", on=False)
        streaming = self.role == "nmea" or any(name in faults for name in ("flood", "endless", "rival"))
        if streaming and self._timer is None:
            self._timer = asyncio.get_running_loop().call_later(TICK, self._stream)

    # In

    def _received(self, data: bytes) -> None:
        module = self.module
        module.wire_log.note(module.name, self.path, "in", data)
        if self.role != "at" or not module.awake or "silent" in module.faults:
            return
        if module.baudrate and self.terminal is not None and self.terminal.baudrate != module.baudrate:
            self._write(bytes(module.chance.choice(b"\x80\xf8\xfe\xff\x00") for _ in data[:16]))
            return
        self.session.receive(data)
        self._advance()

    def _advance(self) -> None:
        """Take up what was typed, until an answer is under way or nothing whole is left."""
        while not self._busy:
            if "echo" in self.module.faults:
                self.session.echo = True
            item, echo = self.session.take()
            if echo:
                self._write(echo)
            if item is None:
                return
            self._work(item)

    def _work(self, item: str) -> None:
        module, faults = self.module, self.module.faults
        delay = module.latency
        if faults.on:
            delay += faults.on.get("slow", 0.0)
            if (late := faults.on.get("late")) is not None:
                answer = respond(module, self.session, item)
                faults.spend()
                self._later(delay + late, lambda: self._send(answer))
                return
        if delay <= 0:
            self._answer(item)
            return
        self._busy = True
        self._later(delay, lambda: self._finish(item))

    def _later(self, seconds: float, call: Callable[[], None]) -> None:
        """Call after a time, unless the module restarts before."""
        life = self._life
        self.module.later(seconds, lambda: call() if life == self._life else None)

    def _finish(self, item: str) -> None:
        self._busy = False
        self._answer(item)
        self._advance()

    def _answer(self, item: str) -> None:
        module, faults = self.module, self.module.faults
        if not module.awake or "hang" in faults:
            return
        answer = respond(module, self.session, item)
        if faults.on:
            self._endless = "endless" in faults
            answer = faults.distorted(self._flooded(answer))
            faults.spend()
        if "answer_in_two_reads" in module.personality.quirks:
            self._send_in_two(answer)
        else:
            self._send(answer)

    # Out

    def _send(self, answer: bytes) -> None:
        if answer and "silent" not in self.module.faults:
            self._write(answer)
        if self._held and self.session.mode is Mode.COMMAND:
            held, self._held = self._held, []
            self._write(b"".join(held))

    def _send_in_two(self, answer: bytes) -> None:
        """Send the verdict in a read of its own, after the payload."""
        cut = answer.rfind(b"\r\n\r\n")
        if cut < 0:
            self._send(answer)
            return
        self._send(answer[: cut + 2])
        self._busy = True
        self._later(0.005, lambda: self._send_rest(answer[cut + 2 :]))

    def _send_rest(self, rest: bytes) -> None:
        self._busy = False
        self._send(rest)
        self._advance()

    def say(self, text: str, line_end: str = "\r\n") -> None:
        """Send a line that nobody asked for; one that comes while a body is typed waits."""
        faults = self.module.faults
        if self.role != "at" or self.session.mode is Mode.DATA or "silent" in faults or "hang" in faults:
            return
        line = self.session.unasked(text, line_end)
        if self.session.mode is Mode.BODY:
            self._held = [*self._held, line][-HELD_LIMIT:]
        else:
            self._write(line)

    def _write(self, data: bytes) -> None:
        if self.terminal is None:
            return
        sent = self.terminal.write(data)
        if sent:
            self.module.wire_log.note(self.module.name, self.path, "out", data[:sent])

    def _flooded(self, answer: bytes) -> bytes:
        if "flood" not in self.module.faults:
            return answer
        noise = b"".join(self.session.unasked(*line) for line in lines_of(self.module, "noise", self.session))
        return noise + answer.replace(b"\r\n\r\n", b"\r\n" + noise + b"\r\n") + noise

    def _stream(self) -> None:
        """Send what comes without being asked for, as long as it is wanted."""
        self._timer = None
        self._tick += 1
        faults = self.module.faults
        if self.role == "nmea":
            if self._tick % 50 == 0:
                self._write(SENTENCE)
        elif self.role == "at":
            if self._endless:
                self._write(b"A" * 1024)
            if "flood" in faults:
                noise = lines_of(self.module, "noise", self.session)
                self._write(b"".join(self.session.unasked(*line) for line in noise * FLOOD_LINES))
            if "rival" in faults and self._tick % 25 == 0:
                self._write(RIVAL)
        self.attend()

    def end_call(self) -> None:
        """Fall back from data mode to commands, as when the carrier is lost."""
        if self.session.mode is Mode.DATA:
            self.session.mode = Mode.COMMAND
            self.say("NO CARRIER")

    def _left(self) -> None:
        """The client is gone: DTR drops, which ends a data call."""
        if self.session.mode is Mode.DATA:
            self.session.mode = Mode.COMMAND
