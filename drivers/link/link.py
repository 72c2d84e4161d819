"""Commands and answers over one open wire: an AT conversation with its timeouts and its lock."""

from __future__ import annotations

import asyncio
import contextlib
import re
from collections.abc import Callable, Iterable
from typing import Final

from drivers.at import events
from drivers.at.commands import ATTENTION, Command
from drivers.at.conversation import Conversation, State
from drivers.errors import DriverError, LinkLost, NoAnswer, Refused, Silence
from drivers.link import resync
from drivers.link.fair_lock import FairLock
from drivers.link.quiet import QuietTimer
from drivers.link.trace import Direction
from drivers.wire import Wire

DATA_CALL_SILENCE: Final = 120.0
"""Seconds without a byte after which a data call counts as over although no NO CARRIER came."""

LINE_IS_BACK: Final = frozenset({"NO CARRIER", "3"})
"""What ends a data call (V.250 §6.3), in words and in numbers."""

Outcome = tuple[str, ...] | DriverError
"""What came of a command: the lines of its answer, or why there is none."""


class _Interleaved(Exception):
    """An incoming message interleaved with the answer."""


def _ignore(*_: object) -> None:
    """For callbacks that nobody set."""


class Link:
    """Commands and answers over one open wire. It is never reopened.

    Its callbacks may be set at any time, and must not raise.
    """

    def __init__(self, wire: Wire, *, urcs: Iterable[re.Pattern[str]] = ()) -> None:
        self.wire = wire
        self.lock = FairLock()
        """Held for each command, and for a whole transaction of a shared port's client: see `grant`."""
        self.garbled = 0
        """Unreadable lines since the link was opened."""
        self.on_urc: Callable[[str], None] = _ignore
        """An unsolicited line."""
        self.on_other_line: Callable[[str], None] = _ignore
        """Any line that is not an answer to us: URCs, and what another program caused."""
        self.on_message_text: Callable[[str], None] = _ignore
        """A line of an incoming message."""
        self.on_lost: Callable[[str], None] = _ignore
        """The reason for which the link ended; called once."""
        self.on_exchange: Callable[[Command, Outcome, float], None] = _ignore
        """A command, its outcome, and the seconds it took without the wait for the lock."""
        self.on_waited: Callable[[float], None] = _ignore
        """The seconds for which a command waited for the lock."""
        self.trace: Callable[[Direction, bytes], None] = _ignore
        self._loop = asyncio.get_running_loop()
        self._conversation = Conversation(urcs)
        self._resync = resync.Resync(self._conversation, write=self._write)
        self._quiet = QuietTimer(resync.QUIET, self._line_is_quiet)
        self._answer: asyncio.Future[tuple[str, ...]] | None = None
        self._asked: Command | None = None
        self._asked_at = 0.0
        self._received_at = 0.0
        self._in_data_call = False
        self._holder: Callable[[bytes], None] | None = None
        wire.on_data = self._received
        wire.on_lost = self._lost
        if wire.lost is not None:
            self._conversation.closed()

    async def ask(self, command: Command, timeout: float | None = None) -> tuple[str, ...]:  # noqa: ASYNC109  from when the lock is ours
        """Send a command and return the lines of its answer. Raises Refused, NoAnswer, LinkLost.

        `timeout` in seconds counts from when the lock is ours and includes a resynchronisation; None for the
        command's own. A cancelled command is given up, and its late answer is dropped.
        """
        if not self.lock.acquire_nowait():
            began = self._loop.time()
            await self.lock.acquire()
            self.on_waited(self._loop.time() - began)
        try:
            return await self.ask_locked(command, timeout)
        finally:
            self.lock.release()

    async def ask_locked(self, command: Command, timeout: float | None = None) -> tuple[str, ...]:  # noqa: ASYNC109  from when the lock is ours
        """Send a command while the caller holds the lock. Raises as `ask` does."""
        self._asked_at = self._loop.time()
        end = self._asked_at + (command.timeout if timeout is None else timeout)
        try:
            self._check_alive()
            lines = await self._ask_in_step(command, end)
        except DriverError as error:
            self.on_exchange(command, error, self._loop.time() - self._asked_at)
            raise
        self.on_exchange(command, lines, self._loop.time() - self._asked_at)
        return lines

    async def responds(self, within: float, *, every: float = resync.WAIT) -> bool:
        """Whether the module answers a bare AT within `within` seconds, sent every `every` seconds. Raises LinkLost.

        It also wakes modules that detect their rate by it (docs/at-field-guide.md §1.5).
        """
        async with self.lock:
            self._check_alive()
            return await self._resync.run(self._loop.time() + within, every)

    async def close(self) -> None:
        """End the link; a command under way raises LinkLost."""
        await self.wire.close()

    # For a shared port

    async def grant(self, holder: Callable[[bytes], None], within: float) -> None:
        """Acquire the lock for a client: until `release`, all bytes of the module go to `holder`.

        Raises NoAnswer if the dialogue is not in step within `within` seconds after that, and LinkLost.
        """
        await self.lock.acquire()
        try:
            self._check_alive()
            await self._get_in_step(ATTENTION, self._loop.time() + within)
        except BaseException:
            self.lock.release()
            raise
        self._holder = holder
        unfinished = self._conversation.take_unfinished()
        if unfinished:
            holder(unfinished)

    def forward(self, data: bytes) -> None:
        """Write what the client sends. Raises LinkLost."""
        self._write(data, Direction.CLIENT_TO_MODULE)

    def inject(self, data: bytes) -> None:
        """Write a byte of our own (ESC) while the client holds the lock. Raises LinkLost."""
        self._write(data)

    def report_urc(self, line: str) -> None:
        """Pass on a line that arrived while the client held the lock, if it is a URC by its name."""
        if self._conversation.is_urc(line):
            self.on_urc(line)

    def release(self, *, in_step: bool, rest: bytes = b"", keep_lock: bool = False) -> None:
        """End the grant. `rest` came behind the answer; unless `in_step`, an answer may still come.

        With `keep_lock` the lock stays with the caller, for `ask_locked`, and has to be released.
        """
        self._holder = None
        if not in_step and self._conversation.state is State.IDLE:
            self._conversation.expect_late_result()
        if rest:
            self._take(rest)
        if not keep_lock:
            self.lock.release()

    # One command

    async def _ask_in_step(self, command: Command, end: float) -> tuple[str, ...]:
        """Send as soon as that is safe, and again if the answer was lost in a message.

        Not again if it reaches the network: that may cost money.
        """
        while True:
            await self._get_in_step(command, end)
            try:
                return await self._send(command, end)
            except _Interleaved:
                if command.follows is not None:
                    raise Silence(command.text) from None

    async def _send(self, command: Command, end: float) -> tuple[str, ...]:
        answer: asyncio.Future[tuple[str, ...]] = self._loop.create_future()
        self._answer = answer
        self._asked = command
        timer = self._loop.call_at(end, self._time_out, command)
        self._asked_at = self._loop.time()
        try:
            self._write(self._conversation.ask(command))
            return await answer
        except asyncio.CancelledError:
            if answer.done() and not answer.cancelled():
                answer.exception()  # it came at the same moment; asyncio would log it as never retrieved
            raise
        finally:
            timer.cancel()
            self._answer = None
            if self._conversation.state is State.WAITING:  # cancelled, or not written
                self._conversation.give_up()

    def _time_out(self, command: Command) -> None:
        if self._conversation.state is State.WAITING:
            ok_alone = self._conversation.ok_alone
            self._fail(Silence(command.text, self._conversation.give_up(), ok_alone=ok_alone))

    async def _get_in_step(self, command: Command, end: float) -> None:
        """Make it safe to send, or raise NoAnswer."""
        while self._in_data_call or self._conversation.in_text or self._conversation.state is not State.IDLE:
            if self._in_data_call and self._loop.time() - self._received_at < DATA_CALL_SILENCE:
                raise NoAnswer(command.text)
            out_of_step = self._in_data_call or self._conversation.state is not State.IDLE
            self._in_data_call = False
            if not await self._quiet.wait(end):
                raise NoAnswer(command.text)
            self._check_alive()
            if out_of_step and not await self._resync.run(end, resync.WAIT):
                raise NoAnswer(command.text)

    def _check_alive(self) -> None:
        if self.wire.lost is not None:
            raise LinkLost(f"{self.wire.address}: {self.wire.lost}")

    def _write(self, data: bytes, direction: Direction = Direction.TO_MODULE) -> None:
        self.trace(direction, data)
        self.wire.write(data)

    # What arrives

    def _received(self, data: bytes) -> None:
        if self._holder is not None:
            self.trace(Direction.MODULE_TO_CLIENT, data)
            self._holder(data)
            return
        self.trace(Direction.FROM_MODULE, data)
        if self._in_data_call:
            self._received_at = self._loop.time()
        self._take(data)
        self._resync.notify()

    def _take(self, data: bytes) -> None:
        self._dispatch(self._conversation.receive(data))
        if self._conversation.in_text:
            self._quiet.reset()

    def _line_is_quiet(self) -> None:
        self._dispatch(self._conversation.quiet())

    def _dispatch(self, happened: list[events.Event]) -> None:
        for event in happened:
            match event:
                case events.Answered():
                    if self._answer is not None and not self._answer.done():
                        self._answer.set_result(event.lines)
                case events.Refused():
                    self._fail(Refused(event.command.text, event.code, event.words, event.lines))
                case events.Interleaved():
                    self._fail(_Interleaved())
                case events.Unsolicited():
                    self._in_data_call &= event.line not in LINE_IS_BACK
                    self.on_urc(event.line)
                    self.on_other_line(event.line)
                case events.MessageLine():
                    self.on_message_text(event.line)
                case events.Prompted():
                    self._leave_prompt()
                case events.Connected():
                    self._pause_for_data_call()
                case events.Garbled():
                    self.garbled += 1
                    if self._conversation.state is State.IDLE:
                        self.on_other_line(event.line)
                case events.ForeignEcho() | events.UnexpectedResult() | events.Resynced():
                    pass

    def _fail(self, error: Exception) -> None:
        if self._answer is not None and not self._answer.done():
            self._answer.set_exception(error)

    def _leave_prompt(self) -> None:
        """The module waits for another program's text, and took our command for the beginning of it."""
        with contextlib.suppress(LinkLost):  # the wire reports that itself
            self._write(self._conversation.escape())
        self._fail_unanswered()

    def _pause_for_data_call(self) -> None:
        """The port went over to data, by a call that is not ours."""
        self._in_data_call = True
        self._received_at = self._loop.time()
        if self._conversation.state is State.WAITING:
            self._conversation.give_up()
        self._fail_unanswered()

    def _fail_unanswered(self) -> None:
        if self._asked is not None:
            self._fail(NoAnswer(self._asked.text))

    def _lost(self, reason: str) -> None:
        self._conversation.closed()
        self._quiet.cancel()
        error = LinkLost(f"{self.wire.address}: {reason}")
        self._fail(error)
        self._resync.fail(error)
        self.on_lost(reason)
