"""What the module says while it works on a client's command.

Responsible for telling the verdict, a prompt and the beginning of a call from the lines of the answer, and for
printing everything as the client's view wants it. Must not know what the client types meanwhile, nor turns.
"""

from __future__ import annotations

import enum
from collections.abc import Mapping
from typing import Final, TypeAlias

from drivers.at.final_result import is_connect, parse_final_result
from drivers.at.message_text import MessageText, announced
from drivers.sharing.command_line import CommandLine
from drivers.sharing.events import Show, Unasked
from drivers.sharing.segments import Segment, Segments
from drivers.sharing.session_view import SessionView

CALL_RESULTS: Final = frozenset({"NO CARRIER", "BUSY", "NO ANSWER", "NO DIALTONE", "NO DIAL TONE"})
_WORDS: Final = {"0": "OK", "4": "ERROR"}
_LONGEST_WORDS: Final = 64
"""Bytes of a line that may end a call."""
_PROMPT: Final = b"> "


class Outcome(enum.Enum):
    """What an answer has come to."""

    PROMPT = "prompt"
    """The module takes a text."""
    CONNECT = "connect"
    """What follows is data."""
    VERDICT = "verdict"
    """It is whole."""


Heard: TypeAlias = Show | Unasked | Outcome


class Answer:
    """The answer to one command line."""

    def __init__(self, asked: CommandLine, view: SessionView, kept: Mapping[str, str]) -> None:
        """`kept` are our settings of the port, by name."""
        self.asked = asked
        self.spoken = asked.spoken(kept).encode("latin-1")
        """The line as the module gets it, without its end."""
        self.guarded = False
        """Behind the verdict may come more of it: a LF, or of a stranger's text that read like a verdict."""
        self.sure = True
        """The verdict is the module's, and cannot have been of a stranger's text."""
        self.takes_prompts = asked.may_ask_for_body
        self._view = view
        self._kept = kept
        self._segments = Segments()
        self._lead = b""
        """Line ends in front of a line, until it is known whether the client gets that line."""
        self._echo = self.spoken
        self._shown = False
        self._body: MessageText | None = None
        """The next line is the first of this text."""
        self._in_text = False
        """The end of a stranger's text was not told: any line may still be of it."""
        self._whole = False

    @property
    def holds_text(self) -> bool:
        """Whether there are texts of strangers in it, so that only quiet ends it."""
        return self.asked.reads_messages or self._in_text or self._body is not None

    def receive(self, data: bytes) -> list[Heard]:
        """Take what the module said. Behind CONNECT and behind an unguarded verdict, `take_rest` has the rest."""
        heard: list[Heard] = []
        segments = self._segments.feed(data)
        for at, segment in enumerate(segments):
            outcome = self._take(segment, heard)
            if outcome is not None:
                heard.append(outcome)
            if outcome is Outcome.CONNECT or (self._whole and not self.guarded):
                behind = b"".join(one.text + one.end for one in segments[at + 1 :])
                self._segments.unfinished = behind + self._segments.unfinished
                return heard
        self._look_for_prompt(heard)
        return heard

    def receive_data(self, data: bytes, *, broken: bool) -> list[Heard]:
        """Take what came after CONNECT: bytes for the client, among which the words that end a call may be.

        They stay words, whatever V says. `broken`: the client has asked for the line by +++, and an OK is the
        answer to that.
        """
        lines = [segment for segment in self._segments.feed(data) if segment.text.strip(b"\0 ")]
        self._segments.unfinished = self._segments.unfinished[-_LONGEST_WORDS:]
        heard: list[Heard] = [Show(data)]
        if not lines or self._segments.unfinished:
            return heard
        last = lines[-1].text.strip(b"\0 ")
        may_be_done = broken or not (self.asked.calls or self.asked.multiplexes)
        if last == b"NO CARRIER" or (last in {b"OK", b"ERROR"} and may_be_done):
            self._whole = self._shown = True
            self.guarded = lines[-1].end == b"\r"
            heard.append(Outcome.VERDICT)
        return heard

    def take_rest(self) -> bytes:
        """Return what the module said and nobody has taken."""
        return self._segments.take_unfinished()

    def _take(self, segment: Segment, heard: list[Heard]) -> Outcome | None:
        line = segment.text.decode("latin-1").strip("\0 ")
        if segment.late:
            self._take_late_end(segment.end, heard)
        elif not segment.text:
            self._lead += segment.end
        elif self._is_echo(segment):
            self._lead, self._shown = b"", False
        elif self._body is not None:
            self._in_text |= not self._body.is_complete(line)
            self._body = None
            self._print(segment.text.decode("latin-1"), segment, heard)
        elif self._is_verdict(line):
            return self._take_verdict(line, segment, heard)
        else:
            self._take_line(line, segment, heard)
        return None

    def _take_late_end(self, end: bytes, heard: list[Heard]) -> None:
        if self._lead:
            self._lead += end
        elif self._shown:
            heard.append(Show(self._view.print_end(end)))

    def _is_echo(self, segment: Segment) -> bool:
        """Whether the module, fresh from a restart, says our line back; the client has its echo already."""
        echo, self._echo = self._echo, b""
        return bool(echo) and segment.text.strip(b"\0 ") == echo

    def _take_line(self, line: str, segment: Segment, heard: list[Heard]) -> None:
        self._body = announced(line)
        answers, text = self._answers(line), segment.text.decode("latin-1")
        if line and not (answers or self._in_text or self.asked.reads_messages):
            heard.append(Unasked(line))
        as_it_is = self._in_text and not answers
        said = text if as_it_is else self._view.answer(text, self.asked, self._kept)
        if said is None:
            self._lead, self._shown = b"", False
        else:
            self._print(said, segment, heard)

    def _answers(self, line: str) -> bool:
        name, colon, _ = line.partition(":")
        return bool(colon) and name.strip().upper() in self.asked.names

    def _print(self, text: str, segment: Segment, heard: list[Heard]) -> None:
        heard.append(Show(self._view.print_line(self._lead, text, segment.end)))
        self._lead, self._shown = b"", True

    def _is_verdict(self, line: str) -> bool:
        if self._whole:
            return False
        if line.isdigit():  # words were asked for; but after ATZ who knows
            return self.asked.resets and line in _WORDS
        if self.asked.calls and line in CALL_RESULTS:
            return True
        if is_connect(line):
            return not self.asked.reads_messages and (self.asked.calls or not self._in_text)
        return parse_final_result(line) is not None

    def _take_verdict(self, line: str, segment: Segment, heard: list[Heard]) -> Outcome:
        result, view = parse_final_result(line), self._view
        done = result is not None and result.ok
        connected = is_connect(line)
        self._note_settings(refused=not (done or connected))
        if line.isdigit():
            said = view.print_verdict(b"\r\n", _WORDS[line], b"\r\n")
        else:
            said = view.print_verdict(self._lead, view.verdict(line), segment.end)
        heard.append(Show(said))
        self._lead, self._shown = b"", not view.quiet
        if connected or (done and self.asked.multiplexes):
            return Outcome.CONNECT
        self._whole = True
        self.sure = not self._in_text
        self.guarded = self.asked.reads_messages or self._in_text or segment.end == b"\r"
        return Outcome.VERDICT

    def _note_settings(self, *, refused: bool) -> None:
        """Of a line that was refused only what stood in front of any other command was certainly worked."""
        parts = self.asked.parts
        if refused:
            sure = [part.is_session or part.name in self._kept for part in parts]
            parts = parts[: sure.index(False)] if False in sure else parts[:-1]
        self._view.changed(parts)

    def _look_for_prompt(self, heard: list[Heard]) -> None:
        """Find a prompt, which has no end. The second one of a text asks for its next line only."""
        if self._whole or not self.takes_prompts or self._segments.unfinished.lstrip(b"\0") != _PROMPT:
            return
        self._segments.take_unfinished()
        heard += [Show(self._lead + _PROMPT), Outcome.PROMPT]
        self._lead = b""
