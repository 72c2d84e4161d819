"""The client's side of a shared port, without I/O: what it types becomes command lines, and each gets its whole answer.

How to drive it: feed `typed()` with what the client writes, and act on the events. On `GrantWanted`, acquire the link's
lock and call `granted()`; from then on feed `receive()` with all bytes of the module, until `Released`. Outside of that
`other_line()` gets each line that is no answer to us. After `timeout` seconds of silence call `time_out()`.
"""

from __future__ import annotations

import enum
from collections.abc import Mapping
from typing import Final

from drivers.at.allowlist import ESCAPE
from drivers.at.state_table import Transitions, next_state
from drivers.sharing.command_line import CommandLine
from drivers.sharing.events import Event, GrantWanted, Inject, Released, Send, Show, Unsolicited
from drivers.sharing.line_editor import LineEditor, Overlong
from drivers.sharing.module_side import Answer, Outcome, Step
from drivers.sharing.session_view import SessionView


class State(enum.Enum):
    """The state of the dialogue."""

    TYPING = "typing"
    """No command is under way; what is typed becomes one."""
    QUEUED = "queued"
    """A command is complete and waits for the lock."""
    ASKED = "asked"
    """The module executes it."""
    BODY = "body"
    """The module takes a message text, up to Ctrl-Z or ESC."""
    ESCAPED = "escaped"
    """The text was given up; a final result comes, or not."""
    DATA = "data"
    """A data call: bytes pass in both directions until it ends."""
    ENDING = "ending"
    """The final result is there; what belongs to it may still follow."""


class Move(enum.Enum):
    """What can happen to the dialogue."""

    LINE = "line"
    GRANT = "grant"
    PROMPT = "prompt"
    BODY_SENT = "body sent"
    ESCAPE = "escape"
    CONNECT = "connect"
    FINAL_RESULT = "final result"
    END = "end"


TRANSITIONS: Final[Transitions[State, Move]] = {
    State.TYPING: {Move.LINE: State.QUEUED},
    State.QUEUED: {Move.GRANT: State.ASKED, Move.END: State.TYPING},
    State.ASKED: {
        Move.PROMPT: State.BODY,
        Move.CONNECT: State.DATA,
        Move.FINAL_RESULT: State.ENDING,
        Move.END: State.TYPING,
    },
    State.BODY: {
        Move.BODY_SENT: State.ASKED,
        Move.ESCAPE: State.ESCAPED,
        Move.FINAL_RESULT: State.ENDING,
        Move.END: State.TYPING,
    },
    State.ESCAPED: {Move.FINAL_RESULT: State.ENDING, Move.END: State.TYPING},
    State.DATA: {Move.FINAL_RESULT: State.ENDING, Move.END: State.TYPING},
    State.ENDING: {Move.END: State.TYPING},
}

HOLDS_LOCK: Final = frozenset(State) - {State.TYPING, State.QUEUED}

TYPED_AHEAD: Final = 8192
"""Bytes kept until they can be used; beyond that the client is not read, and blocks in its own write."""

BODY_TIMEOUT: Final = 15.0
"""Seconds without a byte after which a message text is ended with ESC: half a lease."""
ESCAPE_TIMEOUT: Final = 2.0
"""Seconds for the final result behind ESC, which some modules do not send (3GPP TS 27.005 §3.5.1)."""
ABANDONED_TIMEOUT: Final = 5.0
"""Seconds for the final result of a client that has gone."""
CALL_TIMEOUT: Final = 120.0
"""Seconds without a byte after which a call of a client that has gone counts as over."""
TEXT_GUARD: Final = 0.2
"""Seconds of quiet that end an answer with message texts: a text may hold the line "OK"."""
END_GUARD: Final = 0.02
"""Seconds for a LF that a bridge's latency timer holds back: 16 ms (docs/design.md §11)."""

_CTRL_Z, _ESC = b"\x1a", b"\x1b"
_ESCAPE_SEQUENCE: Final = b"+++"
"""Leaves data mode (V.250 §6.2.9 names its character)."""


class SharedDialogue:
    """The dialogue of the clients of one port, as long as one link to its module lasts."""

    def __init__(self) -> None:
        self.view = SessionView()
        self.client_gone = False
        """The client has left; its commands are finished without it."""
        self._kept: Mapping[str, str] = {}
        self._state = State.TYPING
        self._ahead = bytearray()
        self._editor = LineEditor(self.view)
        self._answer = Answer(CommandLine("AT"), self.view, {})
        self._body_sent = False
        self._sent_in_call = b""

    @property
    def state(self) -> State:
        """The state of the dialogue."""
        return self._state

    @property
    def full(self) -> bool:
        """Whether the client has typed so far ahead that it has to wait."""
        return len(self._ahead) >= TYPED_AHEAD

    @property
    def idle(self) -> bool:
        """Whether no command is under way."""
        return self._state is State.TYPING

    @property
    def timeout(self) -> float | None:
        """Seconds of silence until `time_out`; None for no limit."""
        match self._state:
            case State.ASKED:
                return ABANDONED_TIMEOUT if self.client_gone else self._answer.command.timeout
            case State.BODY:
                return BODY_TIMEOUT
            case State.ESCAPED:
                return ESCAPE_TIMEOUT
            case State.DATA:
                return CALL_TIMEOUT if self.client_gone else None
            case State.ENDING:
                return TEXT_GUARD if self._answer.holds_message_text else END_GUARD
            case _:
                return None

    def keep(self, settings: Mapping[str, str]) -> None:
        """Set our settings of the module, by the commands that make them: {"E": "0", "+CMEE": "1", …}."""
        self._kept = dict(settings)

    # The client

    def typed(self, data: bytes) -> list[Event]:
        """Take bytes from the client."""
        events: list[Event] = []
        self._ahead += data
        self._process_typed(events)
        return events

    def arrived(self) -> None:
        """A client has opened the port. To be called when the commands of the one before are finished."""
        self.client_gone = False

    def left(self) -> list[Event]:
        """The client has closed the port: complete commands are finished, an unfinished text or line is dropped."""
        events: list[Event] = []
        self.client_gone = True
        if self._state is State.BODY:
            self._leave_body(events)
        self._drop_unfinished()
        return events

    def _drop_unfinished(self) -> None:
        if self.client_gone and self._state is State.TYPING:
            self._editor.clear()
            self._ahead.clear()

    def _process_typed(self, events: list[Event]) -> None:
        """Use what was typed, as far as the state allows."""
        while self._ahead:
            if self._state is State.TYPING:
                self._type(events)
            elif self._state is State.BODY:
                self._type_body(events)
            elif self._state is State.DATA:
                data = bytes(self._ahead)
                self._ahead.clear()
                self._sent_in_call = (self._sent_in_call + data)[-len(_ESCAPE_SEQUENCE) :]
                events.append(Send(data))
            else:
                return

    def _type(self, events: list[Event]) -> None:
        echo, command = self._editor.take(self._ahead)
        self._show(echo, events)
        if isinstance(command, Overlong):
            self._show(self.view.print_final_result(b"\r\n", "ERROR", b"\r\n"), events)
        elif command is not None:
            self._answer = Answer(command, self.view, self._kept)
            self._move(Move.LINE)
            events.append(GrantWanted())

    def _type_body(self, events: list[Event]) -> None:
        end = self._end_of_body()
        body = bytes(self._ahead[:end])
        del self._ahead[:end]
        if self.view.echo:
            self._show(body, events)
        events.append(Send(body))
        if end is not None:
            self._body_sent = True
            self._move(Move.ESCAPE if body.endswith(_ESC) else Move.BODY_SENT)

    def _end_of_body(self) -> int | None:
        """Return how many of the typed bytes belong to the text; None where its end has not been typed."""
        ends = [at + 1 for at in (self._ahead.find(_CTRL_Z), self._ahead.find(_ESC)) if at >= 0]
        return min(ends, default=None)

    def _leave_body(self, events: list[Event]) -> None:
        self._move(Move.ESCAPE)
        events.append(Inject(ESCAPE.encode()))

    # The module

    def granted(self) -> list[Event]:
        """The lock is acquired: send the command."""
        self._move(Move.GRANT)
        self._body_sent = False
        return [Send(self._answer.sent + b"\r")]

    def receive(self, data: bytes) -> list[Event]:
        """Take bytes of the module while the lock is held for the client."""
        events: list[Event] = []
        if self._state is State.DATA:
            steps = self._answer.receive_data(data, escaped=self._sent_in_call == _ESCAPE_SEQUENCE)
        else:
            steps = self._answer.receive(data)
        self._follow(steps, events)
        if self._state in {State.BODY, State.DATA}:
            self._process_typed(events)  # typed before the prompt or the call was there
        return events

    def other_line(self, line: str, *, text: bool = False) -> list[Event]:
        """Take a line that came while the lock was not held for the client; `text`: of a message, shown unchanged."""
        events: list[Event] = []
        shown = line if text else self.view.urc(line, self._kept)
        if shown is not None:
            self._show(self.view.print_line(b"\r\n", shown, b"\r\n"), events)
        return events

    def time_out(self) -> list[Event]:
        """Nothing came for `timeout` seconds: end a text with ESC, else release the lock."""
        events: list[Event] = []
        if self._state is State.BODY:
            self._leave_body(events)
        elif self._state is not State.TYPING:
            self._end(events, in_step=self._state is State.ENDING and self._answer.certain)
        return events

    def restarted(self) -> list[Event]:
        """The module has restarted, and all settings with it."""
        events: list[Event] = []
        self.view.restore()
        if self._state in HOLDS_LOCK:
            self._end(events, in_step=False)
        return events

    def _follow(self, steps: list[Step], events: list[Event]) -> None:
        for step in steps:
            if isinstance(step, Show):
                self._show(step.data, events)
            elif isinstance(step, Unsolicited):
                events.append(step)
            elif step is Outcome.FINAL_RESULT:
                self._move(Move.FINAL_RESULT)
            elif step is Outcome.CONNECT:
                self._move(Move.CONNECT)
                self._sent_in_call = b""
                self._show(self._answer.take_rest(), events)
            elif self._state is State.ASKED and not self._body_sent:
                self._move(Move.PROMPT)
                if self.client_gone and self._end_of_body() is None:
                    self._leave_body(events)
        if self._state is State.ENDING and not self._answer.needs_quiet:
            self._end(events, in_step=True)

    def _end(self, events: list[Event], *, in_step: bool) -> None:
        """End the command and release the lock, with what the module has sent since."""
        held = self._state in HOLDS_LOCK
        self._move(Move.END)
        if held:
            restore = self._answer.command.resets
            events.append(Released(in_step, self._answer.take_rest(), restore_settings=restore))
        self._process_typed(events)
        self._drop_unfinished()

    def _show(self, data: bytes, events: list[Event]) -> None:
        if data and not self.client_gone:
            events.append(Show(data))

    def _move(self, move: Move) -> None:
        self._state = next_state(TRANSITIONS, self._state, move)
