"""What people see of the agent at one instant.

Responsible for the values that the page, the API, the commands and the metrics show, and for their JSON
(docs/design.md §9). Instants are kept as they were taken, on the agent's clock, and become ages only when they are
printed: so a row equals itself until something changed. Must not know how any of it came to be, nor HTTP.
"""

from __future__ import annotations

import enum
from dataclasses import dataclass
from typing import Any

from agent.onlinesim.report import ReportOutcome
from drivers.observation import Registration

REPORT_WINDOW_S = 300.0
"""An account that was not heard of for so long counts as down at Onlinesim (docs/design.md §1)."""

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Words:
    """One text for people in each language we speak."""

    en: str
    ru: str

    def spoken(self, lang: str) -> str:
        """The text in `lang` ("en" or "ru"); English for any other."""
        return self.ru if lang == "ru" else self.en


@dataclass(frozen=True, slots=True, kw_only=True)
class SharedPortRow:
    """Another program that uses a module's port through us."""

    since_at: float
    """On the agent's clock."""
    waited_s: float
    """How long its last command waited for our question to end."""
    held_us_s: float = 0.0
    """How long our last question waited for its command to end."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ModuleRow:
    """One module as people see it. `*_at` are seconds on the agent's clock; what is not known is None."""

    name: str
    reason: str
    """`live`, or the value of the verdict's reason (docs/design.md §4)."""
    text: Words
    live: bool
    ports: tuple[str, ...] = ()
    imei: str | None = None
    model: str | None = None
    iccid: str | None = None
    imsi: str | None = None
    number: str | None = None
    operator: str | None = None
    registration: Registration | None = None
    signal_dbm: int | None = None
    seen_at: float | None = None
    """When the newest complete observation began."""
    group: str = ""
    """The hub or pool that holds the module, as a label for people; rows of a group stand together."""
    driver: str = ""
    since_at: float | None = None
    """Since when the verdict is what it is."""
    source: str | None = None
    """Where the number is from: `config`, `file`, `cnum`, `ef_msisdn`, `learned`, `ussd`."""
    restarts: int = 0
    """How often the module restarted, or its port was opened again, since the agent started."""
    guest: SharedPortRow | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportRow:
    """One request to Onlinesim, and what was answered."""

    at: float
    """UNIX time."""
    done_at: float
    """On the agent's clock."""
    outcome: ReportOutcome
    numbers: int
    """How many numbers the list held that was sent."""
    message: str = ""
    """Onlinesim's reason in its own words, or what went wrong on the way; empty where accepted."""
    status: int | None = None
    """The HTTP status, where there was one."""
    took_s: float = 0.0
    mend: Words | None = None
    """What to do about it; None where nothing is to be done."""

    def advice(self, lang: str) -> str:
        """What was answered, and what to do about it."""
        return "; ".join(filter(None, (self.message, self.mend.spoken(lang) if self.mend else "")))


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentFacts:
    """What is true of the agent from its start to its end."""

    version: str
    started_at: float
    """On the agent's clock."""
    sandbox: bool
    mode: str = "list"
    test: str | None = None
    """`test1` or `test2` where the config asks for it: nothing is sold."""


class BannerKind(enum.StrEnum):
    """What stands across the top of the page, worst first."""

    REFUSED = "refused"
    LATE = "late"
    FAILED = "failed"
    SANDBOX = "sandbox"
    TEST = "test"
    STARTING = "starting"
    NOTICE = "notice"


@dataclass(frozen=True, slots=True, kw_only=True)
class Snapshot:
    """Everything that people see, at one instant."""

    cap: int
    modules: tuple[ModuleRow, ...]
    """In the configured order."""
    agent: AgentFacts
    reports: tuple[ReportRow, ...] = ()
    """The newest requests, newest first."""
    accepted_at: float | None = None
    """When the newest accepted report was accepted, on the agent's clock."""
    heartbeat_at: float | None = None
    """When the next heartbeat is due, on the agent's clock; None while the first report still waits."""
    missed_windows: int = 0
    notices: tuple[Words, ...] = ()
    """Faults of the agent itself that the operator can mend, such as a store that cannot be written."""

    @property
    def live(self) -> int:
        """How many SIMs are live."""
        return sum(row.live for row in self.modules)

    @property
    def last_report(self) -> ReportRow | None:
        """The newest request, whatever became of it."""
        return self.reports[0] if self.reports else None

    def accepted_age(self, now: float) -> float | None:
        """Seconds since a report was last accepted."""
        return None if self.accepted_at is None else age(self.accepted_at, now)


def selling(snapshot: Snapshot, now: float) -> bool:
    """Whether Onlinesim counts this account as up: a real report was accepted within five minutes."""
    accepted_s = snapshot.accepted_age(now)
    return (
        not snapshot.agent.sandbox
        and not snapshot.agent.test
        and accepted_s is not None
        and accepted_s < REPORT_WINDOW_S
    )


def to_json(snapshot: Snapshot, now: float, lang: str = "en") -> Json:
    """The body of `/api/v1/status`. `now` is on the clock of the snapshot's instants."""
    return head_json(snapshot, now, lang) | {
        "modules": [row_json(row, now, lang) for row in snapshot.modules]
    }


def head_json(snapshot: Snapshot, now: float, lang: str = "en") -> Json:
    """All of `to_json` but the modules."""
    last = snapshot.last_report
    facts = snapshot.agent
    due = snapshot.heartbeat_at
    return {
        "live": snapshot.live,
        "cap": snapshot.cap,
        "last_report": None if last is None else report_json(last, now),
        "next_heartbeat_s": None if due is None else round(max(0.0, due - now), 1),
        "accepted_s": snapshot.accepted_age(now),
        "selling": selling(snapshot, now),
        "reports": [report_json(report, now) for report in snapshot.reports],
        "missed_windows": snapshot.missed_windows,
        "banners": banners(snapshot, now, lang),
        "agent": {
            "version": facts.version,
            "uptime_s": age(facts.started_at, now),
            "sandbox": facts.sandbox,
            "mode": facts.mode,
            "test": facts.test,
        },
    }


def row_json(row: ModuleRow, now: float, lang: str = "en") -> Json:
    """One module as docs/design.md §9 has it, and what the page needs besides; also a line of `scan --json`."""
    return {
        "name": row.name,
        "ports": list(row.ports),
        "imei": row.imei,
        "model": row.model,
        "iccid": row.iccid,
        "imsi": row.imsi,
        "number": row.number,
        "operator": row.operator,
        "registration": None if row.registration is None else row.registration.name.lower(),
        "signal_dbm": row.signal_dbm,
        "live": row.live,
        "reason": row.reason,
        "text": row.text.spoken(lang),
        "seen_s": age(row.seen_at, now),
        "group": row.group,
        "driver": row.driver,
        "since_s": age(row.since_at, now),
        "source": row.source,
        "restarts": row.restarts,
        "guest": None
        if row.guest is None
        else {
            "since_s": age(row.guest.since_at, now),
            "waited_s": round(row.guest.waited_s, 3),
            "held_us_s": round(row.guest.held_us_s, 3),
        },
    }


def report_json(report: ReportRow, now: float) -> Json:
    """One request to Onlinesim."""
    return {
        "at": round(report.at, 3),
        "age_s": age(report.done_at, now),
        "outcome": report.outcome.value,
        "numbers": report.numbers,
        "message": report.message,
        "status": report.status,
        "took_s": round(report.took_s, 3),
    }


def banners(snapshot: Snapshot, now: float, lang: str = "en") -> list[Json]:
    """What the operator must not overlook, worst first: `{"kind", "text"}`."""
    found = _report_banners(snapshot, now, lang)
    if snapshot.agent.sandbox:
        found.append((BannerKind.SANDBOX, ""))
    if snapshot.agent.test:
        found.append((BannerKind.TEST, snapshot.agent.test))
    found.extend((BannerKind.NOTICE, notice.spoken(lang)) for notice in snapshot.notices)
    return [{"kind": kind.value, "text": text} for kind, text in found]


def _report_banners(snapshot: Snapshot, now: float, lang: str) -> list[tuple[BannerKind, str]]:
    last = snapshot.last_report
    found: list[tuple[BannerKind, str]] = []
    if last is not None and last.outcome is ReportOutcome.REFUSED:
        found.append((BannerKind.REFUSED, last.advice(lang)))
    silent_since = snapshot.agent.started_at if snapshot.accepted_at is None else snapshot.accepted_at
    if now - silent_since >= REPORT_WINDOW_S and not snapshot.agent.test:
        found.append((BannerKind.LATE, ""))
    if last is not None and last.outcome is ReportOutcome.TROUBLE:
        found.append((BannerKind.FAILED, last.advice(lang)))
    if last is None and not found:
        found.append((BannerKind.STARTING, ""))
    return found


def age(at: float | None, now: float) -> float | None:
    """How many seconds ago an instant was; None where there was none."""
    return None if at is None else round(max(0.0, now - at), 1)
