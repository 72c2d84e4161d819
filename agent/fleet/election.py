"""Who leads: rules E1 to E5 of docs/design.md §13 for one host, pure. `now` is seconds on this host's clock.

The engine keeps one text, the record, and replaces it only where it equals what the bidder expects. A candidate waits
until it has read the same text for a whole lease; a holder stops a margin before that, counted from when it sent its
last renewal. So no two hosts lead at once, whatever is lost, delayed or brought back from an old copy.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Final

from agent.fleet.fields import NotReadable, TooNew
from agent.fleet.settings import LEAST_REQUEST, REQUEST, Times
from agent.fleet.words import Record, Told, read_record

_NEVER: Final = float("-inf")


@dataclass(frozen=True, slots=True)
class Hold:
    """A command: replace the record by `text` where it equals `expected`, on the engine that was read."""

    expected: str
    text: str
    sent_at: float
    engine: str


class Election:
    """What one run of one host knows of the record. Its own records carry `mine`'s host, run, key and lease."""

    def __init__(
        self, mine: Record, times: Times, chance: Callable[[], float], *, lead: bool = True, acks: int = 0
    ) -> None:
        self.lead = lead
        self._mine = mine
        self._times = times
        self._chance = chance
        self._acks = acks
        self._text: str | None = None
        """The record as it was read last, "" for none; None before the first reading."""
        self._record: Record | None = None
        self._too_new = False
        self._engine = ""
        self._read_at = _NEVER
        """When the last reading was asked for."""
        self._since = 0.0
        """Since when this text is known to stand, without a gap and on one engine."""
        self._arrived = False
        """Whether this text was seen to replace another one on this engine."""
        self.moved_at: float | None = None
        """The reading before the one that showed the holder's next text; None without one. The holder lived later."""
        self._jitter = 0.0
        self._longest = mine.lease
        self._highest = 0
        self._term: int | None = None
        """The epoch in which this host leads, or led until its deadline."""
        self._deadline = _NEVER
        self._unconfirmed_until = _NEVER
        """Until when a bid that no replica has confirmed yet may be renewed."""
        self._pending: dict[str, float] = {}
        """Own texts of this term that may stand in the engine, and when each was sent."""
        self._seq = 0
        self._abstains_until = _NEVER
        self.renewed_at = _NEVER
        """When the last successful bid or renewal was sent."""
        self.gave_up = False
        """Whether the last lead was given away."""

    @property
    def record(self) -> Record | None:
        """The record as it was read last; None for none, and for one that cannot be read."""
        return self._record

    @property
    def too_new(self) -> bool:
        """Whether the fleet speaks a version that this agent must not read."""
        return self._too_new

    @property
    def epoch(self) -> int:
        """The highest epoch that was seen."""
        return self._highest

    @property
    def deadline(self) -> float:
        """Until when this host leads."""
        return self._deadline

    @property
    def stands_until(self) -> float | None:
        """Until when whoever wrote the record may lead, as far as this host knows; None where there is none."""
        return None if self._record is None else self._since + self._record.lease

    def leads(self, now: float) -> bool:
        """Whether this host may speak for all."""
        return now < self._deadline

    def budget(self, now: float) -> float:
        """Return the seconds that a request may take from now on, 0 for none at all."""
        left = min(REQUEST, self._deadline - now)
        return left if left >= LEAST_REQUEST else 0.0

    def observe(self, text: str, *, asked_at: float, now: float, engine: str) -> None:
        """Take a reading of the record. `engine`: which process with which data answered, "" where it does not tell."""
        # One process with one history of data never shows a text again that it has replaced: no gap matters then.
        known = self._same(engine) and (engine != "" or self._recent(now))
        if not known or text != self._text:
            # E1: on another engine, or after a gap, the same text may be an old copy that comes back.
            before, self._record = self._record, self._read(text)
            self._since, self._arrived = now, known and _follows(before, self._record)
            self.moved_at = self._read_at if self._arrived else None
            self._jitter = self._chance() * self._times.renew / 5
        self._text, self._engine, self._read_at = text, engine, asked_at
        self._judge(text, now)

    def rekey(self, key: str) -> None:
        """Write another key into the records from now on."""
        self._mine = replace(self._mine, key=key)

    def bid_at(self) -> float | None:
        """Return when this host may bid for the lead, None while it may not."""
        if not self.lead or self._text is None or self._term is not None or self._too_new:
            return None
        record = self._record
        released = record is not None and record.released and self._arrived
        wait = 0.0 if released else self._longest if record is None else record.lease
        return max(self._since + wait + self._jitter, self._abstains_until)

    def bid(self, now: float) -> Hold | None:
        """Return a bid for the lead, None where it is not yet time (E2)."""
        at = self.bid_at()
        if at is None or now < at or not self._recent(now):
            return None
        return self._hold(max(self._highest, self._record.epoch if self._record else 0) + 1, now, None)

    def renewal(self, now: float, told: Told | None = None) -> Hold | None:
        """Return the next renewal, None while this host does not lead (E3)."""
        self._expire(now)
        return None if self._term is None else self._hold(self._term, now, told)

    def release(self, now: float, *, abstain: float = 0.0, told: Told | None = None) -> Hold | None:
        """Stop leading at once, and return the command that lets others lead; abstain for so many seconds."""
        led, self._abstains_until, self.gave_up = self._term, now + abstain, True
        self._end()
        if led is None or self._text is None:
            return None
        record = replace(self._next(led), released=True, told=told)
        return Hold(self._text, record.text(), now, self._engine)

    def answered(self, hold: Hold, *, now: float, acked: int = 0) -> None:
        """Take note that a bid or renewal was written, and by how many replicas."""
        stands, counts = hold.text in self._pending, acked >= self._acks
        if not counts:
            self._pending.pop(hold.text, None)
        self.observe(hold.text, asked_at=hold.sent_at, now=now, engine=hold.engine)
        if not stands or self._record is None:
            return
        if self._term is None:
            self._unconfirmed_until = self._ends(hold.sent_at)
        self._term = self._record.epoch
        if counts:
            self._counts_from(hold.sent_at)
        self._expire(now)

    def _hold(self, epoch: int, now: float, told: Told | None) -> Hold:
        text = replace(self._next(epoch), told=told).text()
        oldest = now - self._times.lease
        self._pending = {one: at for one, at in self._pending.items() if at > oldest} | {text: now}
        return Hold(self._text or "", text, now, self._engine)

    def _next(self, epoch: int) -> Record:
        self._seq += 1
        return replace(self._mine, epoch=epoch, seq=self._seq)

    def _read(self, text: str) -> Record | None:
        self._too_new = False
        try:
            record = read_record(text) if text else None
        except TooNew:
            self._too_new = True
            return None
        except NotReadable:
            return None
        if record is not None:
            self._highest = max(self._highest, record.epoch)
            self._longest = max(self._longest, record.lease)
        return record

    def _judge(self, text: str, now: float) -> None:
        """E3 to E5: what a reading says of one's own lead."""
        self._expire(now)
        record = self._record
        if not text and self.leads(now):
            return  # the engine lost its data: nobody else may lead before the deadline
        sent_at = self._pending.get(text)
        if record is None or record.run != self._mine.run or record.released:
            self._end()
        elif sent_at is None:
            if record.epoch != self._term:
                self._end()
        elif not self._acks:
            self._term = record.epoch
            self._counts_from(sent_at)
            self._expire(now)

    def _counts_from(self, sent_at: float) -> None:
        self._deadline = max(self._deadline, self._ends(sent_at))
        self.renewed_at, self.gave_up = max(self.renewed_at, sent_at), False

    def _ends(self, sent_at: float) -> float:
        return sent_at + self._times.lease - self._times.margin

    def _expire(self, now: float) -> None:
        if self._term is not None and now >= max(self._deadline, self._unconfirmed_until):
            self._end()

    def _end(self) -> None:
        """A text of an ended term must never count again, should an old copy of the engine show it."""
        self._term, self._deadline, self._unconfirmed_until = None, _NEVER, _NEVER
        self._pending = {}

    def _recent(self, now: float) -> bool:
        """Whether the last reading is so young that nothing can have come and gone since."""
        return now - self._read_at <= self._times.gap

    def _same(self, engine: str) -> bool:
        return engine == self._engine


def _follows(before: Record | None, record: Record | None) -> bool:
    """Whether the holder of one record wrote the other after it."""
    if before is None or record is None:
        return False
    return (before.run, before.epoch) == (record.run, record.epoch) and before.seq < record.seq
