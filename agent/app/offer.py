"""What becomes of the live set: it is offered to reporter or fleet, unless it is what was offered last."""

from __future__ import annotations

from typing import TYPE_CHECKING

from agent.app.entries import Entries
from agent.app.settings import Settings
from agent.decision.reporting import Reporting
from agent.decision.verdict import Decision
from agent.onlinesim.messages import NumberEntry
from agent.onlinesim.number_asker import NumberAsker
from agent.onlinesim.reporter import Reporter
from agent.store.store import Store

if TYPE_CHECKING:  # a host alone needs no redis-py
    from agent.app.fleet_link import FleetLink


class Offer:
    """Lets the newest live set be reported, asked about and kept. `fleet`: None for a host alone."""

    def __init__(
        self,
        *,
        entries: Entries,
        reporter: Reporter,
        asker: NumberAsker,
        store: Store,
        fleet: FleetLink | None,
    ) -> None:
        self._entries = entries
        self._reporter = reporter
        self._asker = asker
        self._store = store
        self._fleet = fleet
        self._offered: tuple[NumberEntry, ...] | None = None
        """What was offered last; None where that was no live set, or where it may be too old."""

    def decided(self, decision: Decision, reporting: Reporting, settings: Settings) -> None:
        """Offer what may be reported of a decision; `settings` are in force."""
        if reporting is not Reporting.OPEN:
            self._offered = None
            self._offer_no_set(nothing=reporting is Reporting.WITHDRAWING)
            return
        entries = self._entries.of(decision)
        if entries and settings.reports.test is None:
            self._store.note_standing(settings.client.account)
        if entries is not self._offered:
            self._offered = entries
            self._offer(decision, entries)

    def again(self) -> None:
        """Offer the live set with the next decision, even if it is the same."""
        self._offered = None

    def _offer(self, decision: Decision, entries: tuple[NumberEntry, ...]) -> None:
        if self._fleet is not None:
            self._fleet.offer(decision, entries)
        else:
            self._reporter.offer(entries)
            self._asker.live(sim.number.text for sim in decision.live.values())
        self._store.note_live({name: sim.iccid for name, sim in decision.live.items()})

    def _offer_no_set(self, *, nothing: bool) -> None:
        """Let nothing be reported; `nothing`: that nothing is live is itself to be reported."""
        if self._fleet is not None:
            (self._fleet.offer_nothing if nothing else self._fleet.hold)()
        elif nothing:
            self._reporter.offer(())
        else:
            self._reporter.hold()
