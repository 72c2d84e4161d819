"""What people see of the agent at one instant.

Instants (`*_at`) are on the agent's clock where nothing else is said, and become ages only in JSON (`encode`): so a
row equals itself until something changed.
"""

from __future__ import annotations

import enum
from dataclasses import dataclass, field

from agent.bank.at_log import Answer
from agent.fleet.state import FleetState, HostState
from agent.language import NO_TEXT, Bilingual
from agent.onlinesim.number_answer import NumberStatus
from agent.onlinesim.report import ReportOutcome, shown
from agent.status.alerts_row import AlertsRow
from drivers.observation import Registration

REPORT_WINDOW_S = 300.0
"""Onlinesim counts an account as down after so long without a report (docs/design.md §1)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SharedPortRow:
    """Another program that uses a module's port through us. Durations are those of the newest command, in seconds."""

    since_at: float
    waited_s: float
    """How long its command waited for our question to end."""
    question_waited_s: float = 0.0
    """How long our question waited for its command to end."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OnlinesimRow:
    """What Onlinesim says of a live number; None is unknown."""

    status: str
    """A `NumberStatus`."""
    failed: int | None = None
    """Operations in which no message came."""
    banned: bool | None = None
    """After three failed operations, for at most 24 hours."""
    banned_services: tuple[str, ...] = ()
    rent: bool | None = None
    """Whether the account may offer numbers for rent."""
    income: float | None = None
    """Roubles that the number has earned."""
    checked_at: float
    """When Onlinesim was asked."""
    detail: Bilingual = NO_TEXT
    """Why the status is unknown."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DoubtRow:
    """Another host of the fleet claims a module's SIM or number too, so it is in neither's list."""

    claim: str
    """`card` or `number`."""
    where: str
    """The other host and its module; of several the first."""
    text: Bilingual


@dataclass(frozen=True, slots=True, kw_only=True)
class WasRow:
    """The SIM that a module without one held last. It is nobody's number now, and never reported."""

    iccid: str
    number: str | None
    """The one that it had there; None where that was not known."""
    until_at: float
    """When it was last known to be there."""
    now_in: str | None
    """The module that holds it now."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ModuleRow:
    """One module, in the order of docs/design.md §9; None is not known."""

    name: str
    ports: tuple[str, ...] = ()
    imei: str | None = None
    model: str | None = None
    iccid: str | None = None
    imsi: str | None = None
    number: str | None = None
    operator: str | None = None
    registration: Registration | None = None
    signal_dbm: int | None = None
    live: bool
    reason: str
    """`live`, or the value of the verdict's reason (docs/design.md §4)."""
    text: Bilingual
    seen_at: float | None = None
    """When the newest complete observation began."""
    group: str = ""
    """Label of the hub or pool that holds the module; rows of a group stand together."""
    place: str = ""
    """Where it is plugged in; an address for a port without a USB place."""
    driver: str = ""
    since_at: float | None = None
    """When the verdict became what it is."""
    source: str | None = None
    """Where the number is from: `config`, `file`, `cnum`, `ef_msisdn`, `learned`, `ussd`."""
    restarts: int = 0
    """How often the module restarted, or its port was reopened, since the agent started."""
    label: str = ""
    """The name that people gave to the module, and to its hub."""
    group_label: str = ""
    client: SharedPortRow | None = None
    onlinesim: OnlinesimRow | None = None
    """None where Onlinesim was not asked about the number (yet)."""
    doubt: DoubtRow | None = None
    """The verdict stays `live`: it says what this host knows."""
    was: WasRow | None = None
    """Only beside `iccid` None, so never of a live module."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportRow:
    """One finished request to Onlinesim."""

    at: float
    """UNIX time at which it was sent."""
    done_at: float
    outcome: ReportOutcome
    numbers: int
    """How many numbers the list held."""
    message: Bilingual = NO_TEXT
    """Onlinesim's reason in its own words, or what went wrong on the way; empty where accepted."""
    status: int | None = None
    """HTTP status."""
    took_s: float = 0.0
    advice: Bilingual | None = None
    """The next step for the operator."""

    def explained(self, lang: str) -> str:
        """Return the message and the advice."""
        return "; ".join(
            filter(None, (self.message.localized(lang), self.advice.localized(lang) if self.advice else ""))
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class VerdictChange:
    """A module's verdict became this one."""

    at: float
    """UNIX time."""
    reason: str
    text: Bilingual
    number: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ModuleDetails:
    """What is known of one module beyond its row."""

    answers: tuple[Answer, ...] = ()
    """The newest to each command, in the order in which they were asked."""
    verdicts: tuple[VerdictChange, ...] = ()
    """Newest first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentFacts:
    """The agent itself."""

    version: str
    started_at: float
    sandbox: bool
    mode: str = "list"
    test: str | None = None
    """`test1` or `test2` if config.yaml asks for it: nothing is sold."""


class BannerKind(enum.StrEnum):
    """What the top of the page shows, worst first."""

    REFUSED = "refused"
    LATE = "late"
    REPLACED = "replaced"
    FAILED = "failed"
    SANDBOX = "sandbox"
    TEST = "test"
    STARTING = "starting"
    NOTICE = "notice"
    FLEET_OUT = "fleet_out"
    FLEET = "fleet"
    FLEET_WAIT = "fleet_wait"


@dataclass(frozen=True, slots=True, kw_only=True)
class Snapshot:
    """Everything that people see, at one instant."""

    at: float
    """When it was taken."""
    cap: int
    modules: tuple[ModuleRow, ...]
    """In the configured order."""
    agent: AgentFacts
    reports: tuple[ReportRow, ...] = ()
    """The newest requests, newest first."""
    earlier: tuple[ReportRow, ...] = ()
    """Those of earlier runs, newest first: shown behind them, and no reason for a banner."""
    accepted_at: float | None = None
    """When a report was last accepted."""
    heartbeat_at: float | None = None
    """When the next heartbeat is due; None until the first report was sent."""
    missed_windows: int = 0
    notices: tuple[Bilingual, ...] = ()
    """Faults of the agent itself that the operator can fix."""
    alerts: AlertsRow = field(default_factory=AlertsRow)
    fleet: FleetState | None = None
    """None for a host alone."""
    fleet_banners: tuple[tuple[BannerKind, Bilingual], ...] = ()

    @property
    def follows(self) -> bool:
        """Whether another host of the fleet reports, or should."""
        return self.fleet is not None and self.fleet.state is not HostState.LEADER

    @property
    def live(self) -> int:
        """How many SIMs are live."""
        return sum(row.live for row in self.modules)

    @property
    def not_on_account(self) -> list[str]:
        """The numbers that are reported, and of which Onlinesim says that they are not on this account."""
        return [
            row.number or row.name
            for row in self.modules
            if row.onlinesim is not None and row.onlinesim.status == NumberStatus.NOT_ON_ACCOUNT
        ]

    def accepted_age(self, now: float) -> float | None:
        """Seconds since a report was last accepted."""
        return age(self.accepted_at, now)

    def selling(self, now: float) -> bool:
        """Whether Onlinesim counts this account as up: a real report was accepted within five minutes."""
        accepted_s = self.accepted_age(now)
        real = not self.agent.sandbox and not self.agent.test
        if self.follows and not (self.fleet is not None and self.fleet.ready):
            return False
        return real and accepted_s is not None and accepted_s < REPORT_WINDOW_S

    def banners(self, now: float, lang: str = "en") -> list[tuple[BannerKind, str]]:
        """Return what the operator must not overlook, worst first, each with its details."""
        found = self._report_banners(now, lang)
        if self.agent.sandbox:
            found.append((BannerKind.SANDBOX, ""))
        if self.agent.test:
            found.append((BannerKind.TEST, self.agent.test))
        found += [(kind, text.localized(lang)) for kind, text in self.fleet_banners]
        return found + [(BannerKind.NOTICE, notice.localized(lang)) for notice in self.notices]

    def _report_banners(self, now: float, lang: str) -> list[tuple[BannerKind, str]]:
        last = self.reports[0] if self.reports and not self.follows else None
        found: list[tuple[BannerKind, str]] = []
        if last is not None and last.outcome is ReportOutcome.REFUSED:
            found.append((BannerKind.REFUSED, last.explained(lang)))
        since = self.agent.started_at if self.accepted_at is None else self.accepted_at
        if now - since >= REPORT_WINDOW_S and not self.agent.test:
            found.append((BannerKind.LATE, ""))
        if self.not_on_account:
            found.append((BannerKind.REPLACED, shown(self.not_on_account)))
        if last is not None and last.outcome is ReportOutcome.FAILED:
            found.append((BannerKind.FAILED, last.explained(lang)))
        if last is None and not found and not self.follows:
            found.append((BannerKind.STARTING, ""))
        return found


def age(at: float | None, now: float) -> float | None:
    """Return how many seconds ago an instant was, never below zero; None for None."""
    return None if at is None else round(max(0.0, now - at), 1)
