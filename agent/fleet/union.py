"""The list of all hosts: what each has live, without what two of them claim, up to the account's cap; pure.

A card or number that two places claim is in neither's part, until no clash was seen for `CLEAR_AFTER`. What is left out
is told to the hosts, which go on claiming it: else the clash would clear, and both would come back, for ever.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from agent.fleet.state import Claim, Doubt
from agent.fleet.words import Claimed, HostSet
from agent.onlinesim.messages import NumberEntry

CLEAR_AFTER: Final = 10.0
"""Seconds without a clash after which a doubt is over."""

Key = int | str
"""What may be claimed: a card, by its keyed hash, or a number."""
Place = tuple[str, str]
"""Host and module."""


@dataclass(frozen=True, slots=True)
class Listed:
    """The list of one moment."""

    entries: tuple[NumberEntry, ...]
    doubts: tuple[Doubt, ...]
    over_cap: int
    """How many numbers found no room under the cap."""


@dataclass(slots=True)
class _Clash:
    seen_at: float
    places: dict[Place, None]
    """Everybody who took part in it."""


class Union:
    """The sets of the hosts that count, and the clashes between them."""

    def __init__(self) -> None:
        self._sets: dict[str, HostSet] = {}
        self._holders: dict[Key, Claimed] = {}
        """The claim to it; of several the first."""
        self._shared: dict[Key, dict[Place, Claimed]] = {}
        """What more than one place claims now, and all of those claims."""
        self._clashes: dict[Key, _Clash] = {}
        self._told: tuple[NumberEntry, ...] = ()
        """The last list."""

    def update(self, sets: Mapping[str, HostSet], now: float) -> bool:
        """Take the sets that count now, by host; return whether the list may be another than before."""
        self._see_clashes(now)
        changed = False
        for host in self._sets.keys() - sets.keys():
            self._remove(self._sets.pop(host))
            changed = True
        for host, held in sets.items():
            before = self._sets.get(host)
            if before is held:
                continue
            if before is not None:
                self._remove(before)
            self._sets[host] = held
            self._add(held)
            changed = True
        clashes = len(self._clashes)
        self._see_clashes(now)
        return self._clear(now) or changed or len(self._clashes) != clashes

    def listed(self, cap: int, *, without: Iterable[str] = ()) -> Listed:
        """Return the list with at most `cap` numbers; of the hosts `without` nothing is in it."""
        left_out = frozenset(without)
        entries: list[NumberEntry] = []
        for host in sorted(self._sets.keys() - left_out):
            held = self._sets[host]
            if self._clashes:
                entries.extend(
                    claim for claim in held.claims if not any(key in self._clashes for key in _keys(claim))
                )
            else:
                entries.extend(held.claims)
        over = max(0, len(entries) - cap)
        if over:
            entries = self._within(entries, cap)
        return Listed(tuple(entries), tuple(self._doubts()), over)

    def told(self, entries: tuple[NumberEntry, ...]) -> None:
        """Take note of what the last list had: under the cap it stays."""
        self._told = entries

    def clears_at(self) -> float | None:
        """Return when the next doubt may be over."""
        ended = (
            clash.seen_at + CLEAR_AFTER for key, clash in self._clashes.items() if key not in self._shared
        )
        return min(ended, default=None)

    def _within(self, entries: list[NumberEntry], cap: int) -> list[NumberEntry]:
        told = {(entry.number, entry.port_id) for entry in self._told}
        order = sorted(
            range(len(entries)), key=lambda at: ((entries[at].number, entries[at].port_id) not in told, at)
        )
        return [entries[at] for at in sorted(order[: max(0, cap)])]

    def _add(self, held: HostSet) -> None:
        for claim in held.claims:
            for key in _keys(claim):
                first = self._holders.setdefault(key, claim)
                if first is not claim:
                    self._shared.setdefault(key, {first.place: first})[claim.place] = claim

    def _remove(self, held: HostSet) -> None:
        for claim in held.claims:
            for key in _keys(claim):
                claims = self._shared.get(key)
                if claims is None:
                    del self._holders[key]
                    continue
                claims.pop(claim.place, None)
                self._holders[key] = next(iter(claims.values()))
                if len(claims) < 2:
                    del self._shared[key]

    def _see_clashes(self, now: float) -> None:
        for key in self._shared:
            clash = self._clashes.setdefault(key, _Clash(now, {}))
            clash.seen_at = now
            clash.places.update(dict.fromkeys(self._shared[key]))

    def _clear(self, now: float) -> bool:
        over = [key for key, clash in self._clashes.items() if now >= clash.seen_at + CLEAR_AFTER]
        for key in over:
            del self._clashes[key]
        return bool(over)

    def _doubts(self) -> Iterator[Doubt]:
        for key, clash in self._clashes.items():
            for claim in self._claiming(key):
                place = claim.place
                yield Doubt(
                    host=place[0],
                    module=place[1],
                    number=claim.number,
                    claim=Claim.NUMBER if isinstance(key, str) else Claim.CARD,
                    others=tuple(other for other in clash.places if other != place),
                )

    def _claiming(self, key: Key) -> Iterable[Claimed]:
        if key in self._shared:
            return self._shared[key].values()
        return (self._holders[key],) if key in self._holders else ()


def _keys(claim: Claimed) -> tuple[Key, Key]:
    return claim.card, claim.number
