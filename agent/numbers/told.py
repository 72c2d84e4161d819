"""Which module told which number for which card: whose number a module's answer is (docs/design.md §5).

A module may go on telling the number of the card before for as long as it runs, since its phone book is loaded once.
Pure: what must outlive the process comes in as rows, and goes out through `on_change`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Final, NamedTuple

from agent.formats.e164 import is_filling
from agent.formats.iccid import same_card
from drivers.observation import NumberOrigin, NumberReading

MOST_NUMBERS: Final = 64
"""Numbers kept for one module, the newest: a phone book that was not loaded again has the last of them."""
MOST_MODULES: Final = 4096
"""Places and IMEIs kept, those that told a number last."""
_SHORTEST_TAIL: Final = 6
"""Digits; the end of a number that is shorter proves nothing."""


@dataclass(frozen=True, slots=True)
class Telling:
    """One module told `number` for the card `iccid`; `module` is the key of its place."""

    module: str
    iccid: str
    number: str


class _Sorted(NamedTuple):
    """What was asked of a module's readings, what was told under its names then, and what was returned."""

    asked: tuple[str, tuple[NumberReading, ...], str | None]
    told: tuple[list[Telling] | None, ...]
    result: tuple[tuple[NumberReading, ...], tuple[NumberReading, ...]]


class ToldNumbers:
    """What each module told since its last restart. `on_change` gets a module and all that is kept of it."""

    def __init__(
        self,
        rows: Iterable[Telling] = (),
        on_change: Callable[[str, tuple[Telling, ...]], None] = lambda _module, _told: None,
    ) -> None:
        """`rows` are those of the last run, the oldest first."""
        self._on_change = on_change
        self._told: dict[str, list[Telling]] = {}
        self._sorted: dict[str, _Sorted] = {}
        """What `sort` returned last, by module."""
        for row in rows:
            self._told.setdefault(row.module, []).append(row)

    def other_card(self, module: str, iccid: str, number: str) -> str | None:
        """Return the ICCID of another card for which this module told the number since it restarted, if any."""
        for telling in reversed(self._told.get(module, [])):
            if same_number(telling.number, number):
                return None if same_card(telling.iccid, iccid) else telling.iccid
        return None

    def sort(
        self, module: str, iccid: str, readings: tuple[NumberReading, ...], *, imei: str | None = None
    ) -> tuple[tuple[NumberReading, ...], tuple[NumberReading, ...]]:
        """Split what a module tells for a card into what is believed, and noted, and what it told for another card.

        By its IMEI a module is known again behind another USB socket: moving a bridge restarts nothing.
        """
        names, asked = _names(module, imei), (iccid, readings, imei)
        last = self._sorted.get(module)
        if last is not None and last.asked == asked and self._is_as(names, last.told):
            return last.result  # a module tells the same at each look
        believed: list[NumberReading] = []
        stale: list[NumberReading] = []
        for reading in readings:
            if reading.origin is NumberOrigin.USSD or is_filling(reading.text):
                # The network's word is in no phone book; a placeholder is nobody's number.
                believed.append(reading)
            elif any(self.other_card(name, iccid, reading.text) is not None for name in names):
                stale.append(reading)
            else:
                believed.append(reading)
                for name in names:
                    self.note(name, iccid, reading.text)
        if len(self._sorted) >= MOST_MODULES:
            self._sorted.clear()
        result = tuple(believed), tuple(stale)
        self._sorted[module] = _Sorted(asked, tuple(self._told.get(name) for name in names), result)
        return result

    def _is_as(self, names: tuple[str, ...], told: tuple[list[Telling] | None, ...]) -> bool:
        """Whether nothing was noted or forgotten since; each change makes another list."""
        return all(self._told.get(name) is before for name, before in zip(names, told, strict=True))

    def note(self, module: str, iccid: str, number: str) -> None:
        """Note that the module told this number for this card; whose the number is was settled by the first telling."""
        before = self._told.get(module, [])
        if before and same_number(before[-1].number, number):
            return
        self._told.pop(module, None)
        known = next((telling for telling in before if same_number(telling.number, number)), None)
        newest = known or Telling(module, iccid, number)
        after = [*(telling for telling in before if telling is not known), newest][-MOST_NUMBERS:]
        self._told[module] = after
        if known is None:  # that a number was told again changes only which one is forgotten first
            self._on_change(module, tuple(after))
        for oldest in list(self._told)[: max(0, len(self._told) - MOST_MODULES)]:
            self._forget(oldest)

    def restarted(self, module: str, *, imei: str | None = None) -> None:
        """Forget what the module told: its phone book is loaded anew."""
        for name in _names(module, imei):
            if name in self._told:
                self._forget(name)

    def _forget(self, module: str) -> None:
        del self._told[module]
        self._on_change(module, ())


def _names(module: str, imei: str | None) -> tuple[str, ...]:
    return (module, f"imei {imei}") if imei else (module,)


def same_number(one: str, other: str) -> bool:
    """Return whether two ways of writing, one perhaps national, may be the same number."""
    first, second = _significant(one), _significant(other)
    shorter, longer = sorted((first, second), key=len)
    return first == second or (len(shorter) >= _SHORTEST_TAIL and longer.endswith(shorter))


def _significant(text: str) -> str:
    """Return the digits without plus, international prefix and trunk zero."""
    return "".join(char for char in text if char.isascii() and char.isdigit()).lstrip("0")
