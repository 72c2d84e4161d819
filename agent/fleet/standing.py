"""Everything that one host knows of its fleet, and what follows from it; pure: `now` is seconds on its clock."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

from agent.fleet.election import Election
from agent.fleet.fields import NotReadable
from agent.fleet.leadership import Leadership
from agent.fleet.ledger import Ledger
from agent.fleet.own import NameClaim, Own
from agent.fleet.reach import Reach
from agent.fleet.settings import FleetSettings
from agent.fleet.state import RefusedBy
from agent.fleet.words import Beat, Record, Said, Stage, Told, read_said

_NEVER: Final = float("-inf")


@dataclass(slots=True)
class Standing:
    """One run of one host."""

    settings: FleetSettings
    own: Own
    name: NameClaim
    election: Election
    ledger: Ledger
    leadership: Leadership
    reach: Reach = field(default_factory=Reach)
    joined: bool = False
    """The engine has this run's beat."""
    answered_at: float = _NEVER
    """When the engine last answered."""
    accepted_at: float | None = None
    """When Onlinesim last accepted a report of the account, as far as this host knows."""
    numbers: int | None = None
    """In the list of then."""
    said: Said | None = None
    """What the leader made of this host."""
    gives_up: float | None = None
    """Seconds for which to abstain after giving the lead away; None while that is not wanted."""

    def heard(self, text: str) -> None:
        """Take what the leader says of this host."""
        try:
            self.said = read_said(self.settings.host, text) if text else None
        except NotReadable:
            self.said = None

    def read(self, record: str, *, asked_at: float, now: float, engine: str) -> None:
        """Take a reading of the record."""
        before = self.election.record
        self.election.observe(record, asked_at=asked_at, now=now, engine=engine)
        read, moved_at = self.election.record, self.election.moved_at
        if read is not None and read != before and moved_at is not None and read.run != self.own.run:
            self.ledger.vouch(read.host, read.run, moved_at)
        if read is not None and read != before and read.run != self.own.run and read.told is not None:
            self.accepted_at, self.numbers = now - read.told.age, read.told.numbers

    def watches(self) -> str:
        """Return the host whose silence must be known before its lead is taken, "" for none."""
        record = self.election.record
        return "" if record is None or record.host == self.settings.host else record.host

    def refused(self, now: float) -> RefusedBy | None:
        """Return why this host takes no part."""
        if self.name.other_lives:
            return RefusedBy.NAME
        if self.election.too_new:
            return RefusedBy.VERSION
        record = self.election.record
        if record is None or record.released or record.key == self.own.key:
            return None
        at = self.election.stands_until
        return RefusedBy.KEY if at is not None and now < at else None

    def stage(self, now: float) -> Stage | None:
        """Return what the next beat says instead of running or starting."""
        return Stage.REFUSED if self.refused(now) is not None else None

    def may_bid(self) -> bool:
        """Whether this host could speak if it led: it has its name, and has asked its modules."""
        return self.joined and self.own.held is not None

    def told(self, now: float) -> Told | None:
        """Return what the leader's record says of the account."""
        if self.accepted_at is None or self.numbers is None:
            return None
        return Told(max(0.0, now - self.accepted_at), self.numbers)

    def cut_off(self, now: float) -> bool:
        """Whether the engine has not answered for two renewals."""
        return now - self.answered_at > self.settings.times.gap


def standing_of(
    settings: FleetSettings,
    *,
    run: str,
    last_run: str,
    key: str,
    seal: Callable[[str], str],
    chance: Callable[[], float],
) -> Standing:
    """Return the standing of a run that knows nothing yet. `key` names the account; `seal` hashes an ICCID."""
    times = settings.times
    record = Record(host=settings.host, run=run, epoch=0, seq=0, lease=times.lease, key=key)
    beat = Beat(
        run=run,
        seq=0,
        version=0,
        stage=Stage.STARTING,
        modules=settings.bank_modules,
        live=0,
        lease=times.lease,
        may_lead=settings.lead,
        page=settings.page,
    )
    ledger = Ledger(times)
    return Standing(
        settings=settings,
        own=Own(settings.host, beat, key=key, seal=seal),
        name=NameClaim(last_run, times),
        election=Election(record, times, chance, lead=settings.lead, acks=settings.acks),
        ledger=ledger,
        leadership=Leadership(settings, ledger),
    )
