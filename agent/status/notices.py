"""Faults of the agent itself that the operator can fix: the notices above the modules."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from functools import partial
from typing import Final

from agent.bank.bank_log import BankLog
from agent.bank.inventory import few_descriptors
from agent.bank.roster import clash_in
from agent.decision.verdict import Reason
from agent.language import N_, Bilingual, both, both_n
from agent.numbers.sims_file import SimsFile
from agent.onlinesim.advice import NOT_TAKEN, SET_CLOCK
from agent.onlinesim.report import shown
from agent.onlinesim.server_date import off_by
from agent.status.sharing_texts import shared_ports_in
from agent.store.problems import problem_in
from agent.store.store import Store
from drivers.sharing import SharedPorts

_STORE: Final = N_("Database: {why}")
_NOT_SHARED: Final = N_("Ports are not shared: {why}")
_CLASH: Final = N_("New ports are ignored: {why}")
_NOT_TAKEN: Final = N_("Onlinesim did not take {numbers}: {advice}")
_UNREAD: Final = N_("sims_file cannot be read: {why}; {meanwhile}")


class Notices:
    """The faults of one running agent.

    `bad_rows`: how many rows of the sims_file were skipped; `sims_file`: what it gave. `not_taken`: the numbers to
    which Onlinesim gave no id.
    """

    def __init__(self, *, store: Store, shared_ports: SharedPorts, bank_log: BankLog) -> None:
        self.bad_rows = 0
        self.sims_file = SimsFile()
        self.not_taken: tuple[str, ...] = ()
        self.wrong_clock: Bilingual | None = None
        """How far this host's clock is off, by the answers of Onlinesim."""
        self.unasked: Bilingual | None = None
        """Why nothing is reported, while no module of this run could be asked."""
        self.alerts: Bilingual | None = None
        """Why nobody can be told what is wrong."""
        self._store = store
        self._shared_ports = shared_ports
        self._bank_log = bank_log
        self._clash = ""
        self._few_descriptors: tuple[int, int, int] | None = None

    def set_clash(self, clash: str) -> None:
        """Take note of which names clash since a port came; "" where none do any more."""
        self._clash = clash

    def set_few_descriptors(self, few: tuple[int, int, int] | None) -> None:
        """Take note of the limit of open files, the modules, and what they need; None where it is enough."""
        self._few_descriptors = few

    def current(self) -> list[Bilingual]:
        """Return the faults there are now."""
        faults = (
            self.unasked,
            self.wrong_clock,
            _of(self._store.problem, _STORE, problem_in),
            _of(self._shared_ports.problem, _NOT_SHARED, shared_ports_in),
            _of(self._clash, _CLASH, clash_in),
            _bad_rows(self.bad_rows),
            both(_NOT_TAKEN, numbers=shown(self.not_taken), advice=both(NOT_TAKEN))
            if self.not_taken
            else None,
            _outage(self._bank_log.outage),
            self._unread(),
            few_descriptors(*self._few_descriptors) if self._few_descriptors is not None else None,
            self.alerts,
        )
        return [fault for fault in faults if fault is not None]

    def _unread(self) -> Bilingual | None:
        trouble = self.sims_file.trouble
        if trouble is None:
            return None
        return both(_UNREAD, why=both(trouble.reason), meanwhile=self.sims_file.meanwhile)


def _of(problem: str, text: str, retell: Callable[[str, str], str]) -> Bilingual | None:
    return both(text, why=Bilingual.of(partial(retell, problem))) if problem else None


def _bad_rows(n: int) -> Bilingual | None:
    if not n:
        return None
    return both_n(
        "{n} bad row in sims_file; `simbank-agent check` lists it",
        "{n} bad rows in sims_file; `simbank-agent check` lists them",
        n,
    )


def _outage(n: int | None) -> Bilingual | None:
    if not n:
        return None
    return both_n(
        "{n} module dropped out: check the row switch, the hub, the power",
        "{n} modules dropped out together: check the row switch, the hub, the power",
        n,
    )


def unasked_text(reasons: Iterable[Reason]) -> Bilingual:
    """Return why an agent reports nothing whose modules have these reasons: none of them has answered."""
    why = Counter(reasons)
    n = why.total()
    if not n:
        text = both("no port was found")
    elif why[Reason.PORT_BUSY] == n:
        text = both_n(
            "the only port is held by another program", "all {n} ports are held by other programs", n
        )
    elif why[Reason.PORT_BUSY] + why[Reason.NO_PERMISSION] == n:
        text = both_n(
            "the only port may not be opened",
            "all {n} ports are held by other programs or may not be opened",
            n,
        )
    else:
        text = both_n(
            "the module has not reported the state of its SIM",
            "none of {n} modules has reported the state of its SIM",
            n,
        )
    return both(
        "Nothing is reported, because no module could be asked: {why}. Run one agent for each account",
        why=text,
    )


def clock_text(ahead: float) -> Bilingual:
    """Return that the clock is so many seconds ahead of Onlinesim's, below 0 for behind, and what to do."""
    return both(
        "The clock of this host is {off} Onlinesim's: {advice}",
        off=Bilingual.of(partial(off_by, ahead)),
        advice=both(SET_CLOCK),
    )
