"""Looking up a SIM's number for the running agent, and learning what modules report."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from agent.numbers.resolve import NumberBook, Resolution, Source, resolve
from agent.store.store import Store
from drivers.observation import NumberReading

_WORTH_LEARNING: Final = frozenset({Source.CNUM, Source.EF_MSISDN, Source.USSD})


class Lookup:
    """Resolves numbers from all sources; learns each number that a module reported.

    `refusal` returns what Onlinesim answered to a number that it refuses, "" for every other.
    """

    def __init__(
        self, book: NumberBook, store: Store, *, refusal: Callable[[str], str] = lambda _number: ""
    ) -> None:
        self._book = book
        self._store = store
        self._refusal = refusal

    def find(self, iccid: str, imsi: str | None, readings: tuple[NumberReading, ...] | None) -> Resolution:
        """Return the number of a SIM; `readings` are what its module reported, None if it was not asked yet."""
        learned = self._store.learned.get(iccid)
        known = learned.number if learned is not None and learned.holds_for(imsi) else None
        found = resolve(self._book, iccid, imsi, readings, known)
        if found.number is not None and found.number.source in _WORTH_LEARNING:
            self._store.learn(iccid, imsi, found.number.text, found.number.source.name.lower())
        refusal = self._refusal(found.number.text) if found.number is not None else ""
        if found.number is not None and refusal:
            return Resolution(None, f"{found.number.text} ({refusal})", found.disabled)
        return found
