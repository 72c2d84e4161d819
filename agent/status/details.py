"""What is worth knowing of one module beyond its row.

Responsible for the values behind a module's details and the trace of its dialogue, and for their JSON. Must
not know how they were recorded, nor HTTP.
"""

from __future__ import annotations

from dataclasses import dataclass

from agent.bank.at_log import Answer, TraceLine
from agent.status.snapshot import Json, ModuleRow, Words, age, row_json


@dataclass(frozen=True, slots=True, kw_only=True)
class VerdictChange:
    """A module's verdict became this one."""

    at: float
    """UNIX time."""
    reason: str
    text: Words
    number: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ModuleDetails:
    """What is worth knowing of one module beyond its row."""

    answers: tuple[Answer, ...] = ()
    """In the order in which they were asked."""
    verdicts: tuple[VerdictChange, ...] = ()
    """Newest first."""


def details_json(row: ModuleRow, details: ModuleDetails, now: float, lang: str = "en") -> Json:
    """The body of `/api/v1/modules/NAME`: the row, the last answers and the history of verdicts."""
    answers = [
        {
            "age_s": age(a.at, now),
            "command": a.question,
            "lines": list(a.lines),
            "took_s": round(a.took_s, 3),
        }
        for a in details.answers
    ]
    verdicts = [
        {"at": round(v.at, 3), "reason": v.reason, "text": v.text.spoken(lang), "number": v.number}
        for v in details.verdicts
    ]
    return row_json(row, now, lang) | {"answers": answers, "verdicts": verdicts}


def trace_json(line: TraceLine) -> Json:
    """One line of `/api/v1/trace/PORT`."""
    return {"at": round(line.at, 6), "sender": line.speaker.value, "text": line.text}
