"""The JSON of the status API, made from the fields of the values in `snapshot`."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable
from functools import cache
from typing import Any, Final

from agent.bank.at_log import TraceLine
from agent.language import Bilingual
from agent.status.advice import advice_for
from agent.status.fleet_json import fleet_json
from agent.status.snapshot import ModuleDetails, ModuleRow, Snapshot, age
from drivers.observation import Registration

Json = dict[str, Any]

_AGES: Final = {
    "accepted_at": "accepted_s",
    "checked_at": "checked_s",
    "done_at": "age_s",
    "seen_at": "seen_s",
    "since_at": "since_s",
    "started_at": "uptime_s",
    "until_at": "until_s",
}
"""Instants on the agent's clock, and the keys of their ages in seconds."""
_PLAIN: Final = (str, int, bool)


def encode(value: Any, now: float, lang: str = "en") -> Json:
    """Return the JSON of a dataclass: its fields in their order, ages for instants, texts in `lang`."""
    return _encode(((name, getattr(value, name)) for name in _names(value.__class__)), now, lang)


def differences(before: Any, after: Any, now: float, lang: str = "en") -> Json:
    """Return the JSON of those fields of a dataclass in which it differs from another one of its kind."""
    names = _names(after.__class__)
    fields = ((name, getattr(before, name), getattr(after, name)) for name in names)
    return _encode(((name, new) for name, old, new in fields if old is not new and old != new), now, lang)


def _encode(fields: Iterable[tuple[str, Any]], now: float, lang: str) -> Json:
    return {
        _AGES.get(name, name): age(part, now) if name in _AGES else _encode_field(part, now, lang)
        for name, part in fields
    }


@cache
def _names(kind: type) -> tuple[str, ...]:
    return tuple(field.name for field in dataclasses.fields(kind))


def _encode_field(value: Any, now: float, lang: str) -> Any:
    if value is None or type(value) in _PLAIN:
        return value
    if isinstance(value, Bilingual):
        return value.localized(lang)
    if isinstance(value, Registration):
        return value.name.lower()
    if isinstance(value, float):
        return round(value, 3)
    if isinstance(value, tuple):
        return [_encode_field(one, now, lang) for one in value]
    return encode(value, now, lang) if dataclasses.is_dataclass(value) else value


def status_json(snapshot: Snapshot, now: float, lang: str = "en") -> Json:
    """Return the body of `/api/v1/status`. `now` is on the agent's clock."""
    return head_json(snapshot, now, lang) | {"modules": [encode(row, now, lang) for row in snapshot.modules]}


def head_json(snapshot: Snapshot, now: float, lang: str = "en") -> Json:
    """Return all of `status_json` but the modules; what time alone decides is as it was when the snapshot was taken."""
    reports = [encode(report, now, lang) for report in (*snapshot.reports, *snapshot.earlier)]
    due = snapshot.heartbeat_at
    return {
        "live": snapshot.live,
        "cap": snapshot.cap,
        "last_report": reports[0] if snapshot.reports else None,
        "next_heartbeat_s": None if due is None else round(max(0.0, due - now), 1),
        "accepted_s": snapshot.accepted_age(now),
        "selling": snapshot.selling(snapshot.at),
        "reports": reports,
        "missed_windows": snapshot.missed_windows,
        "banners": [{"kind": kind, "text": text} for kind, text in snapshot.banners(snapshot.at, lang)],
        "agent": encode(snapshot.agent, now, lang),
        "fleet": fleet_json(snapshot.fleet, now, lang),
        "alerts": encode(snapshot.alerts, now, lang),
    }


def details_json(row: ModuleRow, details: ModuleDetails, now: float, lang: str = "en") -> Json:
    """Return the body of `/api/v1/modules/NAME`: the row, what to do, the newest answers, the history of verdicts."""
    answers = [
        {
            "age_s": age(answer.at, now),
            "command": answer.command,
            "lines": list(answer.lines),
            "took_s": round(answer.took_s, 3),
        }
        for answer in details.answers
    ]
    verdicts = [encode(change, now, lang) for change in details.verdicts]
    advice = advice_for(row, lang)
    more = {"advice": advice.text, "advice_section": advice.section, "answers": answers, "verdicts": verdicts}
    return encode(row, now, lang) | more


def trace_json(line: TraceLine) -> Json:
    """Return one line of `/api/v1/trace`."""
    return {
        "at": round(line.at, 6),
        "module": line.module,
        "sender": line.sender.value,
        "text": line.text,
    }
