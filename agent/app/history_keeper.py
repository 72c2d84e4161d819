"""What was, on its way to the store: changes of modules and SIMs from decisions, and finished requests to Onlinesim."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from typing import Final

from agent.bank.bank import Bank
from agent.decision.changes import Change, Changes
from agent.decision.last_sims import LastSim, LastSims
from agent.decision.verdict import Decision
from agent.onlinesim.messages import AddNumber, RemoveNumber, SendNumbersOnline
from agent.onlinesim.report import Report
from agent.store.change_rows import OF_MODULE, OF_SIM
from agent.store.past import Happened, SentReport
from agent.store.past_queries import NoPast, last_sims
from agent.store.store import Store
from drivers.offload import offload

_log = logging.getLogger(__name__)

RECALL_WITHIN: Final = 30.0
"""Seconds; nothing waits for it but what the page shows of modules without a SIM."""


class HistoryKeeper:
    """Writes only what has changed; nothing waits for it. `on_change` is called with each change of a module."""

    def __init__(
        self, bank: Bank, store: Store, *, last_sims: LastSims, on_change: Callable[[Change], None]
    ) -> None:
        self._bank = bank
        self._path = store.path
        self._past = store.past
        self._last_sims = last_sims
        self._on_change = on_change
        self._changes = Changes(store.cards.sims.__contains__)
        self._placed: set[str] = set()
        """The numbers that Onlinesim has from this run."""

    def decided(self, decision: Decision) -> None:
        """Keep what a decision has changed."""
        self._last_sims.decided(decision)
        self._keep(self._changes.of(decision, self._bank.waits_for, among=decision.judged))

    def _keep(self, changes: Sequence[Change]) -> None:
        if not changes:
            return
        for change in changes:
            if change.of_module:
                self._on_change(change)
        self._past.note(map(self._happened, changes))

    def tick(self, decision: Decision) -> None:
        """Note that all goes on; to be called every second."""
        if self._past.note_alive():
            self._changes.forget()
        self._keep(self._changes.of(decision, self._bank.waits_for))  # a card may count as known by now

    def renamed(self, names: Mapping[str, str]) -> None:
        """Take note that modules have other names from now on; `names` has the new ones by the old ones."""
        self._changes.rename(names)
        self._last_sims.rename(names)

    async def recall(self, *, now: float, wall: float) -> None:
        """Learn from the store which SIM each module held last; `now` and `wall` are one instant on both clocks."""
        try:
            found = await offload(
                lambda: last_sims(self._path, int(wall)), name="history", timeout=RECALL_WITHIN
            )
        except (NoPast, TimeoutError) as why:
            _log.info("history: which SIMs the modules held before is not known (%s)", why)
            return
        began = wall - now
        self._last_sims.restore(
            {name: LastSim(iccid, number, until - began) for name, (iccid, number, until) in found.items()}
        )

    def _happened(self, change: Change) -> Happened:
        member = self._bank.members.get(change.module)
        return Happened(
            kind=OF_MODULE * change.of_module + OF_SIM * change.of_sim,
            module=change.module,
            iccid=change.iccid,
            number=change.number,
            reason=change.reason,
            detail=change.detail,
            hub=member.place.group if member is not None else "",
        )

    def reported(self, report: Report) -> None:
        """Keep a finished request, with the numbers that it adds and takes away."""
        came, went = self._differences(report)
        self._past.note_report(
            SentReport(
                at=report.at,
                method=report.message.method,
                outcome=report.result.value,
                status=report.status,
                numbers=report.numbers,
                took_s=report.took,
                message=report.reason,
                came=came,
                went=went,
            )
        )
        if report.abandoned:
            self._placed.clear()
        elif report.accepted:
            self._placed.update(came)
            self._placed.difference_update(went)

    def _differences(self, report: Report) -> tuple[Sequence[str], Sequence[str]]:
        match report.message:
            case SendNumbersOnline(test=None):
                numbers = [entry.number for entry in report.message.numbers]
                new = [number for number in numbers if number not in self._placed]
                return new, sorted(self._placed.difference(numbers))
            case AddNumber(test=None):
                return [report.message.entry.number], []
            case RemoveNumber(test=None):
                return [], [report.message.number]
        return [], []
