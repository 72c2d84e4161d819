"""This host's own side: its set, its beats, and its name, which another agent may have; pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Final

from agent.fleet.fields import NotReadable
from agent.fleet.settings import Times
from agent.fleet.words import Beat, Claimed, HostSet, Stage, claimed, read_beat
from agent.formats.iccid import card_key
from agent.onlinesim.messages import NumberEntry

_PATIENCE: Final = 1.5
"""Renewals for which a beat of this host's last run must stand still: then nobody lives who wrote it."""


@dataclass(frozen=True, slots=True)
class OwnSim:
    """A live SIM of this host: its entry, with the module's name as `port_id`, and its ICCID."""

    entry: NumberEntry
    iccid: str


class Own:
    """The set and the beats of one run. `seal` makes a keyed hash of an ICCID; `key` is that of the account."""

    def __init__(self, host: str, mine: Beat, *, key: str, seal: Callable[[str], str]) -> None:
        self.host = host
        self.held: HostSet | None = None
        """The newest set; None while what is live is not known."""
        self.key = key
        self.modules = mine.modules
        self._seal = seal
        self._mine = mine
        self._seq = 0
        self._version = 0
        self._told = 0
        """The version that the engine has."""
        self._offered: tuple[OwnSim, ...] | None = None
        self._last: HostSet | None = None
        self._made: dict[str, tuple[OwnSim, Claimed]] = {}

    @property
    def run(self) -> str:
        """The name of this run."""
        return self._mine.run

    @property
    def started(self) -> bool:
        """Whether this run has had a set."""
        return self._last is not None

    @property
    def untold(self) -> HostSet | None:
        """The set that the engine does not have yet."""
        return self.held if self.held is not None and self._told < self._version else None

    def offer(self, sims: Iterable[OwnSim] | None) -> bool:
        """Set what is live now, None while that is not known; return whether that is news. Raises ValueError."""
        offered = None if sims is None else tuple(sims)
        if offered == self._offered:
            return False
        self._offered = offered
        if offered is None:
            self.held = None
            return True
        claims = tuple(map(self._claimed, offered))
        self._made = {claim.module: (sim, claim) for sim, claim in zip(offered, claims, strict=True)}
        if self._last is None or claims != self._last.claims or self._last.key != self.key:
            self._version += 1
            self._last = HostSet(
                host=self.host, run=self.run, version=self._version, key=self.key, claims=claims
            )
        self.held = self._last
        return True

    def rekey(self, key: str, seal: Callable[[str], str]) -> None:
        """Go on with another key of the account: every hash is another."""
        offered, self._offered = self._offered, ()
        self.key, self._seal, self._made = key, seal, {}
        if self._last is not None:
            self.offer(None)
            self.offer(offered)

    def told(self, held: HostSet) -> None:
        """Take note that the engine has this set."""
        self._told = max(self._told, held.version)

    def forgotten(self) -> None:
        """Take note that the engine has no set of this run."""
        self._told = 0

    def beat(self, stage: Stage | None = None) -> str:
        """Return the next beat; `stage` where it is not simply running or starting."""
        self._seq += 1
        usual = Stage.RUNNING if self.started else Stage.STARTING
        held = self._last
        return Beat(
            run=self.run,
            seq=self._seq,
            version=self._version,
            stage=stage or usual,
            modules=self.modules,
            live=0 if held is None else len(held.claims),
            lease=self._mine.lease,
            may_lead=self._mine.may_lead,
            page=self._mine.page,
        ).text()

    def _claimed(self, sim: OwnSim) -> Claimed:
        made = self._made.get(sim.entry.port_id)
        if made is not None and made[0] == sim:
            return made[1]
        return claimed(self.host, sim.entry, self._seal(card_key(sim.iccid)))


class NameClaim:
    """Whether this run may use the host's name although another run's beat stands there."""

    def __init__(self, last_run: str, times: Times) -> None:
        """`last_run` is the run of this host's store, "" for none: a restart need not wait."""
        self._last_run = last_run
        self._times = times
        self._other = ""
        self._still_since = 0.0
        self.other_lives = False
        """Whether another agent uses the name: its beat has moved while we looked."""

    def taken(self) -> None:
        """Take note that the name is ours."""
        self._other, self.other_lives = "", False

    def refused(self, other: str, now: float) -> None:
        """Take note that another run's beat stands there."""
        if other != self._other:
            self.other_lives = bool(self._other)
            self._other, self._still_since = other, now

    def allowed(self, now: float) -> str:
        """Return the run that may be replaced, "" for none."""
        if not self._other:
            return ""
        try:
            beat = read_beat(self._other)
        except NotReadable:
            run, wait = self._other.partition("|")[0], self._times.lease
        else:
            ours = beat.run == self._last_run
            over = beat.stage in {Stage.STOPPED, Stage.LEFT}
            run = beat.run
            wait = (0.0 if over else _PATIENCE * self._times.renew) if ours else beat.lease
        return run if now - self._still_since >= wait else ""
