"""One serial port of a module: terminal, session, engine and faults put together.

One answer at a time, each after the module's latency.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from drivers.simulator.engine import respond
from drivers.simulator.faults import RIVAL
from drivers.simulator.pty_watch import PtyWatch
from drivers.simulator.session import Mode, Session
from drivers.simulator.state import ModuleState
from drivers.simulator.terminal import Terminal
from drivers.simulator.urc import vendor_lines
from drivers.simulator.usb_tree import Place
from drivers.simulator.wirelog import WireLog

TICK = 0.02
FLOOD_LINES = 10
"""URCs in each tick of a flood: a 115200 line is full with about twice as many."""
HELD_LIMIT = 50
SENTENCE = b"$GPGGA,120000.00,,,,,0,00,99.99,,,,,,*6C\r\n$GPGSA,A,1,,,,,,,,,,,,,99.99,99.99,99.99*30\r\n"


class Port:
    """A port of a module; `role` as in a PortPlan."""

    def __init__(self, state: ModuleState, name: str, role: str, place: Place | None) -> None:
        self.name, self.role, self.place = name, role, place
        self.session = Session(state.personality)
        self.terminal: Terminal | None = None
        self.path = ""
        self._state = state
        self._busy = False
        self._restarts = 0
        """An answer that was under way before a restart is never sent."""
        self._held: list[bytes] = []
        self._endless = False
        self._tick = 0
        self._timer: asyncio.TimerHandle | None = None

    def plug(self, pty_watch: PtyWatch, wire_log: WireLog) -> None:
        """Appear, under another path than last time."""
        self._wire_log = wire_log
        self.terminal = Terminal(pty_watch, self._received, self._left, avoid=self.path)
        self.path = self.terminal.path
        self.apply_faults()

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
        """Forget the client: default settings, nothing typed, nothing held back."""
        self.session.restore()
        self.session.forget_input()
        self._restarts += 1
        self._busy = False
        self._held.clear()
        self._endless = False

    def apply_faults(self) -> None:
        """Follow a change of the module's faults."""
        if self.terminal is None:
            return
        faults = self._state.faults
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
        state = self._state
        self._wire_log.note(state.name, self.path, "in", data)
        if self.role != "at" or not state.life.awake or "silent" in state.faults:
            return
        if state.baudrate and self.terminal is not None and self.terminal.baudrate != state.baudrate:
            self._write(bytes(state.chance.choice(b"\x80\xf8\xfe\xff\x00") for _ in data[:16]))
            return
        self.session.receive(data)
        self._advance()

    def _advance(self) -> None:
        """Work on what was typed, until an answer is under way or nothing whole is left."""
        while not self._busy:
            if "echo" in self._state.faults:
                self.session.echo = True
            item, echo = self.session.take()
            if echo:
                self._write(echo)
            if item is None:
                return
            self._work(item)

    def _work(self, item: str) -> None:
        state, faults = self._state, self._state.faults
        delay = state.latency
        if faults.on:
            delay += faults.on.get("slow", 0.0)
            if (late := faults.on.get("late")) is not None:
                answer = respond(state, self.session, item)
                faults.answered()
                self._later(delay + late, lambda: self._send(answer))
                return
        if delay <= 0:
            self._answer(item)
            return
        self._busy = True
        self._later(delay, lambda: self._finish(item))

    def _later(self, seconds: float, call: Callable[[], None]) -> None:
        """Call after a time, unless the module restarts before."""
        restarts = self._restarts
        self._state.later(seconds, lambda: call() if restarts == self._restarts else None)

    def _finish(self, item: str) -> None:
        self._busy = False
        self._answer(item)
        self._advance()

    def _answer(self, item: str) -> None:
        state, faults = self._state, self._state.faults
        if not state.life.awake or "hang" in faults:
            return
        answer = respond(state, self.session, item)
        if faults.on:
            self._endless = "endless" in faults
            answer = faults.distorted(self._flooded(answer))
            faults.answered()
        if "answer_in_two_reads" in state.personality.quirks:
            self._send_in_two(answer)
        else:
            self._send(answer)

    # Out

    def _send(self, answer: bytes) -> None:
        if answer and "silent" not in self._state.faults:
            self._write(answer)
        if self._held and self.session.mode is Mode.COMMAND:
            held, self._held = self._held, []
            self._write(b"".join(held))

    def _send_in_two(self, answer: bytes) -> None:
        """Send the final result in a read of its own, after the payload."""
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

    def send_urc(self, text: str, line_end: str = "\r\n") -> None:
        """Send a line unasked; one that comes while a body is typed waits for its end."""
        faults = self._state.faults
        if self.role != "at" or self.session.mode is Mode.DATA or "silent" in faults or "hang" in faults:
            return
        line = self.session.unsolicited(text, line_end)
        if self.session.mode is Mode.BODY:
            self._held = [*self._held, line][-HELD_LIMIT:]
        else:
            self._write(line)

    def _write(self, data: bytes) -> None:
        if self.terminal is None:
            return
        sent = self.terminal.write(data)
        if sent:
            self._wire_log.note(self._state.name, self.path, "out", data[:sent])

    def _flooded(self, answer: bytes) -> bytes:
        if "flood" not in self._state.faults:
            return answer
        noise = b"".join(
            self.session.unsolicited(*line) for line in vendor_lines(self._state, self.session, "noise")
        )
        return noise + answer.replace(b"\r\n\r\n", b"\r\n" + noise + b"\r\n") + noise

    def _stream(self) -> None:
        """Send what comes without being asked for, as long as a fault or the role wants it."""
        self._timer = None
        self._tick += 1
        faults = self._state.faults
        if self.role == "nmea":
            if self._tick % 50 == 0:
                self._write(SENTENCE)
        elif self.role == "at":
            if self._endless:
                self._write(b"A" * 1024)
            if "flood" in faults:
                noise = vendor_lines(self._state, self.session, "noise")
                self._write(b"".join(self.session.unsolicited(*line) for line in noise * FLOOD_LINES))
            if "rival" in faults and self._tick % 25 == 0:
                self._write(RIVAL)
        self.apply_faults()

    def end_call(self) -> None:
        """Fall back from data mode to commands, as when the carrier is lost."""
        if self.session.mode is Mode.DATA:
            self.session.mode = Mode.COMMAND
            self.send_urc("NO CARRIER")

    def _left(self) -> None:
        """The client is gone: DTR drops, which ends a data call."""
        if self.session.mode is Mode.DATA:
            self.session.mode = Mode.COMMAND
