"""Faults between a module and its client, and what they make of an answer."""

from __future__ import annotations

import random
from dataclasses import dataclass, field

MEANINGS = {
    "silent": "reads everything and sends nothing, not even URCs",
    "slow": "each answer takes SECONDS longer (2), and the next command waits for it",
    "late": "each answer comes SECONDS late (7) and is out of date by then; the next command does not wait",
    "half": "each answer stops in the middle and has no end",
    "garbage": "each answer is noise, as at a wrong rate",
    "nul": "NUL bytes before and inside each answer",
    "endless": "the answer is one line that never ends",
    "flood": "URCs without pause, between the lines of answers too",
    "rival": "another program's commands and answers appear on the line",
    "echo": "echo stays on despite ATE0",
    "v0": "another client has left the module with V0; ATV1 ends it",
    "hang": "the module reads and sends nothing; afterwards it answers everything that waited",
    "busy": "the card is busy: CME 14",
}
SECONDS = {"slow": 2.0, "late": 7.0}
MUTING = frozenset({"silent", "hang", "half", "garbage", "endless"})
"""While one of these is on, a module gives no answer that a client could read."""

RIVAL = b"AT+CMGL=4\r\r\nOK\r\n"
"""Another program, with echo on, reads messages on our line."""


@dataclass(slots=True)
class Faults:
    """The faults of one module; `chance` makes the noise."""

    chance: random.Random
    on: dict[str, float] = field(default_factory=dict)
    """Name and seconds of each fault that is on."""
    once: set[str] = field(default_factory=set)

    def __contains__(self, name: str) -> bool:
        return name in self.on

    def switch(self, name: str, on: bool, *, seconds: float | None = None, once: bool = False) -> None:
        """Switch one fault, for one answer with `once`; a KeyError names an unknown one."""
        MEANINGS[name]
        self.once.discard(name)
        if not on:
            self.on.pop(name, None)
            return
        self.on[name] = SECONDS.get(name, 0.0) if seconds is None else seconds
        if once:
            self.once.add(name)

    def answered(self) -> None:
        """End the faults that last for one answer."""
        for name in self.once:
            self.on.pop(name, None)
        self.once.clear()

    def distorted(self, answer: bytes) -> bytes:
        """Return an answer as the faults leave it."""
        if "rival" in self.on:
            answer = RIVAL + answer
        if "nul" in self.on:
            answer = bytes(8) + answer.replace(b"\r\n", b"\0\r\n")
        if "half" in self.on:
            answer = answer[: max(1, len(answer) // 2)]
        if "garbage" in self.on:
            answer = bytes(self.chance.choice(b"\x00\x80\x9e\xe0\xf8\xff\xfe\x86") for _ in answer)
        if "endless" in self.on:
            answer = b"\r\n" + b"A" * 512
        return answer
