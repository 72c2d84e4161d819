"""The running agent as people see it.

Responsible for putting together what the bank, the reporter and the store know into the values of `snapshot`, which
the page, the API, the metrics and the commands show. Must not change anything, and must not know HTTP.
"""

from __future__ import annotations

from collections import deque
from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from typing import Final

from agent.bank.at_log import AtLog, TraceLine
from agent.bank.bank import Bank
from agent.bank.member import Member
from agent.decision.texts import reason_text
from agent.decision.verdict import Decision, Reason, Verdict
from agent.onlinesim.advice import mend
from agent.onlinesim.messages import NumberEntry, SendNumbersOnline, Test
from agent.onlinesim.outcome import Failed, Refusal
from agent.onlinesim.report import Report
from agent.onlinesim.reporter import LONGEST_TURN_S, Reporter
from agent.status.details import ModuleDetails, VerdictChange
from agent.status.health import Health
from agent.status.model_name import model_name
from agent.status.snapshot import AgentFacts, ModuleRow, ReportRow, SharedPortRow, Snapshot, Words
from agent.store.history import History, Minute

REPORTS_SHOWN: Final = 20
VERDICTS_SHOWN: Final = 50
BANK_TURN: Final = 20.0
"""Seconds within which the bank looks at its ports, even where sysfs is slow."""


class StatusView:
    """Implements `StatusSource` for the running agent."""

    def __init__(
        self,
        *,
        bank: Bank,
        reporter: Reporter,
        facts: AgentFacts,
        entries: Callable[[], Sequence[NumberEntry]],
        guests: Callable[[str], SharedPortRow | None],
        notices: Callable[[], Sequence[Words]],
        dialogue: Callable[[str], AtLog],
        clock: Callable[[], float],
        wall: Callable[[], float],
    ) -> None:
        self.history_of_day = History()
        self.facts = facts
        self._bank = bank
        self._reporter = reporter
        self._entries = entries
        self._guests = guests
        self._notices = notices
        self._dialogue = dialogue
        self._clock = clock
        self._wall = wall
        self._reports: deque[ReportRow] = deque(maxlen=REPORTS_SHOWN)
        self._verdicts: dict[str, deque[VerdictChange]] = {}

    def snapshot(self) -> Snapshot:
        """The state of now."""
        state = self._reporter.state()
        members = sorted(self._bank.members.values(), key=lambda member: member.place.order)
        return Snapshot(
            cap=self._bank.policy.cap,
            modules=tuple(
                module_row(member, self._bank.decision, self._guests(member.place.name)) for member in members
            ),
            agent=self.facts,
            reports=tuple(self._reports),
            accepted_at=None if state.last_accepted is None else state.last_accepted.done_at,
            heartbeat_at=state.heartbeat_at,
            missed_windows=state.missed_windows,
            notices=tuple(self._notices()),
        )

    def history(self) -> Sequence[Minute]:
        """The last 24 hours."""
        return self.history_of_day.minutes(self._wall())

    def details(self, name: str) -> ModuleDetails | None:
        """What is known of a module beyond its row; None for a name that no module has."""
        if name not in self._bank.members:
            return None
        return ModuleDetails(
            answers=self._dialogue(name).answers, verdicts=tuple(self._verdicts.get(name, ()))
        )

    def payload(self) -> bytes:
        """The exact body that would be sent to Onlinesim now."""
        test: Test | None = (
            "test1" if self.facts.test == "test1" else "test2" if self.facts.test == "test2" else None
        )
        return SendNumbersOnline(numbers=tuple(self._entries()), test=test).body()

    def trace(self, port: str) -> AsyncGenerator[TraceLine, None] | None:
        """The dialogue from now on, for a port's path or a module's name; None where nobody has it."""
        for name, member in self._bank.members.items():
            if port == name or port in member.place.ports:
                return self._dialogue(name).listen()
        return None

    def health(self) -> Health:
        """Which parts make progress."""
        return Health(
            beats={
                "bank": (self._bank.beat, BANK_TURN),
                "reporter": (self._reporter.progress(), LONGEST_TURN_S),
            }
        )

    def note_report(self, report: Report) -> ReportRow:
        """Take note of a finished request."""
        row = ReportRow(
            at=report.at,
            done_at=report.done_at,
            outcome=report.result,
            numbers=report.numbers,
            message=report.words,
            status=report.status,
            took_s=report.took,
            mend=_mend(report),
        )
        self._reports.appendleft(row)
        self.history_of_day.report(self._wall(), row.outcome)
        return row

    def note_verdict(self, verdict: Verdict, number: str | None) -> None:
        """Take note of a module's new verdict."""
        changes = self._verdicts.setdefault(verdict.module, deque(maxlen=VERDICTS_SHOWN))
        text = words(verdict.reason, verdict.detail)
        changes.appendleft(VerdictChange(at=self._wall(), reason=verdict.reason, text=text, number=number))


def module_row(member: Member, decision: Decision, guest: SharedPortRow | None = None) -> ModuleRow:
    """Return one module as people see it."""
    verdict = decision.verdicts.get(member.place.name)
    reason = verdict.reason if verdict is not None else Reason.SILENT
    standing = decision.memory.standings.get(member.place.name)
    last = member.complete if member.card is not None else None
    number = member.resolution.number
    iccid, imsi = member.card or (None, None)
    return ModuleRow(
        name=member.place.name,
        reason=reason,
        text=words(reason, verdict.detail if verdict is not None else ""),
        live=reason is Reason.LIVE,
        ports=member.place.ports,
        imei=member.identity.imei if member.identity is not None else None,
        model=model_name(member.identity) if member.identity is not None else None,
        iccid=iccid,
        imsi=imsi,
        number=number.text if number is not None else None,
        operator=last.operator if last is not None else None,
        registration=standing.registration if standing is not None else None,
        signal_dbm=last.signal_dbm if last is not None else None,
        seen_at=member.complete.at if member.complete is not None else None,
        group=member.place.group,
        driver=member.observation.driver or (last.driver if last is not None else ""),
        since_at=verdict.since if verdict is not None else None,
        source=number.source.name.lower() if number is not None else None,
        restarts=_restarts(member),
        guest=guest,
    )


def _mend(report: Report) -> Words | None:
    """The next step after a request that did not go well."""
    if not isinstance(report.outcome, Refusal | Failed):
        return None
    kind = report.outcome.kind
    return Words(en=mend(kind), ru=mend(kind, "ru"))


def words(reason: Reason, detail: str = "") -> Words:
    """Return a verdict's sentence in both languages."""
    return Words(en=reason_text(reason, detail), ru=reason_text(reason, detail, "ru"))


def live_numbers(decision: Decision) -> Mapping[str, str]:
    """Numbers of the live set by module."""
    return {name: sim.number.text for name, sim in decision.live.items()}


def _restarts(member: Member) -> int:
    if member.watcher is None:
        return 0
    return member.watcher.restarts + max(0, member.watcher.reconnects - 1)
