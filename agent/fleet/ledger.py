"""What the leader knows of each host: rules L1 to L6 of docs/design.md §13, pure. Times are seconds on its clock.

Evidence of life is a beat that differs from the one before, dated at the look that did not show it yet: so the leader's
opinion of a host ends before the host's own. Evidence is for the set of which the beat speaks, and for no other.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from agent.fleet.fields import NotReadable, TooNew
from agent.fleet.settings import Times
from agent.fleet.state import HostLife, LeftOut
from agent.fleet.words import Beat, HostSet, Stage, read_beat

FORGET_AFTER: Final = 600.0
"""Seconds of silence after which a host is no longer part of the fleet."""
_NEVER: Final = float("-inf")
_HAS_SET: Final = frozenset({Stage.RUNNING, Stage.STOPPED, Stage.LEFT})


@dataclass(slots=True)
class Known:
    """What is known of one host."""

    engine: str
    asked_at: float
    """When the last look at it was asked for."""
    still_since: float
    """Since when this very text is known to stand, without a gap and on one engine."""
    text: str = ""
    beat: Beat | None = None
    """None where the text cannot be read."""
    shown_at: float = _NEVER
    """The newest evidence of life of the beat's run."""
    held: HostSet | None = None
    """The newest set that is here."""
    held_at: float = _NEVER
    """The newest evidence of life for that set."""
    left_out: LeftOut | None = None
    """Why its set is of no use."""
    too_new: bool = False
    """It speaks a version that must not be read."""

    @property
    def complete(self) -> bool:
        """Whether the set is here of which the newest beat speaks."""
        beat, held = self.beat, self.held
        return beat is not None and held is not None and _speaks_of(beat, held)

    def lapses_at(self, default: float) -> float:
        """Return when the set that is held stops counting (L2)."""
        return self.held_at + (default if self.beat is None else self.beat.lease)

    def read(self, text: str) -> None:
        """Take another text of its beat."""
        self.text, self.beat, self.too_new = text, None, False
        try:
            self.beat = read_beat(text)
        except NotReadable as why:
            self.left_out, self.too_new = LeftOut.VERSION, isinstance(why, TooNew)


class Ledger:
    """All hosts but this one, as the engine shows them."""

    def __init__(self, times: Times) -> None:
        self._times = times
        self._hosts: dict[str, Known] = {}
        self._engine = ""
        self._asked_at = _NEVER
        """When the last good poll of all hosts was asked for."""
        self._vouched = ("", "", _NEVER)
        """Host, run and time of the newest evidence that was no beat."""
        self._first_at = _NEVER
        """When the first of the polls since the last gap was asked for."""

    @property
    def hosts(self) -> Mapping[str, Known]:
        """Every host of which a beat was seen and which is not forgotten."""
        return self._hosts

    def poll(self, beats: Mapping[str, str], *, asked_at: float, now: float, engine: str) -> None:
        """Take a reading of the beats of all hosts; those that are not in it have not changed."""
        goes_on = self._unbroken(self._engine, self._asked_at, engine, asked_at)
        if not goes_on:
            self._first_at = asked_at
        for host, text in beats.items():
            self._look(host, text, asked_at, now, engine, self._asked_at if goes_on else None)
        for host in self._hosts.keys() - beats.keys():
            self._hosts[host].asked_at, self._hosts[host].engine = asked_at, engine
        self._asked_at, self._engine = asked_at, engine

    def look(self, host: str, text: str, *, asked_at: float, now: float, engine: str) -> None:
        """Take a reading of one host's beat between two polls."""
        goes_on = self._unbroken(self._engine, self._asked_at, engine, asked_at)
        self._look(host, text, asked_at, now, engine, self._asked_at if goes_on else None)

    def vouch(self, host: str, run: str, at: float) -> None:
        """Take evidence of life from elsewhere: the host wrote its record after this instant."""
        self._vouched = (host, run, at)
        known = self._hosts.get(host)
        if known is not None:
            self._believe(host, known)

    def wanted(self) -> tuple[str, ...]:
        """Return the hosts whose newest set is not here."""
        return tuple(
            host
            for host, known in self._hosts.items()
            if known.beat is not None and known.beat.stage in _HAS_SET and not known.complete
        )

    def took(self, found: HostSet) -> None:
        """Take a host's set, read after its beat."""
        known = self._hosts.get(found.host)
        if known is None or known.beat is None or not _speaks_of(known.beat, found):
            return
        held = known.held
        if held is not None and held.run == found.run and held.version >= found.version:
            return
        # L5: the set of another run waits for a sign of life of that run, as long as the old one counts.
        if held is None or known.shown_at > _NEVER or held.run == found.run:
            known.held, known.held_at, known.left_out = found, known.shown_at, None

    def leave_out(self, host: str, why: LeftOut) -> None:
        """Take note that a host's set cannot be used."""
        known = self._hosts.get(host)
        if known is not None:
            known.left_out, known.held, known.held_at = why, None, _NEVER

    def part(self, host: str, now: float) -> HostSet | None:
        """Return a host's set while it counts, None otherwise."""
        known = self._hosts.get(host)
        return known.held if known is not None and now < known.lapses_at(self._times.lease) else None

    def next_lapse(self, now: float) -> float | None:
        """Return when the next of the sets that count will lapse."""
        ends = (known.lapses_at(self._times.lease) for known in self._hosts.values() if known.held)
        return min((at for at in ends if at > now), default=None)

    def whole(self, now: float) -> bool:
        """Whether all is known that a first list needs (L3): every host is in, silent, or not there."""
        return self._asked_at > _NEVER and all(self._settled(one, now) for one in self._hosts.values())

    def blind(self, now: float) -> bool:
        """Whether nobody's silence says anything, since nothing was read for two renewals (L4)."""
        return now - self._asked_at > self._times.gap

    def life(self, host: str, now: float) -> HostLife:
        """Return how a host is seen."""
        known = self._hosts[host]
        stage = known.beat.stage if known.beat is not None else Stage.RUNNING
        if stage in {Stage.LEFT, Stage.STOPPED}:
            return HostLife.LEFT
        lapsed = known.held_at > _NEVER and now >= known.lapses_at(self._times.lease)
        if self._silent(known, now) or (lapsed and stage is Stage.RUNNING and known.complete):
            return HostLife.SILENT
        return HostLife.RUNNING if stage is Stage.RUNNING else HostLife.STARTING

    def too_new(self) -> bool:
        """Whether a host speaks a version that this one must not read: who cannot read all must not speak for all."""
        return any(known.too_new for known in self._hosts.values())

    def forgettable(self, now: float) -> tuple[tuple[str, str], ...]:
        """Return the hosts that the engine may forget (L6), with the beat at which they stand."""
        return tuple(
            (host, known.text)
            for host, known in self._hosts.items()
            if now - known.still_since >= FORGET_AFTER
        )

    def forget(self, host: str) -> None:
        """Forget a host."""
        self._hosts.pop(host, None)

    def _unbroken(self, engine_before: str, before: float, engine: str, asked_at: float) -> bool:
        """Whether a look follows another without a gap, and on the same engine."""
        return engine == engine_before and asked_at - before <= self._times.gap

    def _look(
        self, host: str, text: str, asked_at: float, now: float, engine: str, absent_at: float | None
    ) -> None:
        """Take one look; `absent_at`: a poll, just before this one, that would have shown the host."""
        known = self._hosts.get(host)
        if known is None:
            known = self._hosts[host] = Known(engine, asked_at, still_since=now)
            known.read(text)
            if absent_at is not None:
                self._lives(known, absent_at)
            self._believe(host, known)
            return
        same = self._unbroken(known.engine, known.asked_at, engine, asked_at)
        same = same or (engine != "" and engine == known.engine)  # then the same text has stood all along
        if text != known.text:
            before, known.still_since = known.beat, now
            known.read(text)
            if before is None or known.beat is None or before.run != known.beat.run:
                known.shown_at = _NEVER
            # An old copy of the engine brings old beats back, which is no sign of life.
            if same and _follows(before, known.beat):
                self._lives(known, known.asked_at)
        elif not same:
            known.still_since = now
        known.engine, known.asked_at = engine, asked_at

    def _believe(self, host: str, known: Known) -> None:
        """Let what was vouched for count for the run that wrote it."""
        voucher, run, at = self._vouched
        if voucher == host and known.beat is not None and known.beat.run == run:
            self._lives(known, at)

    def _lives(self, known: Known, at: float) -> None:
        """Take evidence of life after this instant: of the look without it, never of the one that shows it (L1)."""
        known.shown_at = max(known.shown_at, at)
        if known.complete:
            known.held_at = max(known.held_at, known.shown_at)

    def _silent(self, known: Known, now: float) -> bool:
        lease = self._times.lease if known.beat is None else known.beat.lease
        return now - known.still_since >= lease

    def _settled(self, known: Known, now: float) -> bool:
        beat = known.beat
        if beat is None or known.left_out is not None or beat.stage in {Stage.STARTING, Stage.REFUSED}:
            return True
        if beat.stage in {Stage.STOPPED, Stage.LEFT}:
            return known.complete or now >= known.shown_at + beat.lease
        return self._silent(known, now) or (known.shown_at >= self._first_at and known.complete)


def _speaks_of(beat: Beat, held: HostSet) -> bool:
    return held.run == beat.run and held.version >= beat.version


def _follows(before: Beat | None, beat: Beat | None) -> bool:
    """Whether one beat was written after another: by another run, or by the same one with a higher number."""
    if beat is None:
        return False
    return before is None or before.run != beat.run or beat.seq > before.seq
