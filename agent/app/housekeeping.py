"""What the agent does every second beside watching and reporting: notes for the store, queries, the watchdog."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Mapping
from typing import Final

from agent.app.history_keeper import HistoryKeeper
from agent.app.systemd import SystemdNotifier
from agent.bank.bank import Bank
from agent.bank.bank_log import BankLog
from agent.bank.module_words import known_of
from agent.bank.ussd import due_query
from agent.config import UssdQuery
from agent.decision.module_state import ModuleState
from agent.decision.verdict import Decision
from agent.language import _
from agent.onlinesim.reporter import Reporter
from agent.status.metrics import Metrics
from agent.status.view import StatusView
from agent.store.history import Minute
from agent.store.store import Store
from agent.store.tables import PLAUSIBLE_SINCE

_log = logging.getLogger(__name__)

INTERVAL: Final = 1.0
"""Seconds."""
BANK_STUCK: Final = 30.0
REPORTER_STUCK: Final = 45.0
"""Seconds without progress after which the watchdog is no longer fed."""
FEED_EVERY: Final = 5.0
"""Seconds at most, however long systemd waits."""


class Housekeeping:
    """The regular duties of one agent. `ussd` has the own-number queries by operator code; a reload replaces it."""

    def __init__(
        self,
        *,
        bank: Bank,
        reporter: Reporter,
        store: Store,
        view: StatusView,
        metrics: Metrics,
        bank_log: BankLog,
        history: HistoryKeeper,
        notifier: SystemdNotifier,
        ussd: Mapping[str, UssdQuery],
        clock: Callable[[], float],
        wall: Callable[[], float],
    ) -> None:
        self.ussd = ussd
        self._bank = bank
        self._reporter = reporter
        self._store = store
        self._view = view
        self._metrics = metrics
        self._bank_log = bank_log
        self._history = history
        self._notifier = notifier
        self._clock = clock
        self._wall = wall
        self._minute: Minute | None = None
        self._fed_at = 0.0
        self._reconnects = 0
        self._first_looks: dict[str, tuple[str, float]] = {}
        """The SIM that each module told when it told another one than before, and when it was asked for it."""

    async def run(self) -> None:
        """Do all duties every INTERVAL until cancelled."""
        while True:
            now = self._clock()
            log_verdicts(self._bank_log, self._bank.decision, self._bank.policy.settle, now)
            self._note_minute()
            self._store.note_alive()
            self._history.tick(self._bank.decision)
            self._store.tend()
            self._note_members()
            self._ask_networks()
            self.feed_watchdog(now)
            await asyncio.sleep(INTERVAL)

    def _note_minute(self) -> None:
        """Record the state, and keep each minute that has ended."""
        self._view.note_live()
        newest = next(reversed(self._view.history()), None)
        if self._minute is not None and (newest is None or newest.at != self._minute.at):
            self._store.note_minute(self._minute)
        self._minute = newest

    def _note_members(self) -> None:
        """Keep which SIM and which IMEI every module reported, and count the ports that were opened again."""
        reconnects = 0
        self._first_looks = {
            name: look for name, look in self._first_looks.items() if name in self._bank.members
        }
        for member in self._bank.members.values():
            state = member.state
            if state.iccid is not None and self._told_twice(member.place.name, state):
                self._store.cards.saw(state.iccid, state.imsi, member.place.name)
            # The latest observation, for the module that was there before it was unplugged may be another.
            identity = state.latest.identity if state.latest is not None else None
            if identity is not None and identity.imei is not None:
                self._store.places.note_imei(member.place.key, identity.imei)
            if member.watcher is not None:
                reconnects += max(0, member.watcher.reconnects - 1)
        for _more in range(reconnects - self._reconnects):
            self._metrics.reconnected()
        self._reconnects = max(reconnects, self._reconnects)

    def _told_twice(self, name: str, state: ModuleState) -> bool:
        """Whether two looks told the SIM in a module: one that tells another SIM each time must not fill the store."""
        if state.latest is None or state.iccid is None or state.latest.iccid != state.iccid:
            return False
        first, at = self._first_looks.get(name, ("", 0.0))
        if first != state.iccid:
            self._first_looks[name] = (state.iccid, state.latest.at)
            return False
        return state.latest.at > at

    def _ask_networks(self) -> None:
        """Send own-number queries where the operator configured them and no other source knows the number."""
        wall = self._wall()
        for name, verdict in self._bank.decision.verdicts.items() if self.ussd else ():
            state = self._bank.decision.modules[name].state
            if state.iccid is None:
                continue
            query = due_query(
                self.ussd,
                state.iccid,
                state.imsi,
                verdict.reason,
                self._store.cards.asked_ussd.get(state.iccid),
                wall if wall >= PLAUSIBLE_SINCE else None,
                unknown_for=self._clock() - verdict.since,
            )
            if query is not None:
                self._store.cards.note_ussd(state.iccid)
                _log.info("%s: asking the network for the number of its SIM with %s", name, query.code)
                self._bank.ask_network(name, query)

    def feed_watchdog(self, now: float) -> None:
        """Feed systemd's watchdog while bank and reporter make progress: a stuck port is no reason to be restarted."""
        live = len(self._bank.decision.live)
        text = _("{live} of {all} modules live")
        self._notifier.status(text.format(live=live, all=len(self._bank.members)))
        every = self._notifier.watchdog_every
        alive = (
            now - self._bank.ports_listed_at < BANK_STUCK and now - self._reporter.progress() < REPORTER_STUCK
        )
        if every is not None and alive and now - self._fed_at >= min(every, FEED_EVERY):
            self._fed_at = now
            self._notifier.alive()


def log_verdicts(bank_log: BankLog, decision: Decision, settle: float, now: float) -> None:
    """Write the lines that the log needs for a decision."""
    for line in bank_log.update(decision.verdicts, now, known_of(decision, settle, now)):
        _log.log(logging.WARNING if line.warning else logging.INFO, "%s", line.text)
