"""One open port that answers questions.

Responsible for pumping a Conversation over a Wire: questions take turns with each other and with a guest, each has
its time, a dialogue that may be out of step is brought back before the next question, nothing is asked in the middle
of somebody's message, and a prompt is left with ESC. A link has one life: it is never reopened.
Must not know how bytes travel, what a question or its answer means, nor which module answers.
"""

from __future__ import annotations

import asyncio
import contextlib
import re
from collections.abc import Callable, Iterable

from drivers.at import events
from drivers.at.commands import ATTENTION, Command
from drivers.at.conversation import Conversation, State
from drivers.errors import LinkLost, NoAnswer, Refused
from drivers.link import resync
from drivers.link.fair_lock import FairLock
from drivers.link.quiet import QuietTimer
from drivers.link.trace import Counters, Direction
from drivers.wire import Wire

__all__ = ["Counters", "Direction", "Link"]


DATA_CALL_SILENCE = 120.0
"""Seconds without a byte after which a data call is taken to be over although nothing told its end."""

LINE_IS_BACK = frozenset({"NO CARRIER", "3"})
"""What ends a data call (V.250 §6.3), in words and in numbers."""


class _Overtaken(Exception):
    """Somebody's message came instead of an answer, or around it."""


def _to_nobody(*_: object) -> None:
    """For callbacks that nobody set."""


class Link:
    """Questions and answers over one open wire.

    Callbacks, to be set any time: `on_unsolicited` (a line of news), `on_others` (any line that is no answer
    to us) and `on_text` (a line of somebody's message), in the order of their coming, `on_lost` (the reason),
    `observe` (seconds that an answer took, and its command), `on_waited` (seconds that a question waited for its
    turn), `trace` (direction and bytes; None for no trace). They must not raise. `turn` is taken for each question,
    and for a guest's whole transaction: see `lend`.
    """

    def __init__(self, wire: Wire, *, urcs: Iterable[re.Pattern[str]] = ()) -> None:
        self.wire = wire
        self.turn = FairLock()
        self.counters = Counters()
        self.on_unsolicited: Callable[[str], None] = _to_nobody
        self.on_others: Callable[[str], None] = _to_nobody
        self.on_text: Callable[[str], None] = _to_nobody
        self.on_lost: Callable[[str], None] = _to_nobody
        self.on_waited: Callable[[float], None] = _to_nobody
        self.observe: Callable[[float, str], None] = _to_nobody
        self.trace: Callable[[Direction, bytes], None] | None = None
        self._loop = asyncio.get_running_loop()
        self._conversation = Conversation(urcs)
        self._resync = resync.Resync(self._conversation, self.counters, write=self._write)
        self._hush = QuietTimer(resync.QUIET, self._quiet)
        self._answer: asyncio.Future[tuple[str, ...]] | None = None
        self._asked: Command | None = None
        self._asked_at = 0.0
        self._heard_at = 0.0
        self._in_data_call = False
        self._borrower: Callable[[bytes], None] | None = None
        wire.on_data = self._received
        wire.on_lost = self._lost
        if wire.lost is not None:
            self._conversation.closed()

    @property
    def lost(self) -> str | None:
        """Why the link ended; None while it lives."""
        return self.wire.lost

    def set_urcs(self, urcs: Iterable[re.Pattern[str]]) -> None:
        """Name the lines that are news, once the dialect is known."""
        self._conversation.set_urcs(urcs)

    async def ask(self, command: Command, timeout: float | None = None) -> tuple[str, ...]:  # noqa: ASYNC109
        """Ask, and return the lines of the answer. Raises Refused, NoAnswer, LinkLost.

        `timeout` in seconds counts from our turn, and covers bringing the dialogue back in step; without it
        the command's own patience holds. A question whose asker is cancelled is given up.
        """
        if not self.turn.take_now():
            began = self._loop.time()
            await self.turn.take()
            self.on_waited(self._loop.time() - began)
        try:
            self._check_alive()
            end = self._loop.time() + (command.timeout if timeout is None else timeout)
            return await self._ask_in_step(command, end)
        finally:
            self.turn.give_back()

    async def attention(self, within: float, *, each: float = resync.WAIT) -> bool:
        """Whether the module answers a bare AT within so many seconds, said again every `each` seconds.

        Wakes modules that find their rate by it (docs/at-field-guide.md §1.5). Raises LinkLost.
        """
        async with self.turn:
            self._check_alive()
            return await self._resync.reach(self._loop.time() + within, each)

    async def lend(self, borrower: Callable[[bytes], None], within: float) -> None:
        """Take the turn for a guest: what the module says goes to `borrower`, until `take_back`.

        Raises NoAnswer when the dialogue is not in step within so many seconds of our turn, and LinkLost.
        """
        await self.turn.take()
        try:
            self._check_alive()
            await self._get_in_step(ATTENTION, self._loop.time() + within)
        except BaseException:
            self.turn.give_back()
            raise
        self.counters.lent += 1
        self._borrower = borrower
        unfinished = self._conversation.take_unfinished()
        if unfinished:
            borrower(unfinished)

    def pass_on(self, data: bytes) -> None:
        """Write what the guest sends. Raises LinkLost."""
        self._write(data, Direction.GUEST_TO_MODULE)

    def put_in(self, data: bytes) -> None:
        """Write a byte of our own in the guest's turn: ESC. Raises LinkLost."""
        self._write(data)

    def overhear(self, line: str) -> None:
        """Take a line that came in the guest's turn; where it is news by name, it is told."""
        if self._conversation.is_urc(line):
            self.counters.urcs += 1
            self.on_unsolicited(line)

    def take_back(self, *, in_step: bool, rest: bytes = b"", keep_turn: bool = False) -> None:
        """End the loan. `rest` came behind the answer; not `in_step`, an answer may still come.

        With `keep_turn` the turn is still the guest's, for `ask_in_turn`, and has to be given back.
        """
        self._borrower = None
        if not in_step and self._conversation.state is State.IDLE:
            self._conversation.expect_late_result()
        if rest:
            self._take(rest)
        if not keep_turn:
            self.turn.give_back()

    async def ask_in_turn(self, command: Command) -> tuple[str, ...]:
        """Ask in a turn that was taken before. Raises as `ask` does."""
        self._check_alive()
        return await self._ask_in_step(command, self._loop.time() + command.timeout)

    async def close(self) -> None:
        """End the link; a question under way raises LinkLost."""
        await self.wire.close()

    async def _ask_in_step(self, command: Command, end: float) -> tuple[str, ...]:
        """Ask as soon as that is safe, and again where the answer was lost in somebody's message.

        Not again where it reaches the network: that may cost money.
        """
        while True:
            await self._get_in_step(command, end)
            try:
                return await self._ask(command, end)
            except _Overtaken:
                if command.follows is not None:
                    raise NoAnswer(command.text) from None

    async def _ask(self, command: Command, end: float) -> tuple[str, ...]:
        answer: asyncio.Future[tuple[str, ...]] = self._loop.create_future()
        self._answer = answer
        self._asked = command
        time_is_up = self._loop.call_at(end, self._time_is_up, command)
        self.counters.asked += 1
        self._asked_at = self._loop.time()
        try:
            self._write(self._conversation.ask(command))
            return await answer
        except asyncio.CancelledError:
            if answer.done() and not answer.cancelled():
                answer.exception()  # it came in the same moment; now nobody misses it
            raise
        finally:
            time_is_up.cancel()
            self._answer = None
            if self._conversation.state is State.WAITING:  # cancelled, or not written
                self._conversation.give_up()

    def _time_is_up(self, command: Command) -> None:
        if self._conversation.state is State.WAITING:
            self.counters.timeouts += 1
            self._fail(NoAnswer(command.text, self._conversation.give_up()))

    async def _get_in_step(self, command: Command, end: float) -> None:
        """Make it safe to ask, or raise NoAnswer."""
        while self._in_data_call or self._conversation.in_text or self._conversation.state is not State.IDLE:
            if self._in_data_call and self._loop.time() - self._heard_at < DATA_CALL_SILENCE:
                raise NoAnswer(command.text)
            out_of_step = self._in_data_call or self._conversation.state is not State.IDLE
            self._in_data_call = False
            if not await self._hush.fell(end):
                raise NoAnswer(command.text)
            self._check_alive()
            if out_of_step and not await self._resync.reach(end, resync.WAIT):
                raise NoAnswer(command.text)

    def _check_alive(self) -> None:
        if self.wire.lost is not None:
            raise LinkLost(f"{self.wire.address}: {self.wire.lost}")

    def _write(self, data: bytes, direction: Direction = Direction.TO_MODULE) -> None:
        if self.trace is not None:
            self.trace(direction, data)
        self.counters.bytes_out += len(data)
        self.wire.write(data)

    def _received(self, data: bytes) -> None:
        lent = self._borrower is not None
        if self.trace is not None:
            self.trace(Direction.MODULE_TO_GUEST if lent else Direction.FROM_MODULE, data)
        self.counters.bytes_in += len(data)
        if self._borrower is not None:
            self._borrower(data)
            return
        if self._in_data_call:
            self._heard_at = self._loop.time()
        self._take(data)
        self._resync.heard()

    def _take(self, data: bytes) -> None:
        self._sort(self._conversation.receive(data))
        if self._conversation.in_text:
            self._hush.heard()

    def _quiet(self) -> None:
        self._sort(self._conversation.quiet())

    def _sort(self, happened: list[events.Event]) -> None:
        for event in happened:
            match event:
                case events.Answered():
                    self._observe(event.command)
                    if self._answer is not None and not self._answer.done():
                        self._answer.set_result(event.lines)
                case events.Refused():
                    self._observe(event.command)
                    self.counters.refused += 1
                    self._fail(Refused(event.command.text, event.code, event.words, event.lines))
                case events.Interleaved():
                    self.counters.overtaken += 1
                    self._fail(_Overtaken())
                case events.Unsolicited():
                    self._in_data_call &= event.line not in LINE_IS_BACK
                    self.counters.urcs += 1
                    self.on_unsolicited(event.line)
                    self.on_others(event.line)
                case events.MessageLine():
                    self.on_text(event.line)
                case events.Prompted():
                    self._leave_prompt()
                case events.Connected():
                    self._stop_talking()
                case events.ForeignEcho():
                    self.counters.foreign += 1
                case events.Garbled():
                    self.counters.garbled += 1
                    if self._conversation.state is State.IDLE:
                        self.on_others(event.line)
                case events.UnexpectedResult() | events.Resynced():
                    pass

    def _observe(self, command: Command) -> None:
        self.observe(self._loop.time() - self._asked_at, command.text)

    def _fail(self, error: Exception) -> None:
        if self._answer is not None and not self._answer.done():
            self._answer.set_exception(error)

    def _leave_prompt(self) -> None:
        """The module waits for somebody's text, and took our question for the beginning of it."""
        self.counters.prompts += 1
        with contextlib.suppress(LinkLost):  # the wire tells that itself
            self._write(self._conversation.escape())
        self._fail_unanswered()

    def _stop_talking(self) -> None:
        """The port went over to data, by a call that is not ours."""
        self._in_data_call = True
        self._heard_at = self._loop.time()
        if self._conversation.state is State.WAITING:
            self._conversation.give_up()
        self._fail_unanswered()

    def _fail_unanswered(self) -> None:
        if self._asked is not None:
            self._fail(NoAnswer(self._asked.text))

    def _lost(self, reason: str) -> None:
        self._conversation.closed()
        self._hush.end()
        error = LinkLost(f"{self.wire.address}: {reason}")
        self._fail(error)
        self._resync.fail(error)
        self.on_lost(reason)
