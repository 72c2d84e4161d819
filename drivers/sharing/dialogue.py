"""The client's side of a shared line, without I/O.

Responsible for whose bytes are whose: what the client types becomes whole command lines, each of which waits
for its turn, goes to the module, and gets everything back up to its final result; bodies and calls go through
as they are. Must not wait, log or read a clock; nor know terminals, links or our questions.

How it is driven: feed `typed()` with what the client writes and act on the events. When `Wanted` comes, take
the turn on the line and say so with `granted()`; from then on feed `receive()` with all that the module says,
until `Ended`. `overheard()` gets news of the module at other times. When nothing has come for `patience`
seconds, `give_up()`.
"""

from __future__ import annotations

import enum
from collections.abc import Mapping
from typing import Final

from drivers.at.allowlist import ESCAPE
from drivers.sharing.command_line import CommandLine
from drivers.sharing.events import Ended, Event, Leave, Send, Show, Unasked, Wanted
from drivers.sharing.line_editor import LineEditor, Overlong
from drivers.sharing.module_side import Answer, Heard, Outcome
from drivers.sharing.session_view import SessionView


class State(enum.Enum):
    """Where the client's dialogue stands."""

    TYPING = "typing"
    """No command is under way; what is typed becomes one."""
    QUEUED = "queued"
    """A command is whole and waits for its turn."""
    ASKED = "asked"
    """The module works on it."""
    BODY = "body"
    """The module takes a text, up to Ctrl-Z or ESC."""
    ESCAPED = "escaped"
    """The text was given up; a verdict comes, or not."""
    DATA = "data"
    """A call: bytes go through, until the line is back."""
    ENDING = "ending"
    """The verdict is there; what belongs to it may still follow."""


class Move(enum.Enum):
    """What can happen."""

    LINE = "line"
    GRANT = "grant"
    PROMPT = "prompt"
    BODY_SENT = "body sent"
    ESCAPE = "escape"
    CONNECT = "connect"
    VERDICT = "verdict"
    END = "end"


TRANSITIONS: Final[dict[State, dict[Move, State]]] = {
    State.TYPING: {Move.LINE: State.QUEUED},
    State.QUEUED: {Move.GRANT: State.ASKED, Move.END: State.TYPING},
    State.ASKED: {
        Move.PROMPT: State.BODY,
        Move.CONNECT: State.DATA,
        Move.VERDICT: State.ENDING,
        Move.END: State.TYPING,
    },
    State.BODY: {
        Move.BODY_SENT: State.ASKED,
        Move.ESCAPE: State.ESCAPED,
        Move.VERDICT: State.ENDING,
        Move.END: State.TYPING,
    },
    State.ESCAPED: {Move.VERDICT: State.ENDING, Move.END: State.TYPING},
    State.DATA: {Move.VERDICT: State.ENDING, Move.END: State.TYPING},
    State.ENDING: {Move.END: State.TYPING},
}

HOLDS_THE_LINE: Final = frozenset(State) - {State.TYPING, State.QUEUED}

TYPED_AHEAD: Final = 8192
"""Bytes kept until their turn comes; then the client is not read, and has to wait in its own write."""

BODY_PATIENCE: Final = 15.0
"""Seconds without a byte after which a text is given up with ESC: half a lease."""
ESCAPE_PATIENCE: Final = 2.0
"""Seconds for the verdict behind ESC, which some modules do not give (27.005 §3.5.1)."""
DESERTED_PATIENCE: Final = 5.0
"""Seconds for the verdict of a client that has gone; nobody waits for it any more."""
CALL_PATIENCE: Final = 120.0
"""Seconds without a byte after which a call whose client has gone is taken to be over."""
TEXT_GUARD: Final = 0.2
"""Seconds of quiet that end a message, or a list of them: a stranger's text may read "OK"."""
END_GUARD: Final = 0.02
"""Seconds for a LF that a bridge's latency timer holds back: 16 ms (docs/design.md §11)."""

_CTRL_Z, _ESC = b"\x1a", b"\x1b"
_BREAK: Final = b"+++"
"""Brings a call's line back for commands (V.250 §6.2.9 names its character)."""


class WrongMove(Exception):
    """Our own side broke the rules: granted a turn that nobody wanted, say."""


class SharedDialogue:
    """What clients say and hear on one port, from one coming of its module to the next."""

    def __init__(self) -> None:
        self.view = SessionView()
        self.deserted = False
        """The client has gone; what it asked for is finished for nobody."""
        self._kept: Mapping[str, str] = {}
        self._state = State.TYPING
        self._ahead = bytearray()
        self._keyboard = LineEditor(self.view)
        self._answer = Answer(CommandLine("AT"), self.view, {})
        self._body_sent = False
        self._call_typed = b""

    @property
    def state(self) -> State:
        """Where it stands."""
        return self._state

    @property
    def full(self) -> bool:
        """Whether the client has typed so far ahead that it has to wait."""
        return len(self._ahead) >= TYPED_AHEAD

    @property
    def idle(self) -> bool:
        """Whether nothing is left to do of what was typed."""
        return self._state is State.TYPING

    @property
    def patience(self) -> float | None:
        """Seconds of silence after which to give up; None for no end."""
        match self._state:
            case State.ASKED:
                return DESERTED_PATIENCE if self.deserted else self._answer.asked.patience
            case State.BODY:
                return BODY_PATIENCE
            case State.ESCAPED:
                return ESCAPE_PATIENCE
            case State.DATA:
                return CALL_PATIENCE if self.deserted else None
            case State.ENDING:
                return TEXT_GUARD if self._answer.holds_text else END_GUARD
            case _:
                return None

    def keep(self, settings: Mapping[str, str]) -> None:
        """Name our settings of this port, by the commands that make them: {"E": "0", "+CMEE": "1", …}."""
        self._kept = dict(settings)

    # The client

    def typed(self, data: bytes) -> list[Event]:
        """Take what the client wrote."""
        events: list[Event] = []
        self._ahead += data
        self._take_up(events)
        return events

    def arrived(self) -> None:
        """Take note of a client; not before all that its predecessor asked for is finished."""
        self.deserted = False

    def left(self) -> list[Event]:
        """Take note that the client has gone. Whole commands are finished, a text and a half line are given up."""
        events: list[Event] = []
        self.deserted = True
        if self._state is State.BODY:
            self._leave_body(events)
        self._forget_half()
        return events

    def _forget_half(self) -> None:
        if self.deserted and self._state is State.TYPING:
            self._keyboard.forget()
            self._ahead.clear()

    def _take_up(self, events: list[Event]) -> None:
        """Use what was typed as far as the state allows."""
        while self._ahead:
            if self._state is State.TYPING:
                self._type(events)
            elif self._state is State.BODY:
                self._type_body(events)
            elif self._state is State.DATA:
                data = bytes(self._ahead)
                self._ahead.clear()
                self._call_typed = (self._call_typed + data)[-len(_BREAK) :]
                events.append(Send(data))
            else:
                return

    def _type(self, events: list[Event]) -> None:
        echo, command = self._keyboard.take(self._ahead)
        self._show(echo, events)
        if isinstance(command, Overlong):
            self._show(self.view.print_verdict(b"\r\n", "ERROR", b"\r\n"), events)
        elif command is not None:
            self._answer = Answer(command, self.view, self._kept)
            self._move(Move.LINE)
            events.append(Wanted())

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
        """Return how much of what is typed belongs to the text; None where its end has not been typed."""
        ends = [at + 1 for at in (self._ahead.find(_CTRL_Z), self._ahead.find(_ESC)) if at >= 0]
        return min(ends, default=None)

    def _leave_body(self, events: list[Event]) -> None:
        self._move(Move.ESCAPE)
        events.append(Leave(ESCAPE.encode()))

    # The line

    def granted(self) -> list[Event]:
        """Speak: it is the client's turn."""
        self._move(Move.GRANT)
        self._body_sent = False
        return [Send(self._answer.spoken + b"\r")]

    def receive(self, data: bytes) -> list[Event]:
        """Take what the module said while the line was lent to the client."""
        events: list[Event] = []
        if self._state is State.DATA:
            heard = self._answer.receive_data(data, broken=self._call_typed == _BREAK)
        else:
            heard = self._answer.receive(data)
        self._act_on(heard, events)
        if self._state in {State.BODY, State.DATA}:
            self._take_up(events)  # typed ahead of the prompt or of the call
        return events

    def overheard(self, line: str, *, text: bool = False) -> list[Event]:
        """Take a line that came while the line was not lent; a `text` is shown as it is, whatever it reads like."""
        events: list[Event] = []
        said = line if text else self.view.news(line, self._kept)
        if said is not None:
            self._show(self.view.print_line(b"\r\n", said, b"\r\n"), events)
        return events

    def give_up(self) -> list[Event]:
        """Act on silence: leave a text, let the line go, or take the verdict for whole."""
        events: list[Event] = []
        if self._state is State.BODY:
            self._leave_body(events)
        elif self._state is not State.TYPING:
            self._end(events, in_step=self._state is State.ENDING and self._answer.sure)
        return events

    def restarted(self) -> list[Event]:
        """Take note that the module began anew, and with it all settings."""
        events: list[Event] = []
        self.view.restore()
        if self._state in HOLDS_THE_LINE:
            self._end(events, in_step=False)
        return events

    def _act_on(self, heard: list[Heard], events: list[Event]) -> None:
        for one in heard:
            if isinstance(one, Show):
                self._show(one.data, events)
            elif isinstance(one, Unasked):
                events.append(one)
            elif one is Outcome.VERDICT:
                self._move(Move.VERDICT)
            elif one is Outcome.CONNECT:
                self._move(Move.CONNECT)
                self._call_typed = b""
                self._show(self._answer.take_rest(), events)
            elif self._state is State.ASKED and not self._body_sent:
                self._move(Move.PROMPT)
                if self.deserted and self._end_of_body() is None:
                    self._leave_body(events)
        if self._state is State.ENDING and not self._answer.guarded:
            self._end(events, in_step=True)

    def _end(self, events: list[Event], *, in_step: bool) -> None:
        """Give the line back, with what the module has said since."""
        held = self._state in HOLDS_THE_LINE
        self._move(Move.END)
        if held:
            events.append(Ended(in_step, self._answer.take_rest(), remake=self._answer.asked.resets))
        self._take_up(events)
        self._forget_half()

    def _show(self, data: bytes, events: list[Event]) -> None:
        if data and not self.deserted:
            events.append(Show(data))

    def _move(self, move: Move) -> None:
        target = TRANSITIONS[self._state].get(move)
        if target is None:
            raise WrongMove(f"cannot {move.value} while {self._state.value}")
        self._state = target
