"""What the leader makes of the ledger: the list of all hosts, or none where it could lack somebody; pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Final

from agent.fleet.ledger import Ledger
from agent.fleet.settings import FleetSettings
from agent.fleet.state import Doubt, HostLife, LeftOut
from agent.fleet.union import Listed, Union
from agent.fleet.words import HostSet, Said

_NOTHING: Final = Listed((), (), 0)


class Leadership:
    """The lists of one host's leads; `own` is this host's set, None while what is live here is not known."""

    def __init__(self, settings: FleetSettings, ledger: Ledger) -> None:
        self.ledger = ledger
        self.gathered = False
        """Whether a list of this lead has been whole."""
        self.newest = _NOTHING
        self.cap = 0
        self.left_out: Mapping[str, LeftOut] = {}
        self.taken: Mapping[str, int] | None = None
        """Numbers of each host in the last accepted list; None before the first."""
        self.own_modules = settings.bank_modules
        self._settings = settings
        self._union = Union()
        self._reasons: tuple[object, ...] = ()
        self._counts: Counter[str] = Counter()
        """Numbers of each host in the last list that was handed out."""

    def begin(self) -> None:
        """Begin to lead."""
        self.gathered, self.taken = False, None
        self._counts = Counter()

    def current(self, own: HostSet | None, now: float) -> Listed | None:
        """Return the list of this moment; None where it could lack a host that lives."""
        if own is None:
            return None
        sets = self._sets(own, now)
        careful = self.ledger.blind(now) or not self.ledger.whole(now)
        if careful and (not self.gathered or any(host not in sets for host in self._counts)):
            return None
        return self._list(sets, own, now)

    def hand_out(self, own: HostSet | None, now: float) -> Listed | None:
        """Return the same, to be sent: from now on this is the list before."""
        listed = self.current(own, now)
        if listed is not None:
            self.gathered = True
            self._counts = Counter(entry.port_id.partition("/")[0] for entry in listed.entries)
            self._union.told(listed.entries)
        return listed

    def accepted(self) -> None:
        """Take note that Onlinesim has accepted the list that was handed out last."""
        self.taken = dict(self._counts)

    def changes_at(self, now: float) -> float | None:
        """Return when the list may change although nobody says anything."""
        times = (self.ledger.next_lapse(now), self._union.clears_at())
        return min((at for at in times if at is not None), default=None)

    def successor(self, now: float) -> bool:
        """Whether another host lives that may lead."""
        return any(
            known.beat is not None
            and known.beat.may_lead
            and known.left_out is None
            and self.ledger.life(host, now) is HostLife.RUNNING
            for host, known in self.ledger.hosts.items()
        )

    def others_live(self, now: float) -> bool:
        """Whether another host has a set that counts."""
        return any(self.ledger.part(host, now) is not None for host in self.ledger.hosts)

    def said(self, epoch: int, now: float) -> dict[str, Said]:
        """Return what is to be said to each other host."""
        doubts: dict[str, list[Doubt]] = {}
        for doubt in self.newest.doubts:
            doubts.setdefault(doubt.host, []).append(doubt)
        return {
            host: Said(
                epoch=epoch,
                taken=None if self.taken is None else self.taken.get(host, 0),
                left_out=self.left_out.get(host),
                doubts=tuple(doubts.get(host, ())),
                cap=self.cap,
                silent=self.ledger.part(host, now) is None,
            )
            for host in self.ledger.hosts
        }

    def _sets(self, own: HostSet, now: float) -> dict[str, HostSet]:
        left_out: dict[str, LeftOut] = {}
        sets = {own.host: own}
        if len(own.claims) > self.own_modules:
            left_out[own.host] = LeftOut.TOO_MANY
        modules = self.own_modules
        for host, known in self.ledger.hosts.items():
            part = self.ledger.part(host, now)
            if known.left_out is not None:
                left_out[host] = known.left_out
            if part is None or known.beat is None:
                continue
            if part.key != own.key:
                left_out[host] = LeftOut.KEY
                continue
            if len(part.claims) > known.beat.modules:
                left_out[host] = LeftOut.TOO_MANY
            sets[host] = part
            modules += known.beat.modules
        self.left_out = left_out
        self.cap = modules if self._settings.modules is None else self._settings.modules
        return sets

    def _list(self, sets: Mapping[str, HostSet], own: HostSet, now: float) -> Listed:
        reasons = (own.key, self.cap, frozenset(self.left_out))
        if self._union.update(sets, now) or reasons != self._reasons:
            self._reasons = reasons
            self.newest = self._union.listed(self.cap, without=self.left_out)
        return self.newest
