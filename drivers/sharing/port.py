"""One shared port: the dialogue of its clients between their pseudo-terminal and the module's link."""

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
from drivers.sharing.command_line import settings_in
from drivers.sharing.dialogue import HOLDS_LOCK, SharedDialogue, State
from drivers.sharing.events import Event, GrantWanted, Inject, Released, Send, Show, Unsolicited
from drivers.sharing.pty import Terminal

_log = logging.getLogger(__name__)

IN_STEP_WITHIN: Final = 5.0
"""Seconds to resynchronise with the module before a client's command; after that the command is dropped."""
UNSENT: Final = 8 * 1024
"""Bytes on their way to the module beyond which the client has to wait: half of what a wire holds."""


@dataclass(frozen=True, slots=True)
class ClientSession:
    """A client that has the port open. Durations in seconds."""

    since_at: float
    """On the clock of the shared port."""
    waited_s: float
    """How long its last command waited for a question of ours."""
    question_waited_s: float
    """How long our last question waited for its command."""


def _ignore(_: float) -> None:
    """For waits that nobody counts."""


class SharedPort:
    """The port that clients of one module open. It outlasts the module: without one, what clients type is dropped."""

    def __init__(self, name: str, *, renew: Callable[[Terminal], None], clock: Callable[[], float]) -> None:
        """`renew` is called with each new terminal, before the old one ends. Raises OSError for the first."""
        self.name = name
        self._renew_name = renew
        self._clock = clock
        self._loop = asyncio.get_running_loop()
        self._since: float | None = None
        self._waited = self._question_waited = 0.0
        self._on_waited: Callable[[float], None] = _ignore
        self._drop_logged = False
        self._link: Link | None = None
        self._dialogue = SharedDialogue()
        self._settings: Sequence[Command] = ()
        self._tasks: set[asyncio.Task[None]] = set()
        self._timer: asyncio.TimerHandle | None = None
        self._timed = State.TYPING
        """The state for which the timer runs."""
        self._wanted_at = 0.0
        self._terminal: Terminal | None = self._new_terminal()

    # For the owner of the module

    def attach(
        self, link: Link, settings: Sequence[Command] = (), *, on_waited: Callable[[float], None] = _ignore
    ) -> None:
        """Connect clients to a module. `settings`: those we made; `on_waited` gets the seconds of each wait."""
        self.detach()
        self._link, self._dialogue, self._on_waited = link, SharedDialogue(), on_waited
        self.keep(settings)
        link.on_other_line = self._other_line
        link.on_message_text = self._message_text

    def keep(self, settings: Sequence[Command]) -> None:
        """Set the settings that we made since."""
        self._settings = settings
        self._dialogue.keep(
            {name: value for one in settings for name, value in settings_in(one.text).items()}
        )

    def detach(self, gone: Link | None = None) -> None:
        """Disconnect from the module: a command under way ends.

        With `gone` only if that link is still the one in use.
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
        if self._dialogue.state in HOLDS_LOCK:
            link.release(in_step=False)

    def restarted(self) -> None:
        """The module has restarted, and all settings with it."""
        self._act(self._dialogue.restarted())

    def question_waited(self, seconds: float) -> None:
        """Record how long a question of ours waited for the client."""
        self._question_waited = seconds

    @property
    def client(self) -> ClientSession | None:
        """The client that has the port open."""
        if self._since is None:
            return None
        return ClientSession(self._since, self._waited, self._question_waited)

    # For the directory

    def check(self) -> None:
        """Notice a new client, and read on from one that had to wait. To be called many times a second."""
        if self._terminal is None:
            with contextlib.suppress(OSError):
                self._terminal = self._new_terminal()
        if self._terminal is not None:
            self._terminal.detect_client()
        self._throttle()

    def close(self) -> None:
        """Close it; a client sees a hang-up."""
        self.detach()
        if self._terminal is not None:
            self._terminal.close()
            self._terminal = None
        self._since = None

    # The client

    def _new_terminal(self) -> Terminal:
        terminal = Terminal(on_open=self._client_opened, on_data=self._typed, on_close=self._client_closed)
        try:
            self._renew_name(terminal)
        except OSError:
            terminal.close()
            raise
        return terminal

    def _client_opened(self) -> None:
        self._since = self._clock()
        self._waited = self._question_waited = 0.0
        self._drop_logged = False
        _log.info("%s: a client has opened the shared port", self.name)
        self._throttle()

    def _typed(self, data: bytes) -> None:
        if self._link is None:
            return
        self._act(self._dialogue.typed(data))
        if self._dialogue.state in {State.BODY, State.DATA}:
            self._start_timer()

    def _client_closed(self) -> None:
        _log.info("%s: the client has closed the shared port", self.name)
        self._since = None
        old, self._terminal = self._terminal, None
        if self._link is not None:
            self._act(self._dialogue.left())
            self._start_timer()
        try:
            self._terminal = self._new_terminal()
        except OSError as why:  # `check` tries again
            _log.warning("%s: no pseudo-terminal for the next client: %s", self.name, why)
        if old is not None:
            old.close()

    def _throttle(self) -> None:
        """Read from the client while there is room, and when the commands of the one before are finished."""
        terminal, dialogue, link = self._terminal, self._dialogue, self._link
        if terminal is None or not terminal.open:
            return
        if dialogue.client_gone and (dialogue.idle or link is None):
            dialogue.arrived()
        congested = link is not None and link.wire.unsent > UNSENT
        terminal.listen(not (dialogue.client_gone or dialogue.full or congested))

    # The module

    def _other_line(self, line: str) -> None:
        self._act(self._dialogue.other_line(line))

    def _message_text(self, line: str) -> None:
        self._act(self._dialogue.other_line(line, text=True))

    def _received(self, data: bytes) -> None:
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
                    with contextlib.suppress(LinkLost):  # the link reports that itself
                        self._link.forward(event.data)
                case Inject():
                    with contextlib.suppress(LinkLost):
                        self._link.inject(event.data)
                case GrantWanted():
                    self._wanted_at = self._loop.time()
                    self._start(self._acquire(self._link))
                case Unsolicited():
                    self._link.report_urc(event.line)
                case Released():
                    self._release(self._link, event)
        if self._dialogue.state is not self._timed:
            self._start_timer()
        self._throttle()

    def _show(self, data: bytes) -> None:
        terminal = self._terminal
        if terminal is None or not terminal.open or terminal.write(data) or self._drop_logged:
            return
        self._drop_logged = True
        _log.warning("%s: the client does not read; further data for it is dropped", self.name)

    async def _acquire(self, link: Link) -> None:
        try:
            await link.grant(self._received, IN_STEP_WITHIN)
        except (NoAnswer, LinkLost):
            self._act(self._dialogue.time_out())
            return
        self._waited = self._loop.time() - self._wanted_at
        self._on_waited(self._waited)
        self._act(self._dialogue.granted())

    def _release(self, link: Link, released: Released) -> None:
        restore = released.restore_settings and released.in_step and bool(self._settings)
        link.release(in_step=released.in_step, rest=released.rest, keep_lock=restore)
        if restore:
            self._start(self._restore_settings(link))

    async def _restore_settings(self, link: Link) -> None:
        """Make our settings again, before any other command."""
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
        """Restart the timeout of the dialogue: something came from the side that was to send."""
        self._stop_timer()
        self._timed = self._dialogue.state
        timeout = self._dialogue.timeout
        if timeout is not None:
            self._timer = self._loop.call_later(timeout, self._timed_out)

    def _stop_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _timed_out(self) -> None:
        self._act(self._dialogue.time_out())
