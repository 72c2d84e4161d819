"""Looking up a SIM's number for the running agent, and learning what modules report."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache, partial
from typing import Final

from agent.numbers.resolve import NumberBook, Resolution, Source, resolve
from agent.store.store import Store
from drivers.observation import NumberReading

_WORTH_LEARNING: Final = frozenset({Source.CNUM, Source.EF_MSISDN, Source.USSD})
_KEPT: Final = 4096
"""SIMs that are not resolved anew at each look, where nothing is told of them that was not told before."""
_SPARE: Final = 1000
"""Numbers that may be noted beyond those that the store has, before it is read again."""


class Lookup:
    """Resolves numbers from all sources; learns each number that a module reported.

    `refusal` returns what Onlinesim answered to a number that it refuses, "" for every other.
    """

    def __init__(
        self, book: NumberBook, store: Store, *, refusal: Callable[[str], str] = lambda _number: ""
    ) -> None:
        self._resolve = lru_cache(_KEPT)(partial(resolve, book))
        self._store = store
        self._refusal = refusal
        self._card_of: dict[str, str] = {}
        """The ICCID for which each number was learned last."""
        self._note_cards()

    def find(self, iccid: str, imsi: str | None, readings: tuple[NumberReading, ...] | None) -> Resolution:
        """Return the number of a SIM; `readings` are what its module reported, None if it was not asked yet."""
        learned = self._store.cards.learned.get(iccid)
        known = learned.number if learned is not None and learned.holds_for(imsi) else None
        if known is not None and self._card_of.get(known, iccid) != iccid:
            known = None  # it was told for another card since: the number has moved
        found = self._resolve(iccid, imsi, readings, known)
        if found.number is not None and found.number.source in _WORTH_LEARNING:
            self._store.cards.learn(iccid, imsi, found.number.text, found.number.source.name.lower())
            self._card_of[found.number.text] = iccid
            if len(self._card_of) > 2 * len(self._store.cards.learned) + _SPARE:
                self._note_cards()
        refusal = self._refusal(found.number.text) if found.number is not None else ""
        if found.number is not None and refusal:
            return Resolution(None, f"{found.number.text} ({refusal})", found.disabled)
        return found

    def _note_cards(self) -> None:
        learned = sorted(self._store.cards.learned.items(), key=lambda item: item[1].told_at)
        self._card_of = {one.number: iccid for iccid, one in learned}
