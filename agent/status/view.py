"""The running agent as people see it: what bank, reporter and store know, as the values of `snapshot`."""

from __future__ import annotations

from collections import deque
from collections.abc import AsyncGenerator, Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Final

from agent.bank.at_log import MOST_MODULES, AtLogs, TraceLine
from agent.bank.bank import Bank
from agent.bank.member import Member
from agent.decision.last_sims import LastSims
from agent.decision.reporting import Reporting
from agent.decision.verdict import Decision, Reason, Verdict
from agent.fleet.state import FleetState, FleetView
from agent.language import Bilingual
from agent.onlinesim.advice import advice_for
from agent.onlinesim.failure_texts import reason_in
from agent.onlinesim.messages import NumberEntry, SendNumbersOnline, Test
from agent.onlinesim.number_asker import TimedAnswer
from agent.onlinesim.outcome import Failed, Refusal
from agent.onlinesim.report import Report, ReportOutcome
from agent.onlinesim.reporter import LONGEST_TURN_S, Reporter
from agent.status.alerts_row import AlertsRow
from agent.status.fleet_texts import banners, doubt_row
from agent.status.health import Progress
from agent.status.notices import Notices
from agent.status.rows import RowFacts, module_row, row_facts, verdict_text, was_row
from agent.status.snapshot import (
    AgentFacts,
    DoubtRow,
    ModuleDetails,
    ModuleRow,
    ReportRow,
    SharedPortRow,
    Snapshot,
    VerdictChange,
)
from agent.store.history import History, Minute
from agent.store.past import REPORTS_SHOWN, SentReport
from drivers.sharing import SharedPorts

VERDICTS_SHOWN: Final = 50
BANK_TURN: Final = 20.0
"""Seconds within which the bank lists its ports, even where sysfs is slow."""


class StatusView:
    """What the status server and the metrics show. No method blocks or takes long.

    `entries` is what would be sent now, `answers` what Onlinesim says of each number, `shared_port` who uses a module's
    port (by module name), `at_log` a module's AT dialogue; `clock` is the agent's clock and `wall` UNIX time.
    """

    def __init__(
        self,
        *,
        bank: Bank,
        reporter: Reporter,
        facts: AgentFacts,
        entries: Callable[[], Sequence[NumberEntry]],
        answers: Callable[[], Mapping[str, TimedAnswer]],
        shared_ports: SharedPorts,
        notices: Notices,
        at_logs: AtLogs,
        clock: Callable[[], float],
        wall: Callable[[], float],
        last_sims: LastSims,
        fleet: FleetView | None = None,
        alerts: Callable[[], AlertsRow] = AlertsRow,
    ) -> None:
        self.history_of_day = History()
        self.last_sims = last_sims
        self._started = False
        self.facts = facts
        self.labels: Mapping[str, str] = {}
        """Names that people gave to modules and hubs (`labels` in config.yaml)."""
        self._bank = bank
        self._reporter = reporter
        self._entries = entries
        self._answers = answers
        self._shared_ports = shared_ports
        self._notices = notices
        self._at_logs = at_logs
        self._clock = clock
        self._wall = wall
        self._fleet = fleet
        self._alerts = alerts
        self._reports: deque[ReportRow] = deque(maxlen=REPORTS_SHOWN)
        self._earlier: tuple[ReportRow, ...] = ()
        self._verdicts: dict[str, deque[VerdictChange]] = {}
        self._noted: dict[str, Reason] = {}
        """The last reason noted for each module."""
        self._rows: dict[str, tuple[RowFacts, ModuleRow]] = {}
        """The rows of the newest snapshot, by what they were made of."""
        self._shown: dict[str, ModuleRow] = {}
        """The same with what `_with_more` adds."""

    def snapshot(self) -> Snapshot:
        """Return the current state."""
        state, answers = self._reporter.state(), self._answers()
        fleet = self.fleet_state()
        self._rows = {
            member.place.name: self._row(member, answers)
            for member in sorted(self._bank.members.values(), key=lambda member: member.place.order)
        }
        self._shown = {row.name: row for row in self._with_more(_doubts(fleet))}
        return Snapshot(
            at=self._clock(),
            cap=self._bank.policy.cap,
            modules=tuple(self._shown.values()),
            agent=self.facts,
            reports=tuple(self._reports),
            earlier=self._earlier[: REPORTS_SHOWN - len(self._reports)],
            accepted_at=later(state.accepted_at, fleet.accepted_at if fleet is not None else None),
            heartbeat_at=state.heartbeat_at,
            missed_windows=state.missed_windows,
            notices=tuple(self._notices.current()),
            fleet=fleet,
            fleet_banners=tuple(banners(fleet)) if fleet is not None else (),
            alerts=self._alerts(),
        )

    def looked_at(self) -> Snapshot:
        """Return the same for somebody who looks on: in a fleet the other hosts are read more often for a while."""
        if self._fleet is not None:
            self._fleet.watched()
        return self.snapshot()

    def _row(self, member: Member, answers: Mapping[str, TimedAnswer]) -> tuple[RowFacts, ModuleRow]:
        """Return the row of a module and what it is made of: the one of the last snapshot while that is the same."""
        name = member.place.name
        facts = row_facts(member, self._bank.decision, self._shared_port_row(name), answers, self.labels)
        made = self._rows.get(name)
        return made if made is not None and made[0] == facts else (facts, module_row(facts))

    def _with_more(self, doubts: Mapping[str, DoubtRow]) -> Iterator[ModuleRow]:
        """Yield the rows with what other modules and hosts have to do with them."""
        holders = {row.iccid: row.name for _, row in self._rows.values() if row.iccid is not None}
        for _, row in self._rows.values():
            last = self.last_sims.of(row.name) if row.iccid is None else None
            more = row
            if row.live and row.name in doubts:
                more = replace(row, doubt=doubts[row.name])
            elif last is not None:
                more = replace(row, was=was_row(last, holders.get(last.iccid)))
            before = self._shown.get(row.name)
            # The very one where it is equal: each reader skips those at once.
            yield before if before is not None and before == more else more

    def fleet_state(self) -> FleetState | None:
        """Return the fleet at this moment, None for a host alone."""
        return self._fleet.state() if self._fleet is not None else None

    def note_live(self) -> None:
        """Record how many SIMs are live, once the start is over: before that nobody knows, and 0 would be a lie."""
        self._started = self._started or self._bank.reporting is not Reporting.STARTING
        if self._started:
            self.history_of_day.record(self._wall(), len(self._bank.decision.live), self._bank.policy.cap)

    def history(self) -> Sequence[Minute]:
        """Return the last 24 hours."""
        return self.history_of_day.minutes(self._wall())

    def details(self, name: str) -> ModuleDetails | None:
        """Return what is known of a module beyond its row; None if there is no such module."""
        if name not in self._bank.members:
            return None
        return ModuleDetails(
            answers=self._at_logs.of(name).answers, verdicts=tuple(self._verdicts.get(name, ()))
        )

    def payload(self) -> bytes:
        """Return the exact body that would be sent to Onlinesim now."""
        test: Test | None = (
            "test1" if self.facts.test == "test1" else "test2" if self.facts.test == "test2" else None
        )
        return SendNumbersOnline(numbers=tuple(self._entries()), test=test).body

    def trace(self, ports: Collection[str]) -> AsyncGenerator[TraceLine, None] | None:
        """Yield the dialogue on these ports from now on, by port path or module name; without any on all.

        None if one is neither. A slow reader loses the oldest of a bounded number of lines.
        """
        names = []
        for port in ports:
            members = self._bank.members.items()
            name = next((name for name, one in members if port == name or port in one.place.ports), None)
            if name is None:
                return None
            names.append(name)
        return self._at_logs.follow(names)

    def progress(self) -> Progress:
        """Return when each part last made progress, and how long it may take."""
        return {
            "bank": (self._bank.ports_listed_at, BANK_TURN),
            "reporter": (self._reporter.progress(), LONGEST_TURN_S),
        }

    def _shared_port_row(self, module: str) -> SharedPortRow | None:
        port = self._shared_ports.port(module)
        client = port.client if port is not None else None
        if client is None:
            return None
        return SharedPortRow(
            since_at=client.since_at, waited_s=client.waited_s, question_waited_s=client.question_waited_s
        )

    def restore_reports(self, reports: Iterable[SentReport]) -> None:
        """Show requests of earlier runs behind those of this one; the newest first."""
        began = self._wall() - self._clock()
        self._earlier = tuple(
            ReportRow(
                at=one.at,
                done_at=one.at + one.took_s - began,
                outcome=ReportOutcome(one.outcome),
                numbers=one.numbers,
                message=Bilingual.of(partial(reason_in, one.message)),
                status=one.status,
                took_s=one.took_s,
            )
            for one in reports
            if one.outcome in set(ReportOutcome)
        )

    def note_report(self, report: Report) -> ReportRow:
        """Add a finished request to the last reports and to the history."""
        row = ReportRow(
            at=report.at,
            done_at=report.done_at,
            outcome=report.result,
            numbers=report.numbers,
            message=Bilingual.of(partial(reason_in, report.reason)),
            status=report.status,
            took_s=report.took,
            advice=_advice(report),
        )
        self._reports.appendleft(row)
        self.history_of_day.report(self._wall(), row.outcome)
        return row

    def note_verdicts(self, decision: Decision) -> None:
        """Add the verdicts of a decision that are new to the history of their modules."""
        if len(self._noted) > 2 * len(decision.verdicts) + 64:  # those of modules that went for good
            self._noted = {name: self._noted[name] for name in self._noted.keys() & decision.verdicts.keys()}
        for name in decision.judged:
            verdict, sim = decision.verdicts[name], decision.live.get(name)
            if self._noted.get(name) is not verdict.reason:
                self._noted[name] = verdict.reason
                self._note_verdict(verdict, sim.number.text if sim is not None else None)

    def _note_verdict(self, verdict: Verdict, number: str | None) -> None:
        changes = self._verdicts.pop(verdict.module, None) or deque(maxlen=VERDICTS_SHOWN)
        self._verdicts[verdict.module] = changes
        if len(self._verdicts) > MOST_MODULES:
            del self._verdicts[next(iter(self._verdicts))]
        text = verdict_text(verdict.reason, verdict.detail)
        changes.appendleft(VerdictChange(at=self._wall(), reason=verdict.reason, text=text, number=number))

    def renamed(self, names: Mapping[str, str]) -> None:
        """Know the modules by other names; `names` has the new ones by the old ones."""
        self._verdicts = {names.get(name, name): changes for name, changes in self._verdicts.items()}
        self._noted = {names.get(name, name): reason for name, reason in self._noted.items()}


def _doubts(fleet: FleetState | None) -> Mapping[str, DoubtRow]:
    """Return what the fleet doubts of this host, by module."""
    if fleet is None:
        return {}
    return {doubt.module: doubt_row(doubt) for doubt in fleet.doubts if doubt.host == fleet.host}


def later(one: float | None, other: float | None) -> float | None:
    """Return the later of two instants, either of which may not have been."""
    return max((at for at in (one, other) if at is not None), default=None)


def _advice(report: Report) -> Bilingual | None:
    if not isinstance(report.outcome, Refusal | Failed):
        return None
    return Bilingual.of(partial(advice_for, report.outcome.kind))
