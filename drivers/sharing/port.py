"""One shared port: a client's dialogue between its terminal and the module's link.

Responsible for acting on what the dialogue asks for, for taking turns with our own questions, for time, and for
what people want to know of a client. Outlives the module: while that is away, what the client types goes nowhere.
Must not know names in the file system, nor what our questions are.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Callable, Coroutine, Sequence
from dataclasses import dataclass
from typing import Final

from drivers.at.allowlist import ESCAPE
from drivers.at.commands import Command
from drivers.errors import LinkLost, NoAnswer, Refused
from drivers.link import Link
from drivers.sharing.command_line import values_of
from drivers.sharing.dialogue import HOLDS_THE_LINE, SharedDialogue, State
from drivers.sharing.events import Ended, Event, Leave, Send, Show, Unasked, Wanted
from drivers.sharing.pty import Terminal

_log = logging.getLogger(__name__)

IN_STEP_WITHIN: Final = 5.0
"""Seconds to get a late answer of ours out of the way; then the client's command is dropped, as by a mute module."""
UNSENT: Final = 8 * 1024
"""Bytes on their way to the module, from which on the client has to wait: half of what a wire holds."""


@dataclass(frozen=True, slots=True)
class ClientSession:
    """A client that is there. Seconds; `since_at` on the clock that was given."""

    since_at: float
    waited_s: float
    """How long its last command waited for a question of ours."""
    question_waited_s: float
    """How long our last question waited for a command of its."""


def _to_nobody(_: float) -> None:
    """For waits that nobody counts."""


class SharedPort:
    """The port that the client of one module opens."""

    def __init__(self, name: str, *, renew: Callable[[Terminal], None], clock: Callable[[], float]) -> None:
        """`renew` is called with each new terminal, before the old one ends. Raises OSError for the first."""
        self.name = name
        self._renew_name = renew
        self._clock = clock
        self._loop = asyncio.get_running_loop()
        self._since: float | None = None
        self._waited = self._question_waited_s = 0.0
        self._on_waited: Callable[[float], None] = _to_nobody
        self._noted_drop = False
        self._link: Link | None = None
        self._dialogue = SharedDialogue()
        self._settings: Sequence[Command] = ()
        self._tasks: set[asyncio.Task[None]] = set()
        self._timer: asyncio.TimerHandle | None = None
        self._timed = State.TYPING
        """The state whose patience runs."""
        self._wanted_at = 0.0
        self._terminal: Terminal | None = self._new_terminal()

    # For whoever has the module

    def attach(
        self,
        link: Link,
        settings: Sequence[Command] = (),
        *,
        on_waited: Callable[[float], None] = _to_nobody,
    ) -> None:
        """Let clients speak to a module. `settings` are those we made; `on_waited` counts clients' waits."""
        self.detach()
        self._link, self._dialogue, self._on_waited = link, SharedDialogue(), on_waited
        self.keep(settings)
        link.on_other_line = self._overheard
        link.on_message_text = self._overheard_text

    def keep(self, settings: Sequence[Command]) -> None:
        """Take note of settings that we made since."""
        self._settings = settings
        self._dialogue.keep({name: value for one in settings for name, value in values_of(one.text).items()})

    def detach(self, gone: Link | None = None) -> None:
        """The module goes: what is under way ends, and the client hears no more.

        `gone` is the link that ends, for who cannot know whether another has taken its place already.
        """
        if gone is not None and gone is not self._link:
            return
        link, self._link = self._link, None
        for task in self._tasks:
            task.cancel()
        self._stop_timer()
        self._timed = State.TYPING
        if link is None:
            return
        if self._dialogue.state is State.BODY:
            with contextlib.suppress(LinkLost):
                link.inject(ESCAPE.encode())
        if self._dialogue.state in HOLDS_THE_LINE:
            link.release(in_step=False)

    def restarted(self) -> None:
        """The module began anew, and all settings with it."""
        self._act(self._dialogue.restarted())

    def made_us_wait(self, seconds: float) -> None:
        """Take note that a question of ours waited so long for the client."""
        self._question_waited_s = seconds

    @property
    def presence(self) -> ClientSession | None:
        """The client, if one is there."""
        if self._since is None:
            return None
        return ClientSession(self._since, self._waited, self._question_waited_s)

    # For the directory

    def look(self) -> None:
        """Notice who has come, and let a client go on that had to wait. To be called many times a second."""
        if self._terminal is None:
            with contextlib.suppress(OSError):
                self._terminal = self._new_terminal()
        if self._terminal is not None:
            self._terminal.look()
        self._pace()

    def close(self) -> None:
        """End it; a client sees a hang-up."""
        self.detach()
        if self._terminal is not None:
            self._terminal.close()
            self._terminal = None
        self._since = None

    # The client

    def _new_terminal(self) -> Terminal:
        terminal = Terminal(on_come=self._came, on_data=self._typed, on_leave=self._left)
        try:
            self._renew_name(terminal)
        except OSError:
            terminal.close()
            raise
        return terminal

    def _came(self) -> None:
        self._since = self._clock()
        self._waited = self._question_waited_s = 0.0
        self._noted_drop = False
        _log.info("%s: a client has opened the shared port", self.name)
        self._pace()

    def _typed(self, data: bytes) -> None:
        if self._link is None:
            return
        self._act(self._dialogue.typed(data))
        if self._dialogue.state in {State.BODY, State.DATA}:
            self._start_timer()

    def _left(self) -> None:
        _log.info("%s: the client has left the shared port", self.name)
        self._since = None
        old, self._terminal = self._terminal, None
        if self._link is not None:
            self._act(self._dialogue.left())
            self._start_timer()
        try:
            self._terminal = self._new_terminal()
        except OSError as why:  # tried again at every look
            _log.warning("%s: no pseudo-terminal for the next client: %s", self.name, why)
        if old is not None:
            old.close()

    def _pace(self) -> None:
        """Read the client as far as there is room, and not before its predecessor's commands are finished."""
        terminal, dialogue, link = self._terminal, self._dialogue, self._link
        if terminal is None or not terminal.open:
            return
        if dialogue.deserted and (dialogue.idle or link is None):
            dialogue.arrived()
        stuffed = link is not None and link.wire.unsent > UNSENT
        terminal.listen(not (dialogue.deserted or dialogue.full or stuffed))

    # The line

    def _overheard(self, line: str) -> None:
        self._act(self._dialogue.overheard(line))

    def _overheard_text(self, line: str) -> None:
        self._act(self._dialogue.overheard(line, text=True))

    def _heard(self, data: bytes) -> None:
        self._act(self._dialogue.receive(data))
        self._start_timer()

    def _act(self, events: list[Event]) -> None:
        for event in events:
            if self._link is None:
                return
            match event:
                case Show():
                    self._show(event.data)
                case Send():
                    with contextlib.suppress(LinkLost):  # the link tells that itself
                        self._link.forward(event.data)
                case Leave():
                    with contextlib.suppress(LinkLost):
                        self._link.inject(event.data)
                case Wanted():
                    self._wanted_at = self._loop.time()
                    self._start(self._take_turn(self._link))
                case Unasked():
                    self._link.report_urc(event.line)
                case Ended():
                    self._give_back(self._link, event)
        if self._dialogue.state is not self._timed:
            self._start_timer()
        self._pace()

    def _show(self, data: bytes) -> None:
        terminal = self._terminal
        if terminal is None or not terminal.open or terminal.write(data) or self._noted_drop:
            return
        self._noted_drop = True
        _log.warning("%s: the client does not read what it is told; the rest is dropped", self.name)

    async def _take_turn(self, link: Link) -> None:
        try:
            await link.grant(self._heard, IN_STEP_WITHIN)
        except (NoAnswer, LinkLost):
            self._act(self._dialogue.give_up())
            return
        self._waited = self._loop.time() - self._wanted_at
        self._on_waited(self._waited)
        self._act(self._dialogue.granted())

    def _give_back(self, link: Link, ended: Ended) -> None:
        remake = ended.remake and ended.in_step and bool(self._settings)
        link.release(in_step=ended.in_step, rest=ended.rest, keep_lock=remake)
        if remake:
            self._start(self._remake(link))

    async def _remake(self, link: Link) -> None:
        """Make our settings anew, before anybody else speaks."""
        try:
            for setting in self._settings:
                with contextlib.suppress(Refused):
                    await link.ask_locked(setting)
        except (NoAnswer, LinkLost):
            pass
        finally:
            link.lock.release()

    def _start(self, work: Coroutine[None, None, None]) -> None:
        task = self._loop.create_task(work, name=f"client of {self.name}")
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    # Time

    def _start_timer(self) -> None:
        """Begin to wait anew: something was said by whoever's turn it is."""
        self._stop_timer()
        self._timed = self._dialogue.state
        patience = self._dialogue.patience
        if patience is not None:
            self._timer = self._loop.call_later(patience, self._silence)

    def _stop_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _silence(self) -> None:
        self._act(self._dialogue.give_up())
