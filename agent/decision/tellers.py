"""Which modules tell the same thing, kept from one decision to the next so that only news are looked at. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TypeAlias

Told: TypeAlias = tuple[str, str]
"""What is told, and its text: ("card", the first digits of an ICCID), ("number", a number), ("device", a sibling)."""


@dataclass(frozen=True, slots=True)
class Tellers:
    """The modules that tell each thing. Whether their word counts just now is not asked here."""

    by_told: Mapping[Told, frozenset[str]] = field(default_factory=lambda: MappingProxyType({}))
    shared: frozenset[Told] = frozenset()
    """What more than one module tells."""

    def of(self, told: Iterable[Told]) -> set[str]:
        """Return the modules that tell any of these."""
        return {name for one in told for name in self.by_told.get(one, ())}

    def after(self, changes: Iterable[tuple[str, frozenset[Told], frozenset[Told]]]) -> Tellers:
        """Return it after changes: a module, what it told before, and what it tells now."""
        changed = [(name, before, now) for name, before, now in changes if before != now]
        if not changed:
            return self
        by_told = dict(self.by_told)
        for name, before, now in changed:
            for one in before - now:
                by_told[one] -= {name}
            for one in now - before:
                by_told[one] = by_told.get(one, frozenset()) | {name}
        touched = {one for _, before, now in changed for one in before ^ now}
        for one in touched:
            if not by_told[one]:
                del by_told[one]
        shared = {one for one in touched if len(by_told.get(one, ())) > 1}
        return Tellers(by_told, self.shared - touched | shared)
