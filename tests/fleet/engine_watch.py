"""What the engine took, and when, by its own MONITOR: beats, sets and the leader's record.

Responsible for noting. Must not know what follows from it.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import re
import time
from collections import defaultdict
from dataclasses import dataclass, field
from typing import Any

from redis_server import command

AGAIN = 0.005
"""Seconds between two tries to reach an engine that is away: no beat of its first moments may be missed."""
_LINE = re.compile(r"\+([0-9.]+) \[\d+ [^\]]*\] (.*)")
_ESCAPE = re.compile(r"\\(x[0-9a-f]{2}|.)")
_PLAIN = {"n": "\n", "r": "\r", "t": "\t", "a": "\a", "b": "\b"}


@dataclass(frozen=True, slots=True)
class Beat:
    """A beat that the engine took."""

    at: float
    text: str

    @property
    def run(self) -> str:
        """The run of the agent."""
        return self.text.split("|")[0]

    @property
    def state(self) -> str:
        """What the host says of itself."""
        return self.text.split("|")[3]


@dataclass(slots=True)
class EngineWatch:
    """Follows one engine until its block ends. Times are those of CLOCK_BOOTTIME."""

    port: int
    beats: dict[str, list[Beat]] = field(default_factory=lambda: defaultdict(list))
    sets: dict[str, list[tuple[float, frozenset[tuple[str, str]]]]] = field(
        default_factory=lambda: defaultdict(list)
    )
    """(module, number) of each set that a host told."""
    records: list[tuple[float, dict[str, Any]]] = field(default_factory=list)
    """The texts of the leader's key."""
    away: list[tuple[float, float]] = field(default_factory=list)
    """From when to when it could not be watched."""
    heard: list[str] = field(default_factory=list)
    """Everything that was said to it, as it stands on the wire."""
    caught_up: float = 0.0
    """Everything that the engine took before this is known."""

    async def run(self) -> None:
        """Follow it, for ever."""
        lost = _now()
        while True:
            with contextlib.suppress(OSError, EOFError, asyncio.IncompleteReadError):
                reader, writer = await asyncio.open_connection("127.0.0.1", self.port, limit=2**24)
                try:
                    writer.write(command("MONITOR"))
                    if not (await reader.readline()).startswith(b"+OK"):
                        raise EOFError
                    self.away.append((lost, _now()))
                    await self._follow(reader)
                finally:
                    writer.transport.abort()
                    lost = _now()
            await asyncio.sleep(AGAIN)

    async def _follow(self, reader: asyncio.StreamReader) -> None:
        while line := await reader.readline():
            self._heard(line.decode(errors="replace"))
            self.caught_up = _now()
        raise EOFError

    def _heard(self, line: str) -> None:
        found = _LINE.match(line)
        if found is None:
            return
        self.heard.append(line)
        at = float(found[1]) - time.time() + _now()
        # Valkey 8.1 leaves quotation marks within a word as they are; no text of a fleet has a blank between two.
        words = [_unescaped(word) for word in found[2].strip()[1:-1].split('" "')]
        name = words[0].upper() if words else ""
        if name == "HSET" and words[1].endswith(":hosts"):
            self.beats[words[2]].append(Beat(at, words[3]))
        elif name == "SET" and ":set:" in words[1]:
            self.sets[words[1].rpartition(":")[2]].append((at, _claims(words[2])))
        elif name == "SET" and words[1].endswith(":leader"):
            self.records.append((at, json.loads(words[2])))

    def last_beat(self, host: str, at: float) -> Beat | None:
        """Return the newest beat of a host at that time."""
        return next((beat for beat in reversed(self.beats[host]) if beat.at <= at), None)

    def leader(self, at: float) -> str | None:
        """Return whom the engine's record named at that time; None before the first, and where it was released."""
        for written, record in reversed(self.records):
            if written <= at:
                return None if record.get("released") else str(record["host"])
        return None

    def told(self, host: str, since: float, until: float) -> list[frozenset[tuple[str, str]]]:
        """Return the sets of a host that held at any time in this stretch."""
        held: list[frozenset[tuple[str, str]]] = []
        for at, claims in reversed(self.sets[host]):
            if at <= until:
                held.append(claims)
            if at <= since:
                break
        return held


def _claims(text: str) -> frozenset[tuple[str, str]]:
    return frozenset((entry["port_id"], entry["number"]) for entry in _entries(json.loads(text)))


def _entries(told: Any) -> list[dict[str, Any]]:
    """Find the entries in a told set, however they are wrapped."""
    if isinstance(told, dict):
        if "port_id" in told:
            return [told]
        return [entry for part in told.values() for entry in _entries(part)]
    if isinstance(told, list):
        return [entry for part in told for entry in _entries(part)]
    return []


def _unescaped(word: str) -> str:
    def plain(match: re.Match[str]) -> str:
        said = match[1]
        return chr(int(said[1:], 16)) if said[0] == "x" and len(said) == 3 else _PLAIN.get(said, said)

    text = _ESCAPE.sub(plain, word)
    return text.encode("latin-1", "replace").decode("utf-8", "replace")


def _now() -> float:
    return time.clock_gettime(time.CLOCK_BOOTTIME)
