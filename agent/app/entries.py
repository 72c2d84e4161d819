"""The live set as Onlinesim wants it."""

from __future__ import annotations

from agent.bank.bank import Bank
from agent.decision.verdict import Decision, LiveSim
from agent.numbers.resolve import operator
from agent.onlinesim.messages import NumberEntry
from agent.store.store import Store


class Entries:
    """Turns decisions into entries of a report; a SIM that is new gets its date_start."""

    def __init__(self, bank: Bank, store: Store) -> None:
        self._bank = bank
        self._store = store

    def of(self, decision: Decision) -> list[NumberEntry]:
        """Return an entry for each live SIM."""
        return [self._entry(sim) for sim in decision.live.values()]

    def last(self) -> list[NumberEntry]:
        """Return the entries of the newest decision."""
        return self.of(self._bank.decision)

    def decide(self) -> list[NumberEntry] | None:
        """Decide now and return the entries; None until the first report may be sent."""
        decision = self._bank.decide()
        return self.of(decision) if self._bank.ready_to_report else None

    def _entry(self, sim: LiveSim) -> NumberEntry:
        return NumberEntry(
            number=sim.number.text,
            country_id=sim.number.country_id,
            operator=operator(sim.imsi),
            date_start=self._store.placed(sim.iccid, sim.imsi, sim.module),
            port_id=sim.module[:100],
            rent=1 if sim.number.rent else 0,
        )
