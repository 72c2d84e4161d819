"""The live set as Onlinesim wants it."""

from __future__ import annotations

from collections.abc import Mapping

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
        self._newest: tuple[NumberEntry, ...] = ()
        self._newest_of: tuple[Mapping[str, LiveSim], int] | None = None
        """The live set and the version of the date_starts that it was made of; None where a date_start is missing."""

    def of(self, decision: Decision) -> tuple[NumberEntry, ...]:
        """Return an entry for each live SIM; the same tuple while the live set and all date_starts are the same."""
        made_of = self._newest_of
        same = made_of is not None and made_of[0] is decision.live and made_of[1] == self._store.cards.starts
        if not same:
            self._made = {sim.module: self._entry(sim) for sim in decision.live.values()}
            self._newest = tuple(self._made.values())
            # Until the clock is plausible nobody knows a date_start: then each decision asks for it again.
            known = all(entry.date_start is not None for entry in self._newest)
            self._newest_of = (decision.live, self._store.cards.starts) if known else None
        return self._newest

    def last(self) -> tuple[NumberEntry, ...]:
        """Return the entries of the newest decision."""
        return self.of(self._bank.decision)

    def decide(self) -> tuple[NumberEntry, ...] | None:
        """Decide now and return the entries that may be reported; None while nothing may be."""
        decision = self._bank.decide()
        match self._bank.reporting:
            case Reporting.OPEN:
                return self.of(decision)
            case Reporting.WITHDRAWING:
                return ()
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
