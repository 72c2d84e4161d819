"""Modules that answer from a transcript, and a link in memory to talk to them through the real conversation.

Shared by the tests of the drivers; no clock, no port: silence is known at once.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from drivers.at import events
from drivers.at.commands import Command
from drivers.at.conversation import Conversation, State
from drivers.errors import NoAnswer, Refused, Silence
from drivers.link.resync import TRIES
from drivers.vendors import URCS

TRANSCRIPTS = Path(__file__).parent.parent / "transcripts"

_ESCAPES = {"\\r": "\r", "\\n": "\n", "\\\\": "\\"}
_SETTINGS = re.compile(r"AT$|AT(?:E\d|V\d|Q\d)+$|AT\+C(?:MEE|G?REG|EREG)=\d$")


def line(text: str) -> bytes:
    """One line as a module in verbose mode sends it."""
    return f"\r\n{text}\r\n".encode("latin-1")


def _unescape(text: str) -> bytes:
    plain = re.sub(r"\\(?:r|n|\\)", lambda found: _ESCAPES[found[0]], text)
    return re.sub(r"\\x([0-9a-fA-F]{2})", lambda found: chr(int(found[1], 16)), plain).encode("latin-1")


@dataclass
class Transcript:
    """One file of tests/transcripts, as its README.md says."""

    name: str
    facts: dict[str, str] = field(default_factory=dict)
    boot: list[str] = field(default_factory=list)
    replies: dict[str, bytes] = field(default_factory=dict)
    cases: dict[str, Transcript] = field(default_factory=dict)
    urcs: list[tuple[str, str]] = field(default_factory=list)

    def case(self, name: str) -> Transcript:
        """The same module in another situation; "" for the usual one."""
        if not name:
            return self
        differs = self.cases[name]
        return Transcript(
            f"{self.name}:{name}",
            {**self.facts, **differs.facts},
            self.boot,
            {**self.replies, **differs.replies},
        )


def read_transcript(name: str) -> Transcript:
    """The transcript of that family."""
    whole = Transcript(name)
    into, section, command = whole, "", ""
    for text in (TRANSCRIPTS / f"{name}.txt").read_text(encoding="utf-8").splitlines():
        mark, _, rest = text.partition(" ")
        if text.startswith("["):
            section, _, case = text.strip("[]").partition(" ")
            into = whole.cases.setdefault(case, Transcript(case)) if section == "case" else whole
        elif not text or mark == "#":
            continue
        elif mark == ">":
            command = rest
            into.replies[command] = b""
        elif mark in {"<", "<<"}:
            into.replies[command] += line(rest) if mark == "<" else _unescape(rest)
        elif mark == "!" and section == "boot":
            whole.boot.append(rest)
        elif mark == "!":
            urc, _, meaning = rest.rpartition(" -> ")
            whole.urcs.append((urc, meaning))
        else:
            fact, _, value = text.partition(":")
            into.facts[fact] = value.strip()
    return whole


def links_of(text: str) -> list[str]:
    """The commands of a line, one or a chain."""
    first, *rest = text.split(";")
    return [first, *("AT" + link for link in rest)]


FAMILIES = sorted(path.stem for path in TRANSCRIPTS.glob("*.txt"))


class ScriptedModule:
    """The other end of the wire: bytes in, bytes out."""

    def __init__(self, transcript: Transcript) -> None:
        self.transcript = transcript
        self.replies = dict(transcript.replies)
        self.chains = transcript.facts.get("chains") == "yes"
        self.unknown = transcript.facts.get("unknown", "ERROR")
        self.asked: list[str] = []
        self.mute: set[str] = set()
        """Commands, or whole lines, that are heard and not answered; a chain is not where one of its links is not."""
        self.dead = False
        self.echo = self.quiet = False
        self.verbose = True
        self.before: dict[int, bytes] = defaultdict(bytes)
        """Bytes that come before the reply to the question of that number, counted from 0."""
        self.within: dict[int, bytes] = defaultdict(bytes)
        self.after: dict[int, bytes] = defaultdict(bytes)

    def set_reply(self, command: str, *lines: str) -> None:
        """From now on the reply to that command is this."""
        self.replies[command] = b"".join(map(line, lines))

    def becomes(self, case: str) -> None:
        """From now on it is as in that case of its transcript; "" for as in the beginning."""
        self.replies = dict(self.transcript.case(case).replies)

    def hear(self, data: bytes) -> bytes:
        """The reply to one command line."""
        text = data.decode("ascii").removesuffix("\r")
        place = len(self.asked)
        self.asked.append(text)
        if self.dead or self.mute & {text, *links_of(text)}:
            return self.before[place]
        reply = self._chained(text) if ";" in text else self._reply(text)
        if self.within[place]:
            cut = reply.rfind(b"\r\n", 0, -2)
            reply = reply[:cut] + self.within[place] + reply[cut:]
        reply = (data if self.echo else b"") + self.before[place] + reply + self.after[place]
        self._set(text)
        return reply if not self.quiet else self.before[place]

    def _reply(self, text: str) -> bytes:
        if text in self.replies:
            return self.replies[text]
        known = _SETTINGS.match(text) is not None
        if known and text.startswith("AT") and "Q0" in text:
            self.quiet = False
        if not self.verbose and "V1" not in text:
            return b"0\r" if known else b"4\r"
        return line("OK" if known else self.unknown)

    def _chained(self, text: str) -> bytes:
        if not self.chains:
            return line(self.unknown)
        said = b""
        for link in links_of(text):
            reply = self._reply(link)
            if not reply.endswith(line("OK")):
                return said + reply
            said += reply.removesuffix(line("OK"))
        return said + line("OK")

    def _set(self, text: str) -> None:
        if _SETTINGS.match(text) is None:
            return
        self.echo = self.echo and "E0" not in text
        self.verbose = self.verbose or "V1" in text
        self.quiet = self.quiet and "Q0" not in text


class MemoryLink:
    """What `drivers.link.Link` is to a module, without wire and clock: silence is a NoAnswer at once."""

    def __init__(self, module: ScriptedModule, *, octets: bool = False) -> None:
        self.module = module
        self.octets = octets
        self.timeouts: list[float | None] = []
        self.on_urc: Callable[[str], object] = lambda _: None
        self._conversation = Conversation(URCS)

    async def ask(self, command: Command, timeout: float | None = None) -> tuple[str, ...]:  # noqa: ASYNC109  as the link has it
        """As the real one."""
        self.timeouts.append(timeout)
        self._get_in_step(command)
        outcome = self._sort(self.module.hear(self._conversation.ask(command)))
        match outcome:
            case events.Answered():
                return outcome.lines
            case events.Refused():
                raise Refused(command.text, outcome.code, outcome.words, outcome.lines)
        ok_alone = self._conversation.ok_alone
        raise Silence(command.text, self._conversation.give_up(), ok_alone=ok_alone)

    def _get_in_step(self, command: Command) -> None:
        before = len(self.module.asked)
        for _ in range(TRIES):
            if self._conversation.state is State.IDLE:
                break
            heard = self.module.hear(self._conversation.resync())
            self._sort(heard)
            self._conversation.settled()
            if not heard:
                break
        del self.module.asked[before:]  # bringing it back in step is the link's affair
        if self._conversation.state is not State.IDLE:
            raise NoAnswer(command.text)

    def idle(self, data: bytes) -> None:
        """The module says this by itself."""
        self._sort(data)

    def _sort(self, data: bytes) -> events.Answered | events.Refused | None:
        outcome: events.Answered | events.Refused | None = None
        pieces = [data[place : place + 1] for place in range(len(data))] if self.octets else [data]
        for piece in pieces:
            for event in self._conversation.receive(piece):
                match event:
                    case events.Answered() | events.Refused():
                        outcome = event
                    case events.Unsolicited():
                        self.on_urc(event.line)
        return outcome
