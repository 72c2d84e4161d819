"""One side of an AT dialogue, without I/O: what a module sends becomes answers, URCs and noise, one question at a time.

How to drive it: write what `ask()` returns, feed `receive()` with what is read, act on the events. On a timeout,
`give_up()`; then, while `state` is RESYNCING: write what `resync()` returns, wait until the line has been silent for a
guard time, call `settled()`. While `in_text`: ask nothing, wait for the same silence, call `quiet()`.

A late answer is never taken for the answer to a later question (late_answers.py), and nothing is taken from the text of
an incoming message (message_text.py).
"""

from __future__ import annotations

import enum
import re
from collections.abc import Iterable
from typing import Final

from drivers.at.allowlist import ESCAPE
from drivers.at.commands import RESULTS_ON, Command
from drivers.at.events import (
    Answered,
    Connected,
    Event,
    ForeignEcho,
    Garbled,
    Interleaved,
    MessageLine,
    Prompted,
    Refused,
    Resynced,
    UnexpectedResult,
    Unsolicited,
)
from drivers.at.final_result import FinalResult, is_connect, parse_final_result
from drivers.at.framing import LineSplitter, Overlong, Prompt
from drivers.at.late_answers import PendingResults
from drivers.at.message_text import MessageText, announced
from drivers.at.question import Claim, Question
from drivers.at.state_table import Transitions, next_state
from drivers.at.urc import UrcMatcher, is_echo, looks_like_urc


class State(enum.Enum):
    """The state of the dialogue."""

    IDLE = "idle"
    """No question; what comes is a URC."""
    WAITING = "waiting"
    """A question is asked and not yet answered."""
    RESYNCING = "resyncing"
    """A question was given up; what comes may belong to it."""
    CLOSED = "closed"
    """The port is gone; nothing can be sent."""


class Move(enum.Enum):
    """What can happen to the dialogue."""

    ASK = "ask"
    FINAL_RESULT = "final result"
    GIVE_UP = "give up"
    RESYNC = "resync"
    ESCAPE = "escape"
    EXPECT_LATE = "expect a late result"
    RESYNCED = "resynced"
    CLOSE = "close"


TRANSITIONS: Final[Transitions[State, Move]] = {
    State.IDLE: {
        Move.ASK: State.WAITING,
        Move.RESYNC: State.RESYNCING,
        Move.ESCAPE: State.RESYNCING,
        Move.EXPECT_LATE: State.RESYNCING,
        Move.CLOSE: State.CLOSED,
    },
    State.WAITING: {
        Move.FINAL_RESULT: State.IDLE,
        Move.GIVE_UP: State.RESYNCING,
        Move.ESCAPE: State.RESYNCING,
        Move.CLOSE: State.CLOSED,
    },
    State.RESYNCING: {
        Move.RESYNC: State.RESYNCING,
        Move.ESCAPE: State.RESYNCING,
        Move.RESYNCED: State.IDLE,
        Move.CLOSE: State.CLOSED,
    },
    State.CLOSED: {
        Move.CLOSE: State.CLOSED,
    },
}


class Conversation:
    """The dialogue over one open port; it ends with the port."""

    def __init__(self, urcs: Iterable[re.Pattern[str]] = ()) -> None:
        """`urcs`: patterns, matched from the start of a line, of what is never part of a free-text answer."""
        self._state = State.IDLE
        self._splitter = LineSplitter()
        self._urcs = UrcMatcher(urcs)
        self._question: Question | None = None
        self._late_ok = False
        """A question ended without a final result (Command.closes); its OK may still come."""
        self._text: MessageText | None = None
        self._verbose = False
        """The last final result was a word (ATV1), so that a digit is neither one nor a result of a call."""
        self._pending = PendingResults()

    @property
    def state(self) -> State:
        """The state of the dialogue."""
        return self._state

    @property
    def in_text(self) -> bool:
        """Whether what comes is the text of an incoming message, until the line is silent."""
        return self._text is not None

    @property
    def ok_alone(self) -> bool:
        """Whether an OK came to the question under way, and nothing of the payload that it needs."""
        return self._question is not None and self._question.ok_alone

    def set_urcs(self, patterns: Iterable[re.Pattern[str]]) -> None:
        """Set the URCs; called again when the dialect is known."""
        self._urcs = UrcMatcher(patterns)

    def ask(self, command: Command) -> bytes:
        """Begin a question; returns the bytes to write. WrongMove unless idle."""
        self._move(Move.ASK)
        self._question = Question(command)
        return _line(command)

    def give_up(self) -> tuple[str, ...]:
        """Stop waiting; returns the payload so far. Resynchronise before the next question."""
        self._move(Move.GIVE_UP)
        return self._abandon()

    def resync(self) -> bytes:
        """Begin a round of resynchronising; returns the bytes to write. Legal while idle too: it wakes a new module."""
        # ATQ0 and not a bare AT, which a module that was left in Q1 never answers.
        self._move(Move.RESYNC)
        self._pending.begin_round()
        return _line(RESULTS_ON)

    def escape(self) -> bytes:
        """Leave a text prompt without sending anything; returns the byte to write.

        A question under way is given up, since the module took it for text. The module answers ESC with a final
        result, or not.
        """
        waiting = self._state is State.WAITING
        self._move(Move.ESCAPE)
        if waiting:
            self._abandon()
        else:
            self._pending.expect_one()
        return ESCAPE.encode()

    def expect_late_result(self) -> None:
        """Expect the final result of another program's command, which was not answered yet."""
        self._move(Move.EXPECT_LATE)
        self._pending.expect_one()

    def take_unfinished(self) -> bytes:
        """Hand out the beginning of a line that has come, for the program that has the port now."""
        return self._splitter.take_tail()

    def is_urc(self, line: str) -> bool:
        """Whether a line that came while another program had the port is a listed URC."""
        return self._urcs.matches(line)

    def settled(self) -> list[Event]:
        """The line has been silent for a guard time: Resynced, or nothing; then `resync()` again."""
        return self._resynced() if self._state is State.RESYNCING and self._pending.end_round() else []

    def quiet(self) -> list[Event]:
        """The line has been silent for a guard time: a message text is over.

        The answer to a question under way cannot be separated from the sender's text: it is Interleaved.
        """
        events: list[Event] = []
        if self._text is not None and self._state is not State.CLOSED:
            self._follow(None)
            if self._question is not None:
                events.append(Interleaved(self._question.command))
                self.give_up()
            events += self.receive(b"")  # what looked like the beginning of a line may be a prompt
        return events

    def closed(self) -> None:
        """The port is gone."""
        self._move(Move.CLOSE)
        self._question = None

    def receive(self, data: bytes) -> list[Event]:
        """The events that these bytes complete, in order; none once closed."""
        events: list[Event] = []
        if self._state is State.CLOSED:
            return events
        for piece in self._splitter.feed(data):
            if isinstance(piece, Prompt):
                events.append(Prompted())
            elif self._text is not None:
                self._take_text(self._text, piece, events)
            elif isinstance(piece, Overlong):
                events.append(Garbled(piece.beginning))
            else:
                line = piece.strip()
                if line:
                    self._take_line(line, events)
        return events

    def _follow(self, text: MessageText | None) -> None:
        """The next lines are this text; None for no text."""
        self._text = text
        self._splitter.in_text = text is not None

    def _take_text(self, text: MessageText, piece: str | Overlong, events: list[Event]) -> None:
        line = piece if isinstance(piece, str) else piece.beginning
        events.append(MessageLine(line))
        self._follow(None if text.is_complete(line.strip()) else MessageText())

    def _move(self, move: Move) -> None:
        self._state = next_state(TRANSITIONS, self._state, move)

    def _abandon(self) -> tuple[str, ...]:
        question, self._question = self._question, None
        if question is None:
            return ()
        self._pending.abandon(question)
        return question.lines

    def _resynced(self) -> list[Event]:
        self._move(Move.RESYNCED)
        self._late_ok = False
        self._pending.clear()
        return [Resynced()]

    def _take_line(self, line: str, events: list[Event]) -> None:
        if self._question is not None:
            self._take_waiting(self._question, line, events)
            return
        self._follow(announced(line))
        if self._state is State.RESYNCING:
            self._take_resyncing(line, events)
        elif parse_final_result(line) is None:
            events.append(self._unclaimed(line))
        elif self._late_ok:
            self._late_ok = False
        else:
            events.append(UnexpectedResult(line))

    def _take_waiting(self, question: Question, line: str, events: list[Event]) -> None:
        claim = question.claim(line, self._urcs)
        if claim is Claim.UNCLAIMED:
            self._follow(announced(line))
            result = parse_final_result(line)
            if result is not None:
                self._take_result(question, result, events)
                return
            if not question.claim_free_text(line, self._urcs):
                events.append(self._unclaimed(line))
        elif claim is Claim.FALLBACK:
            events.append(Unsolicited(line))
        elif claim is Claim.OVERFLOW:
            events.append(Garbled(line))
        if question.complete:
            # An answer that ended without a final result: its OK may still come, and must not answer the next
            # question.
            self._late_ok = not question.has_final_result
            self._end(Answered(question.command, question.lines), events)

    def _take_result(self, question: Question, result: FinalResult, events: list[Event]) -> None:
        """A final result came, for this question or for an earlier one.

        An OK without payload is late when the question needs payload, or may have some and an OK is still due. It is
        swallowed once: a second one is taken for the module's true, empty answer.
        """
        command = question.command
        self._note_verbose(result)
        if not result.ok:
            self._late_ok = False
            self._end(Refused(command, result.code, result.words, question.lines), events)
        elif not question.lines and question.swallow_ok(late=self._late_ok):
            self._late_ok = False
        elif question.conclude():
            if command.answer is not None or command.free_text:
                self._late_ok = False  # results come in turn: what was due before is not coming any more
            self._end(Answered(command, question.lines), events)

    def _end(self, event: Event, events: list[Event]) -> None:
        self._move(Move.FINAL_RESULT)
        self._question = None
        events.append(event)

    def _take_resyncing(self, line: str, events: list[Event]) -> None:
        """Drop late payload and echoes, count final results, keep URCs."""
        if self._pending.is_payload(line):
            return
        result = parse_final_result(line)
        if result is not None:
            self._note_verbose(result)
            if self._pending.settle_one():
                events.extend(self._resynced())
        elif self._urcs.matches(line) or is_connect(line) or not self._pending.is_remainder(line):
            events.append(self._unclaimed(line))

    def _note_verbose(self, result: FinalResult) -> None:
        if result.verbose is not None:
            self._verbose = result.verbose

    def _unclaimed(self, line: str) -> Event:
        if self._verbose and line.isdigit():
            return Garbled(line)
        if is_connect(line):
            return Connected(line)
        if self._urcs.matches(line):
            return Unsolicited(line)
        if is_echo(line):
            return ForeignEcho(line)
        return Unsolicited(line) if looks_like_urc(line) else Garbled(line)


def _line(command: Command) -> bytes:
    return command.text.encode("ascii") + b"\r"
