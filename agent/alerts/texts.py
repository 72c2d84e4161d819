"""What a message says, in English and Russian: one line for each kind of fault, however many modules have it. Pure."""

from __future__ import annotations

import enum
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from agent.alerts.fault_book import Ended, Fault
from agent.alerts.outbox import Draft
from agent.alerts.rule import FaultKey, Rule, Words, told_order
from agent.formats.durations import span
from agent.formats.masking import masked
from agent.formats.plurals import counted, russian_form
from agent.formats.printable import one_line
from drivers.ports.ports import natural

MOST_NAMED: Final = 10
"""Modules that a line names; of the others it says how many they are."""
LONGEST_LINE: Final = 500
LONGEST_TITLE: Final = 120

_BEGINS: Final[dict[Rule, Words]] = {
    Rule.REFUSED: ("Onlinesim refuses the reports", "Onlinesim отклоняет отчёты"),
    Rule.NOTHING_ACCEPTED: (
        "Onlinesim has accepted no report for {t}",
        "Onlinesim не принимает отчёты уже {t}",
    ),
    Rule.HOST_LOST: ("Host {subject} has not answered for {t}", "Машина {subject} не отвечает уже {t}"),
    Rule.LIVE_BELOW: (
        "Only {sims} live for {t}, fewer than {level}",
        "Онлайн только {sims} уже {t}, порог {level}",
    ),
    Rule.HUB_LOST: (
        "Hub {subject} with {modules} lost for {t}",
        "Хаб {subject}, на нём {modules}, не отвечает уже {t}",
    ),
    Rule.MODULE_LOST: ("{modules} lost", "{lost} {modules}"),
    Rule.STORE_FAILED: ("The database cannot be written", "База данных не записывается"),
}
_ENDS: Final[dict[Rule, Words]] = {
    Rule.REFUSED: (
        "Onlinesim refuses no longer, after {t}",
        "Onlinesim больше не отклоняет отчёты, отказы шли {t}",
    ),
    Rule.NOTHING_ACCEPTED: (
        "Reports are accepted again, after {t}",
        "Отчёты снова принимаются, перерыв был {t}",
    ),
    Rule.HOST_LOST: (
        "Host {subject} answers again, after {t}",
        "Машина {subject} снова отвечает, молчала {t}",
    ),
    Rule.LIVE_BELOW: ("{sims} live again, after {t}", "Снова онлайн {sims}, меньше порога было {t}"),
    Rule.HUB_LOST: ("Hub {subject} is back, after {t}", "Хаб {subject} снова отвечает, молчал {t}"),
    Rule.MODULE_LOST: ("{modules} back", "Снова онлайн {modules}"),
    Rule.STORE_FAILED: (
        "The database can be written again, after {t}",
        "База данных снова записывается, сбой длился {t}",
    ),
}
_WERE: Final[dict[Rule, Words]] = {
    Rule.REFUSED: ("reports refused", "отчёты отклонялись"),
    Rule.NOTHING_ACCEPTED: ("no report accepted", "отчёты не принимались"),
    Rule.HOST_LOST: ("host {subject} did not answer", "машина {subject} не отвечала"),
    Rule.LIVE_BELOW: ("fewer than {level} SIMs live", "онлайн было меньше {level} SIM-карт"),
    Rule.HUB_LOST: ("hub {subject} lost", "хаб {subject} не отвечал"),
    Rule.MODULE_LOST: ("{subject} lost", "{subject} не был онлайн"),
    Rule.STORE_FAILED: ("database not writable", "база данных не записывалась"),
}
_OVER_BY_NOW: Final = ("Over by now", "Было и уже прошло")
_LIVE: Final = ("{live} of {all} modules live", "Онлайн модулей: {live} из {all}")
_TEST: Final = (
    "Test message: alerts from this host arrive",
    "Тестовое сообщение: уведомления с этой машины доходят",
)
_MORE: Final = (" and {n} more", " и ещё {n}")
_TIMES: Final = (", {n} times", ", раз: {n}")


class Kind(enum.StrEnum):
    """How a service may colour a message: Apprise's names."""

    FAILURE = "failure"
    WARNING = "warning"
    SUCCESS = "success"
    INFO = "info"


@dataclass(frozen=True, slots=True)
class Message:
    """What is sent."""

    title: str
    body: str
    kind: Kind


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """What a message needs besides its faults: who speaks, in which language, and how the host is."""

    host: str
    language: str = "en"
    personal: bool = False
    """Whether numbers are written in full."""
    now: float = 0.0
    live: int = 0
    modules: int = 0
    labels: Mapping[str, str] = field(default_factory=dict)
    """Names that people gave to modules and hubs."""


def message_of(draft: Draft, setting: Setting) -> Message:
    """Return the message for a draft."""
    lines = [
        *_begun(draft.new, setting),
        *_ended(draft.over, setting),
        *(_missed_line(key, draft, setting) for key in sorted(draft.missed, key=told_order)),
    ]
    last = _said(_LIVE, setting, live=setting.live, all=setting.modules)
    kind = Kind.FAILURE if draft.new and draft.urgent else Kind.WARNING if draft.new else Kind.SUCCESS
    return _message(lines, [last], kind, setting)


def test_message(setting: Setting) -> Message:
    """Return the message of `alert --test`."""
    return _message([_said(_TEST, setting)], [], Kind.INFO, setting)


def _message(lines: Sequence[str], more: Sequence[str], kind: Kind, setting: Setting) -> Message:
    safe = [one_line(line if setting.personal else masked(line), LONGEST_LINE) for line in (*lines, *more)]
    heading = safe[0].partition(": ")[0]
    rest = f" (+{len(lines) - 1})" if len(lines) > 1 else ""
    return Message(one_line(f"{setting.host}: {heading}{rest}", LONGEST_TITLE), "\n".join(safe), kind)


def _begun(new: Mapping[FaultKey, Fault], setting: Setting) -> list[str]:
    lines = []
    lost = {key: fault for key, fault in new.items() if key.rule is Rule.MODULE_LOST}
    for key in sorted(new, key=told_order):
        if key.rule is not Rule.MODULE_LOST:
            why = _in(setting, new[key].detail)
            lines.append(_line(_BEGINS, key, new[key], setting, setting.now) + (f": {why}" if why else ""))
        elif lost:
            named = [_named(key, fault, setting) for key, fault in sorted(lost.items(), key=_by_key)]
            lines.append(
                f"{_modules(_BEGINS[Rule.MODULE_LOST], len(lost), setting)}: {_some(named, setting)}"
            )
            lost = {}
    return lines


def _ended(over: Mapping[FaultKey, Ended], setting: Setting) -> list[str]:
    lines = [
        _line(_ENDS, key, over[key].fault, setting, over[key].until)
        for key in sorted(over, key=told_order)
        if key.rule is not Rule.MODULE_LOST
    ]
    back = {key: one for key, one in over.items() if key.rule is Rule.MODULE_LOST}
    if back:
        named = [
            f"{_called(key, setting)} ({span(one.until - one.fault.since, setting.language)})"
            for key, one in sorted(back.items(), key=_by_key)
        ]
        lines.append(f"{_modules(_ENDS[Rule.MODULE_LOST], len(back), setting)}: {_some(named, setting)}")
    return lines


def _missed_line(key: FaultKey, draft: Draft, setting: Setting) -> str:
    missed = draft.missed[key]
    words = _line(_WERE, key, missed.fault, setting, missed.until)
    lasted = span(missed.until - missed.fault.since, setting.language)
    times = _said(_TIMES, setting, n=missed.times) if missed.times > 1 else ""
    return f"{_in(setting, _OVER_BY_NOW)}: {words} ({lasted}{times})"


def _named(key: FaultKey, fault: Fault, setting: Setting) -> str:
    """`Port7 (left shelf, +4670…001, no SIM, 15 min)`."""
    label = setting.labels.get(key.subject, "")
    facts = (
        label,
        fault.number,
        _in(setting, fault.detail),
        span(setting.now - fault.since, setting.language),
    )
    return f"{key.subject} ({', '.join(filter(None, facts))})"


def _called(key: FaultKey, setting: Setting) -> str:
    label = setting.labels.get(key.subject, "")
    return f"{key.subject} ({label})" if label else key.subject


def _some(named: Sequence[str], setting: Setting) -> str:
    more = len(named) - MOST_NAMED
    return ", ".join(named[:MOST_NAMED]) + (_said(_MORE, setting, n=more) if more > 0 else "")


def _line(table: Mapping[Rule, Words], key: FaultKey, fault: Fault, setting: Setting, until: float) -> str:
    return _said(
        table[key.rule], setting,
        subject=_called(key, setting), level=fault.level, t=span(until - fault.since, setting.language),
        modules=_counted(fault.count, "module", ("модуль", "модуля", "модулей"), setting),
        sims=_counted(fault.count, "SIM", ("SIM-карта", "SIM-карты", "SIM-карт"), setting),
    )  # fmt: skip


def _modules(words: Words, count: int, setting: Setting) -> str:
    lost = russian_form(count, "Потерян", "Потеряно", "Потеряно")
    modules = _counted(count, "module", ("модуль", "модуля", "модулей"), setting)
    return _said(words, setting, modules=modules, lost=lost)


def _counted(count: int, english: str, russian: tuple[str, str, str], setting: Setting) -> str:
    if setting.language == "ru":
        return f"{count} {russian_form(count, *russian)}"
    return counted(count, english)


def _said(words: Words, setting: Setting, **values: object) -> str:
    return _in(setting, words).format(**values)


def _in(setting: Setting, words: Words) -> str:
    return words[setting.language == "ru"]


def _by_key(item: tuple[FaultKey, object]) -> tuple[tuple[int, str], ...]:
    return natural(item[0].subject)
