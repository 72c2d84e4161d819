"""What a message says: one line for each kind of fault, however many modules have it. Pure."""

from __future__ import annotations

import enum
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from agent.alerts.fault_book import Ended, Fault
from agent.alerts.outbox import Draft
from agent.alerts.rule import FaultKey, Rule, told_order
from agent.formats.durations import span
from agent.formats.masking import masked
from agent.formats.printable import one_line
from agent.language import N_, N_n, translation
from drivers.ports.ports import natural

Words = str | tuple[str, str]
"""A text, or its two forms for the catalogue, by the number of modules or SIMs."""

MOST_NAMED: Final = 10
"""Modules that a line names; of the others it says how many they are."""
LONGEST_LINE: Final = 500
LONGEST_TITLE: Final = 120

_BEGINS: Final[Mapping[Rule, Words]] = {
    Rule.REFUSED: N_("Onlinesim refuses the reports"),
    Rule.NOTHING_ACCEPTED: N_("Onlinesim has accepted no report for {t}"),
    Rule.HOST_LOST: N_("Host {subject} has not answered for {t}"),
    Rule.LIVE_BELOW: N_n(
        "Only {n} SIM live for {t}, fewer than {level}",
        "Only {n} SIMs live for {t}, fewer than {level}",
    ),
    Rule.HUB_LOST: N_n(
        "Hub {subject} with {n} module lost for {t}",
        "Hub {subject} with {n} modules lost for {t}",
    ),
    Rule.MODULE_LOST: N_n("{n} module lost", "{n} modules lost"),
    Rule.STORE_FAILED: N_("The database cannot be written"),
}
_ENDS: Final[Mapping[Rule, Words]] = {
    Rule.REFUSED: N_("Onlinesim refuses no longer, after {t}"),
    Rule.NOTHING_ACCEPTED: N_("Reports are accepted again, after {t}"),
    Rule.HOST_LOST: N_("Host {subject} answers again, after {t}"),
    Rule.LIVE_BELOW: N_n("{n} SIM live again, after {t}", "{n} SIMs live again, after {t}"),
    Rule.HUB_LOST: N_("Hub {subject} is back, after {t}"),
    Rule.MODULE_LOST: N_n("{n} module back", "{n} modules back"),
    Rule.STORE_FAILED: N_("The database can be written again, after {t}"),
}
_WERE: Final[Mapping[Rule, Words]] = {
    Rule.REFUSED: N_("reports refused"),
    Rule.NOTHING_ACCEPTED: N_("no report accepted"),
    Rule.HOST_LOST: N_("host {subject} did not answer"),
    Rule.LIVE_BELOW: N_("fewer than {level} SIMs live"),
    Rule.HUB_LOST: N_("hub {subject} lost"),
    Rule.MODULE_LOST: N_("{subject} lost"),
    Rule.STORE_FAILED: N_("database not writable"),
}
_OVER_BY_NOW: Final = N_("Over by now")
_LIVE: Final = N_("{live} of {all} modules live")
_TEST: Final = N_("Test message: alerts from this host arrive")
_MORE: Final = N_(" and {n} more")
_TIMES: Final = N_n(", {n} time", ", {n} times")


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
            why = new[key].detail.localized(setting.language)
            lines.append(_line(_BEGINS, key, new[key], setting, setting.now) + (f": {why}" if why else ""))
        elif lost:
            named = [_named(key, fault, setting) for key, fault in sorted(lost.items(), key=_by_key)]
            lines.append(f"{_said(_BEGINS[Rule.MODULE_LOST], setting, n=len(lost))}: {_some(named, setting)}")
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
        lines.append(f"{_said(_ENDS[Rule.MODULE_LOST], setting, n=len(back))}: {_some(named, setting)}")
    return lines


def _missed_line(key: FaultKey, draft: Draft, setting: Setting) -> str:
    missed = draft.missed[key]
    words = _line(_WERE, key, missed.fault, setting, missed.until)
    lasted = span(missed.until - missed.fault.since, setting.language)
    times = _said(_TIMES, setting, n=missed.times) if missed.times > 1 else ""
    return f"{_said(_OVER_BY_NOW, setting)}: {words} ({lasted}{times})"


def _named(key: FaultKey, fault: Fault, setting: Setting) -> str:
    """`Port7 (left shelf, +4670…001, no SIM, 15 min)`."""
    label = setting.labels.get(key.subject, "")
    facts = (
        label,
        fault.number,
        fault.detail.localized(setting.language),
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
        subject=_called(key, setting), level=fault.level, n=fault.count,
        t=span(until - fault.since, setting.language),
    )  # fmt: skip


def _said(words: Words, setting: Setting, *, n: int = 0, **values: object) -> str:
    texts = translation(setting.language)
    text = texts.gettext(words) if isinstance(words, str) else texts.ngettext(*words, n)
    return text.format(n=n, **values)


def _by_key(item: tuple[FaultKey, object]) -> tuple[tuple[int, str], ...]:
    return natural(item[0].subject)
