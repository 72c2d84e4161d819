"""The live set as Onlinesim wants it."""

from __future__ import annotations

from agent.bank.bank import Bank
from agent.decision.reporting import Reporting
from agent.decision.verdict import Decision, LiveSim
from agent.numbers.resolve import operator
from agent.onlinesim.messages import NumberEntry
from agent.store.store import Store


class Entries:
    """Turns decisions into entries of a report; a SIM that is new gets its date_start."""

    def __init__(self, bank: Bank, store: Store) -> None:
        self._bank = bank
        self._store = store
        self._made: dict[str, NumberEntry] = {}
        """The newest entry of each module: an entry is checked and written once, not at each decision."""

    def of(self, decision: Decision) -> list[NumberEntry]:
        """Return an entry for each live SIM."""
        made = {sim.module: self._entry(sim) for sim in decision.live.values()}
        self._made = made
        return list(made.values())

    def last(self) -> list[NumberEntry]:
        """Return the entries of the newest decision."""
        return self.of(self._bank.decision)

    def decide(self) -> list[NumberEntry] | None:
        """Decide now and return the entries that may be reported; None while nothing may be."""
        decision = self._bank.decide()
        match self._bank.reporting:
            case Reporting.OPEN:
                return self.of(decision)
            case Reporting.WITHDRAWING:
                return []
            case _:
                return None

    def _entry(self, sim: LiveSim) -> NumberEntry:
        number, country_id, rent = sim.number.text, sim.number.country_id, sim.number.rent
        operator_id, date_start = (
            operator(sim.imsi),
            self._store.cards.placed(sim.iccid, sim.imsi, sim.module),
        )
        made = self._made.get(sim.module)
        if made is not None and (number, country_id, operator_id, date_start, rent) == (
            *(made.number, made.country_id, made.operator, made.date_start, made.rent),
        ):
            return made
        return NumberEntry(
            number=number,
            country_id=country_id,
            operator=operator_id,
            date_start=date_start,
            port_id=sim.module[:100],
            rent=1 if rent else 0,
        )
