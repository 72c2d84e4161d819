"""What one service has been told and is to be told: the newest state, never a queue of old messages. Pure.

A message is made when it may go out, of the difference between what is wrong now and what was told. So a burst is one
message, what came back meanwhile needs none, and a service that was away for a day gets one message when it returns.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Final

from agent.alerts.fault_book import Ended, Fault
from agent.alerts.rule import URGENT, FaultKey

HOUR: Final = 3600.0
GATHER: Final = 30.0
"""Seconds that a message waits for more of the same burst; twice that for each message of the last hour."""
GATHER_URGENT: Final = 5.0
RETRY: Final = 60.0
"""Seconds after a failure; they double with each, up to RETRY_MOST."""
RETRY_MOST: Final = 1800.0
MOST_MISSED: Final = 1_000
"""Faults that came and went before they could be told."""


@dataclass(frozen=True, slots=True)
class Missed:
    """A fault that came and went before it could be told; `times` where that happened again and again."""

    fault: Fault
    until: float
    times: int = 1


@dataclass(frozen=True, slots=True)
class Draft:
    """What one message tells."""

    new: Mapping[FaultKey, Fault]
    over: Mapping[FaultKey, Ended]
    missed: Mapping[FaultKey, Missed]

    @property
    def urgent(self) -> bool:
        """Whether it is about something that stops all sales."""
        return any(key.rule in URGENT for part in (self.new, self.over, self.missed) for key in part)

    def __bool__(self) -> bool:
        return bool(self.new or self.over or self.missed)


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """How the operator wants to be told."""

    per_hour: int = 6
    recovered: bool = True


class Outbox:
    """The way to one service. `told` are the faults that it knows of."""

    def __init__(self, told: Iterable[FaultKey] = ()) -> None:
        self.told: set[FaultKey] = set(told)
        self._over: dict[FaultKey, Ended] = {}
        """Of those that were told."""
        self._missed: dict[FaultKey, Missed] = {}
        self._waiting_since: float | None = None
        self._sent: deque[float] = deque()
        """When messages went out that may have arrived, within the last hour."""
        self._failures = 0
        self._retry_at = 0.0

    def take(self, ended: Iterable[Ended], dropped: Iterable[FaultKey]) -> None:
        """Note which faults are over, and which no longer matter."""
        for key in dropped:
            self.told.discard(key)
            self._over.pop(key, None)
        for one in ended:
            if one.key in self.told:
                self._over[one.key] = one
            else:
                before = self._missed.pop(one.key, None)
                self._missed[one.key] = Missed(
                    one.fault, one.until, 1 if before is None else before.times + 1
                )
        while len(self._missed) > MOST_MISSED:
            del self._missed[next(iter(self._missed))]

    def due(
        self, faults: Mapping[FaultKey, Fault], now: float, limits: Limits, *, quiet: bool
    ) -> Draft | None:
        """Return what is to be sent now, None while there is nothing, or it must wait."""
        self._forget_back(faults, recovered=limits.recovered)
        draft = self._draft(faults, urgent_only=quiet)
        if not draft:
            self._waiting_since = None
            return None
        if self._waiting_since is None:
            self._waiting_since = now
        while self._sent and now - self._sent[0] >= HOUR:
            self._sent.popleft()
        reserve = 1 if limits.per_hour > 1 and not draft.urgent else 0
        if len(self._sent) >= limits.per_hour - reserve or now < self._retry_at:
            return None
        gather = GATHER_URGENT if draft.urgent else GATHER * 2 ** min(len(self._sent), 6)
        return draft if now - self._waiting_since >= gather else None

    def sent(self, draft: Draft, faults: Mapping[FaultKey, Fault], now: float) -> None:
        """Note that the service has taken a message; `faults` are those of now."""
        for key in draft.new:
            if (ended := self._missed.pop(key, None)) is not None:  # while the message was under way
                self._over[key] = Ended(key, ended.fault, ended.until)
            if ended is not None or key in faults:
                self.told.add(key)
        for key, one in draft.over.items():
            if self._over.get(key) is one:
                del self._over[key]
            self.told.discard(key)
        for key, missed in draft.missed.items():
            kept = self._missed.get(key)
            if kept is missed:
                del self._missed[key]
            elif kept is not None:  # it came and went again while the message was under way
                self._missed[key] = replace(kept, times=kept.times - missed.times)
        self._sent.append(now)
        self._waiting_since, self._failures, self._retry_at = None, 0, 0.0

    def failed(self, now: float, *, may_have_arrived: bool) -> None:
        """Note that it has not; the next try is made of the state of its moment."""
        if may_have_arrived:
            self._sent.append(now)
        self._retry_at = now + min(RETRY * 2**self._failures, RETRY_MOST)
        self._failures = min(self._failures + 1, 10)

    def _forget_back(self, faults: Mapping[FaultKey, Fault], *, recovered: bool) -> None:
        """Drop the end of what holds again: what is wrong now is what matters."""
        for part in (self._over, self._missed):
            for key in [key for key in part if key in faults]:
                del part[key]
        if not recovered:
            self.told -= self._over.keys()
            self._over.clear()

    def _draft(self, faults: Mapping[FaultKey, Fault], *, urgent_only: bool) -> Draft:
        def shown(key: FaultKey) -> bool:
            return key.rule in URGENT or not urgent_only

        return Draft(
            new={key: fault for key, fault in faults.items() if key not in self.told and shown(key)},
            over={key: one for key, one in self._over.items() if shown(key)},
            missed={key: missed for key, missed in self._missed.items() if shown(key)},
        )
