"""One side of an AT dialogue, without I/O.

Responsible for sorting what a module sends into answers, news and noise, one question at a time, for never
taking a late answer for the answer to a later question (see arrears), and for taking nothing from a stranger's
text (see bodies). Must not wait, log, read a clock, or know ports, vendors or what an answer means.

How it is driven: write what `ask()` returns, feed `receive()` with what is read, act on the events. When
time is up, `give_up()`; then, as long as `state` is RESYNCING: write what `resync()` returns, wait until
the line has been quiet for a guard time, say so with `settled()`. As long as `in_text`: ask nothing, wait for
the same quiet, and say so with `quiet()`.
"""

from __future__ import annotations

import enum
import re
from collections.abc import Iterable
from typing import Final

from drivers.at.commands import ESCAPE, RESULTS_ON, Command
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
from drivers.at.question import Question, Share
from drivers.at.urc import UrcMatcher, is_echo, looks_like_urc


class State(enum.Enum):
    """Where the dialogue stands."""

    IDLE = "idle"
    """Nothing is asked; what comes is news."""
    WAITING = "waiting"
    """A question is asked and not yet answered."""
    RESYNCING = "resyncing"
    """A question was given up; what comes may belong to it."""
    CLOSED = "closed"
    """The port is gone; nothing can be said."""


class Move(enum.Enum):
    """What can happen to the dialogue."""

    ASK = "ask"
    VERDICT = "verdict"
    GIVE_UP = "give up"
    RESYNC = "resync"
    ESCAPE = "escape"
    DOUBT = "doubt"
    IN_STEP = "in step"
    CLOSE = "close"


TRANSITIONS: Final[dict[State, dict[Move, State]]] = {
    State.IDLE: {
        Move.ASK: State.WAITING,
        Move.RESYNC: State.RESYNCING,
        Move.ESCAPE: State.RESYNCING,
        Move.DOUBT: State.RESYNCING,
        Move.CLOSE: State.CLOSED,
    },
    State.WAITING: {
        Move.VERDICT: State.IDLE,
        Move.GIVE_UP: State.RESYNCING,
        Move.ESCAPE: State.RESYNCING,
        Move.CLOSE: State.CLOSED,
    },
    State.RESYNCING: {
        Move.RESYNC: State.RESYNCING,
        Move.ESCAPE: State.RESYNCING,
        Move.IN_STEP: State.IDLE,
        Move.CLOSE: State.CLOSED,
    },
    State.CLOSED: {
        Move.CLOSE: State.CLOSED,
    },
}


class WrongMove(Exception):
    """Our own side broke the rules: asked while waiting, say."""


class Conversation:
    """The dialogue over one open port; thrown away with it."""

    def __init__(self, news: Iterable[re.Pattern[str]] = ()) -> None:
        """`news`: patterns, matched from the start of a line, of what is never part of a free-text answer."""
        self._state = State.IDLE
        self._splitter = LineSplitter()
        self._news = UrcMatcher(news)
        self._question: Question | None = None
        self._late_ok = False
        """A question was closed without its verdict (Command.closes), whose OK may still come."""
        self._body: MessageText | None = None
        self._in_words = False
        """The last verdict was one of words, so that a digit is none, and no result of a call (ATV1)."""
        self._arrears = PendingResults()

    @property
    def state(self) -> State:
        """Where the dialogue stands."""
        return self._state

    @property
    def in_text(self) -> bool:
        """Whether what comes is the text of somebody's message, until the line is quiet."""
        return self._body is not None

    def set_urcs(self, patterns: Iterable[re.Pattern[str]]) -> None:
        """Name the news lines; called again when the dialect is known."""
        self._news = UrcMatcher(patterns)

    def ask(self, command: Command) -> bytes:
        """Begin a question; the bytes to write. WrongMove unless idle."""
        self._move(Move.ASK)
        self._question = Question(command)
        return _line(command)

    def give_up(self) -> tuple[str, ...]:
        """Stop waiting; the lines that had come. Resynchronise before the next question."""
        self._move(Move.GIVE_UP)
        return self._abandon()

    def resync(self) -> bytes:
        """A command that does nothing, and whose verdict tells where we are; the bytes to write.

        Legal while idle too: it wakes a module that was not spoken to yet. ATQ0 and not a bare AT, which a
        module that was left in Q1 hears and answers with nothing, for ever.
        """
        self._move(Move.RESYNC)
        self._arrears.begin_round()
        return _line(RESULTS_ON)

    def escape(self) -> bytes:
        """Leave a text prompt without sending anything; the byte to write.

        What was asked is given up, since the module took it for text; the escape is answered with a
        verdict, or not.
        """
        waiting = self._state is State.WAITING
        self._move(Move.ESCAPE)
        if waiting:
            self._abandon()
        else:
            self._arrears.add()
        return ESCAPE.encode()

    def expect_late_result(self) -> None:
        """Somebody else asked on this line and was not answered: that verdict may still come."""
        self._move(Move.DOUBT)
        self._arrears.add()

    def take_unfinished(self) -> bytes:
        """The beginning of a line that has come, for whoever has the line now."""
        return self._splitter.take_tail()

    def is_urc(self, line: str) -> bool:
        """Whether a line that came to somebody else is news by name."""
        return self._news.matches(line)

    def settled(self) -> list[Event]:
        """The line has been quiet for a guard time: are we in step? If not, `resync()` again."""
        return self._in_step() if self._state is State.RESYNCING and self._arrears.end_round() else []

    def quiet(self) -> list[Event]:
        """The line has been quiet for a guard time: a text is over.

        Of a question that was under way nobody can tell what was its answer, and what the sender's words.
        """
        events: list[Event] = []
        if self._body is not None and self._state is not State.CLOSED:
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
            elif self._body is not None:
                self._take_text(self._body, piece, events)
            elif isinstance(piece, Overlong):
                events.append(Garbled(piece.beginning))
            else:
                line = piece.strip()
                if line:
                    self._take(line, events)
        return events

    def _follow(self, body: MessageText | None) -> None:
        """The next lines are this text; None for none."""
        self._body = body
        self._splitter.in_text = body is not None

    def _take_text(self, body: MessageText, piece: str | Overlong, events: list[Event]) -> None:
        line = piece if isinstance(piece, str) else piece.beginning
        events.append(MessageLine(line))
        self._follow(None if body.is_complete(line.strip()) else MessageText())

    def _move(self, move: Move) -> None:
        target = TRANSITIONS[self._state].get(move)
        if target is None:
            raise WrongMove(f"cannot {move.value} while {self._state.value}")
        self._state = target

    def _abandon(self) -> tuple[str, ...]:
        question, self._question = self._question, None
        if question is None:
            return ()
        self._arrears.abandon(question)
        return question.lines

    def _in_step(self) -> list[Event]:
        self._move(Move.IN_STEP)
        self._late_ok = False
        self._arrears.clear()
        return [Resynced()]

    def _take(self, line: str, events: list[Event]) -> None:
        if self._question is not None:
            self._take_waiting(self._question, line, events)
            return
        self._follow(announced(line))
        if self._state is State.RESYNCING:
            self._take_resyncing(line, events)
        elif parse_final_result(line) is None:
            events.append(self._unasked(line))
        elif self._late_ok:
            self._late_ok = False
        else:
            events.append(UnexpectedResult(line))

    def _take_waiting(self, question: Question, line: str, events: list[Event]) -> None:
        share = question.take(line, self._news)
        if share is Share.NONE:
            self._follow(announced(line))
            result = parse_final_result(line)
            if result is not None:
                self._judge(question, result, events)
                return
            if not question.takes_free_text(line, self._news):
                events.append(self._unasked(line))
        elif share is Share.SPARE:
            events.append(Unsolicited(line))
        elif share is Share.TOO_MUCH:
            events.append(Garbled(line))
        if question.whole:
            # A verdict-less answer: its OK may still come, and must not answer the next question.
            self._late_ok = not question.has_final_result
            self._end(Answered(question.command, question.lines), events)

    def _judge(self, question: Question, result: FinalResult, events: list[Event]) -> None:
        """A verdict came for what is asked now, or for what was asked before.

        An OK with nothing in front is late when the question needs payload, or may have some and an OK is
        still due. It is swallowed once: a second one is taken for the module's true, empty answer.
        """
        command = question.command
        self._note_form(result)
        if not result.ok:
            self._late_ok = False
            self._end(Refused(command, result.code, result.words, question.lines), events)
        elif not question.lines and question.swallow_ok(late=self._late_ok):
            self._late_ok = False
        elif question.conclude():
            if command.answer is not None or command.free_text:
                self._late_ok = False  # verdicts come in turn: what was due before is not coming any more
            self._end(Answered(command, question.lines), events)

    def _end(self, event: Event, events: list[Event]) -> None:
        self._move(Move.VERDICT)
        self._question = None
        events.append(event)

    def _take_resyncing(self, line: str, events: list[Event]) -> None:
        """Late payload and echoes go; verdicts are counted; news stays news."""
        if self._arrears.is_payload(line):
            return
        result = parse_final_result(line)
        if result is not None:
            self._note_form(result)
            if self._arrears.pay():
                events.extend(self._in_step())
        elif self._news.matches(line) or is_connect(line) or not self._arrears.is_remainder(line):
            events.append(self._unasked(line))

    def _note_form(self, result: FinalResult) -> None:
        if result.verbose is not None:
            self._in_words = result.verbose

    def _unasked(self, line: str) -> Event:
        if self._in_words and line.isdigit():
            return Garbled(line)
        if is_connect(line):
            return Connected(line)
        if self._news.matches(line):
            return Unsolicited(line)
        if is_echo(line):
            return ForeignEcho(line)
        return Unsolicited(line) if looks_like_urc(line) else Garbled(line)


def _line(command: Command) -> bytes:
    return command.text.encode("ascii") + b"\r"
