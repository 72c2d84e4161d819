"""What can be wrong between a module and its client.

Responsible for the list of faults and for distorting an answer. A fault is on until it is switched off, or
for one answer (`once`). Must not know when an answer is due, nor how it is sent: `port.py` applies what is
on.
"""

from __future__ import annotations

import random
from dataclasses import dataclass, field

MEANINGS = {
    "silent": "reads everything, says nothing, URCs included",
    "slow": "each answer takes SECONDS longer (2), and the next command waits for it",
    "late": "each answer comes SECONDS late (7), stating the past; the next command does not wait",
    "half": "each answer stops in the middle and has no end",
    "garbage": "each answer is noise, as at a wrong rate",
    "nul": "NUL bytes stand before and inside each answer",
    "endless": "the answer is one line that never ends",
    "flood": "URCs without pause, between the lines of answers too",
    "rival": "another program's commands and answers appear on the line",
    "echo": "echo is on, whatever ATE0 was told",
    "v0": "another client has left the module with V0; ATV1 mends it",
    "hang": "the module reads nothing and says nothing; afterwards it answers all that waited",
    "busy": "the card is busy: CME 14",
}
SECONDS = {"slow": 2.0, "late": 7.0}
MUTING = frozenset({"silent", "hang", "half", "garbage", "endless"})
"""While one of these is on, a module gives no answer that a client could read."""

RIVAL = b"AT+CMGL=4\r\r\nOK\r\n"
"""What it looks like when a program with echo on reads messages on our line."""


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
        """Switch one fault; a KeyError names an unknown one."""
        MEANINGS[name]
        self.once.discard(name)
        if not on:
            self.on.pop(name, None)
            return
        self.on[name] = SECONDS.get(name, 0.0) if seconds is None else seconds
        if once:
            self.once.add(name)

    def spend(self) -> None:
        """One answer has been given: what was to last for one answer is over."""
        for name in self.once:
            self.on.pop(name, None)
        self.once.clear()

    def distorted(self, answer: bytes) -> bytes:
        """Return what becomes of an answer."""
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
