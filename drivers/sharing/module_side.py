"""The module's side of a client's command: its lines, printed as the client's view asks for, up to the final result."""

from __future__ import annotations

import enum
from collections.abc import Mapping
from typing import Final, TypeAlias

from drivers.at.final_result import is_connect, parse_final_result
from drivers.at.message_text import MessageText, announced
from drivers.sharing.command_line import CommandLine
from drivers.sharing.events import Show, Unsolicited
from drivers.sharing.segments import Segment, Segments
from drivers.sharing.session_view import SessionView

CALL_RESULTS: Final = frozenset({"NO CARRIER", "BUSY", "NO ANSWER", "NO DIALTONE", "NO DIAL TONE"})
_WORDS: Final = {"0": "OK", "4": "ERROR"}
_LONGEST_RESULT: Final = 64
"""Bytes of a line that may end a call."""
_PROMPT: Final = b"> "


class Outcome(enum.Enum):
    """What an answer has led to."""

    PROMPT = "prompt"
    """The module takes a message text."""
    CONNECT = "connect"
    """Data follows."""
    FINAL_RESULT = "final result"
    """The answer is complete."""


Step: TypeAlias = Show | Unsolicited | Outcome


class Answer:
    """The answer to one command line."""

    def __init__(self, command: CommandLine, view: SessionView, kept: Mapping[str, str]) -> None:
        """`kept`: our settings of the module, by name."""
        self.command = command
        self.sent = command.for_module(kept).encode("latin-1")
        """The line as the module gets it, without its end."""
        self.needs_quiet = False
        """More of it may follow the final result: a LF, or the rest of a message text that holds such a line."""
        self.certain = True
        """The final result cannot have been a line of a message text."""
        self._view = view
        self._kept = kept
        self._segments = Segments()
        self._lead = b""
        """Line ends in front of a line, until it is known whether the client gets that line."""
        self._echo = self.sent
        self._shown = False
        self._announced: MessageText | None = None
        """The next line is the first of this text."""
        self._in_text = False
        """Nothing tells the end of a message text: any line may still belong to it."""
        self._complete = False

    @property
    def holds_message_text(self) -> bool:
        """Whether it holds message texts, so that only quiet ends it."""
        return self.command.reads_messages or self._in_text or self._announced is not None

    def receive(self, data: bytes) -> list[Step]:
        """Take bytes of the module. `take_rest` has those behind CONNECT and behind the final result."""
        steps: list[Step] = []
        segments = self._segments.feed(data)
        for at, segment in enumerate(segments):
            outcome = self._take(segment, steps)
            if outcome is not None:
                steps.append(outcome)
            if outcome is Outcome.CONNECT or (self._complete and not self.needs_quiet):
                behind = b"".join(one.text + one.end for one in segments[at + 1 :])
                self._segments.unfinished = behind + self._segments.unfinished
                return steps
        self._look_for_prompt(steps)
        return steps

    def receive_data(self, data: bytes, *, escaped: bool) -> list[Step]:
        """Take bytes behind CONNECT, all for the client; a line among them may end the call.

        It is a word, whatever V is. `escaped`: the client has sent +++, which OK answers.
        """
        lines = [segment for segment in self._segments.feed(data) if segment.text.strip(b"\0 ")]
        self._segments.unfinished = self._segments.unfinished[-_LONGEST_RESULT:]
        steps: list[Step] = [Show(data)]
        if not lines or self._segments.unfinished:
            return steps
        last = lines[-1].text.strip(b"\0 ")
        may_be_over = escaped or not (self.command.is_call or self.command.multiplexes)
        if last == b"NO CARRIER" or (last in {b"OK", b"ERROR"} and may_be_over):
            self._complete = self._shown = True
            self.needs_quiet = lines[-1].end == b"\r"
            steps.append(Outcome.FINAL_RESULT)
        return steps

    def take_rest(self) -> bytes:
        """Hand out the bytes of the module that belong to nothing so far."""
        return self._segments.take_unfinished()

    def _take(self, segment: Segment, steps: list[Step]) -> Outcome | None:
        line = segment.text.decode("latin-1").strip("\0 ")
        if segment.late:
            self._take_late_end(segment.end, steps)
        elif not segment.text:
            self._lead += segment.end
        elif self._is_echo(segment):
            self._lead, self._shown = b"", False
        elif self._announced is not None:
            self._in_text |= not self._announced.is_complete(line)
            self._announced = None
            self._print(segment.text.decode("latin-1"), segment, steps)
        elif self._is_final_result(line):
            return self._take_final_result(line, segment, steps)
        else:
            self._take_line(line, segment, steps)
        return None

    def _take_late_end(self, end: bytes, steps: list[Step]) -> None:
        if self._lead:
            self._lead += end
        elif self._shown:
            steps.append(Show(self._view.print_end(end)))

    def _is_echo(self, segment: Segment) -> bool:
        """Whether the module, fresh from a restart, echoes our line; the client has its echo already."""
        echo, self._echo = self._echo, b""
        return bool(echo) and segment.text.strip(b"\0 ") == echo

    def _take_line(self, line: str, segment: Segment, steps: list[Step]) -> None:
        self._announced = announced(line)
        is_answer, text = self._is_answer(line), segment.text.decode("latin-1")
        if line and not (is_answer or self._in_text or self.command.reads_messages):
            steps.append(Unsolicited(line))
        unchanged = self._in_text and not is_answer
        shown = text if unchanged else self._view.answer_line(text, self.command, self._kept)
        if shown is None:
            self._lead, self._shown = b"", False
        else:
            self._print(shown, segment, steps)

    def _is_answer(self, line: str) -> bool:
        name, colon, _ = line.partition(":")
        return bool(colon) and name.strip().upper() in self.command.names

    def _print(self, text: str, segment: Segment, steps: list[Step]) -> None:
        steps.append(Show(self._view.print_line(self._lead, text, segment.end)))
        self._lead, self._shown = b"", True

    def _is_final_result(self, line: str) -> bool:
        if self._complete:
            return False
        if line.isdigit():  # the module has V1, except behind ATZ
            return self.command.resets and line in _WORDS
        if self.command.is_call and line in CALL_RESULTS:
            return True
        if is_connect(line):
            return not self.command.reads_messages and (self.command.is_call or not self._in_text)
        return parse_final_result(line) is not None

    def _take_final_result(self, line: str, segment: Segment, steps: list[Step]) -> Outcome:
        result, view = parse_final_result(line), self._view
        ok = result is not None and result.ok
        connected = is_connect(line)
        self._record_settings(refused=not (ok or connected))
        if line.isdigit():
            shown = view.print_final_result(b"\r\n", _WORDS[line], b"\r\n")
        else:
            shown = view.print_final_result(self._lead, view.final_result(line), segment.end)
        steps.append(Show(shown))
        self._lead, self._shown = b"", not view.quiet
        if connected or (ok and self.command.multiplexes):
            return Outcome.CONNECT
        self._complete = True
        self.certain = not self._in_text
        self.needs_quiet = self.command.reads_messages or self._in_text or segment.end == b"\r"
        return Outcome.FINAL_RESULT

    def _record_settings(self, *, refused: bool) -> None:
        """Of a refused line only the settings in front of any other command were certainly executed."""
        parts = self.command.parts
        if refused:
            executed = [part.is_session or part.name in self._kept for part in parts]
            parts = parts[: executed.index(False)] if False in executed else parts[:-1]
        self._view.changed(parts)

    def _look_for_prompt(self, steps: list[Step]) -> None:
        """Find a prompt, which has no line end. The second one of a text asks for its next line only."""
        unfinished = self._segments.unfinished.lstrip(b"\0")
        if self._complete or not self.command.may_ask_for_body or unfinished != _PROMPT:
            return
        self._segments.take_unfinished()
        steps += [Show(self._lead + _PROMPT), Outcome.PROMPT]
        self._lead = b""
