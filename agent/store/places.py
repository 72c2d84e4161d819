"""What names of physical places are made of: the {n} of each, the IMEI that was there, and names that people gave."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import Any

from agent.store.newest_last import renew
from agent.store.table import Row
from agent.store.table_writer import TableWriter
from agent.store.tables import MOST_PLACES, PLACE


class Places:
    """The newest MOST_PLACES places; each is known by its key."""

    def __init__(self, rows: Iterable[Row], tables: TableWriter) -> None:
        self._tables = tables
        self.numbers: dict[str, int] = {}
        self.imeis: dict[str, str] = {}
        self.names: dict[str, str] = {}
        """Names that contain the IMEI."""
        self.given: dict[str, str] = {}
        """Names that people gave to places."""
        self.confirmed: set[str] = set()
        """The places of `imeis` whose module reported it in this run."""
        self._used: dict[str, int] = {}
        """Counts up: a place that was used later has a greater one."""
        self._used_now: set[str] = set()
        for key, n, imei, name, used, given in rows:
            for kept, value in zip(self._kept, (n, imei, name, given), strict=True):
                if value is not None:
                    kept[key] = value
            self._used[key] = used
        self._used_last = max(self._used.values(), default=0)

    @property
    def _kept(self) -> tuple[dict[str, Any], ...]:
        """All that is kept by place, in the order of the row."""
        return self.numbers, self.imeis, self.names, self.given

    def number(self, numbers: Mapping[str, int]) -> None:
        """Keep the {n} given to places."""
        for key, n in numbers.items():
            if self.numbers.get(key) != n:
                self.numbers[key] = n
                self._note(key, reported=True)

    def name(self, names: Mapping[str, str]) -> None:
        """Keep the names that contain an IMEI, and forget all others."""
        before, self.names = self.names, dict(names)
        for key in before.keys() | names.keys():
            if before.get(key) != names.get(key):
                self._note(key, reported=key in names)

    def rename(self, numbers: Mapping[str, int], given: Mapping[str, str]) -> None:
        """Keep these numbers and given names instead of all there were; a place that has neither stays known."""
        changed = {key for key in {**self.numbers, **numbers} if self.numbers.get(key) != numbers.get(key)}
        changed |= {key for key in {**self.given, **given} if self.given.get(key) != given.get(key)}
        self.numbers, self.given = dict(numbers), dict(given)
        for key in sorted(changed):
            self._note(key, reported=True)

    def drop(self, keys: Iterable[str]) -> None:
        """Forget these places."""
        dropped = [key for key in keys if key in self._used]
        for key in dropped:
            for kept in (self._used, *self._kept):
                kept.pop(key, None)
            self.confirmed.discard(key)
            self._used_now.discard(key)
        self._tables.delete(PLACE, *((key,) for key in dropped))

    def note_imei(self, key: str, imei: str) -> None:
        """Keep the IMEI that the module of a place reported."""
        self.confirmed.add(key)
        if self.imeis.get(key) != imei:
            self.imeis[key] = imei
            self._note(key)

    def forget(self, there: Collection[str]) -> Collection[str]:
        """Forget the places that were used longest ago, where there are too many, and return them.

        `there` are those with a module now: they count as used in this run, and stay.
        """
        for key in there:
            if key not in self._used_now and key in self._used:
                self._note(key)
        if len(self._used) <= MOST_PLACES:
            return ()
        oldest = [key for key in self._used if key not in there][: len(self._used) - MOST_PLACES]
        self.drop(oldest)
        return oldest

    def rows(self) -> list[Row]:
        """Return the row of each place."""
        return [self._row(key) for key in {**self.names, **self.given, **self.imeis, **self.numbers}]

    def _note(self, key: str, *, reported: bool = False) -> None:
        self._used_last += 1
        renew(self._used, key, self._used_last)
        self._used_now.add(key)
        self._tables.put(PLACE, self._row(key), reported=reported)

    def _row(self, key: str) -> Row:
        number, imei, name, given = (kept.get(key) for kept in self._kept)
        return key, number, imei, name, self._used.get(key, 0), given
