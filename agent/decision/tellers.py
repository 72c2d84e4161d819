"""Which modules tell the same thing, kept from one decision to the next so that only news are looked at. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

from agent.decision.contest import Key
from agent.formats.iccid import same_card

Told: TypeAlias = Mapping[Key, str]
"""What one module tells: its card, its number, and for perhaps one module with others, which; each with its text."""


@dataclass(frozen=True, slots=True)
class Tellers:
    """The modules that tell each thing. Whether their word counts just now is not asked here."""

    by_key: Mapping[Key, Mapping[str, str]] = field(default_factory=dict)
    """What each module tells that tells something under this key."""
    shared: Mapping[Key, frozenset[str]] = field(default_factory=dict)
    """The modules that tell what another one tells too."""

    def of(self, keys: Iterable[Key]) -> Iterator[str]:
        """Yield the modules that tell something under one of these keys."""
        for key in keys:
            yield from self.by_key.get(key, ())

    def after(self, changes: Iterable[tuple[str, Told, Told]]) -> Tellers:
        """Return it after changes: a module, what it told before, and what it tells now."""
        by_key, touched = dict(self.by_key), set[Key]()
        for name, before, now in changes:
            for key in before.keys() | now.keys() if before != now else ():
                others = {other: text for other, text in by_key.get(key, {}).items() if other != name}
                by_key[key] = {**others, name: now[key]} if key in now else others
                touched.add(key)
        if not touched:
            return self
        shared = dict(self.shared)
        for key in touched:
            shared[key] = _shared(by_key[key])
            if not shared[key]:
                del shared[key]
            if not by_key[key]:
                del by_key[key]
        return Tellers(by_key, shared)


def _shared(told: Mapping[str, str]) -> frozenset[str]:
    """Return the modules whose text another one tells too; cards of one batch differ in their last digits only."""
    return frozenset(
        name
        for name, text in told.items()
        if any(other != name and (one == text or same_card(one, text)) for other, one in told.items())
    )
