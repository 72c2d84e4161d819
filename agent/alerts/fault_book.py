"""The faults of this host over time: what begins, what has lasted long enough to be told, what is over. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Final

from agent.alerts.findings import Inspector, Lived, needed
from agent.alerts.rule import FaultKey, Rule, RulePolicy
from agent.alerts.situation import ModuleLook, Situation, Standing
from agent.language import NO_TEXT, Bilingual

START: Final = 120.0
"""Seconds from the start in which nothing counts as wrong: a bank that just starts is not lost (first report: 90 s)."""
OVER_FOR: Final = 60.0
"""Seconds that a fault must be away to be over: what comes and goes is one fault."""
FORGET: Final = 86_400.0
"""Seconds after which a fault is dropped of which nothing can be said any more."""
MOST_LIVED: Final = 4_096
"""Modules that are remembered as having been live."""


@dataclass(frozen=True, slots=True)
class Fault:
    """Something that is wrong, as its message tells it. Instants are on the agent's clock."""

    since: float
    detail: Bilingual = NO_TEXT
    count: int = 0
    level: int = 0
    number: str = ""
    """That a lost module had last."""


@dataclass(frozen=True, slots=True)
class Ended:
    """A fault that was told, or should have been, and is over."""

    key: FaultKey
    fault: Fault
    until: float


@dataclass(slots=True)
class _Record:
    fault: Fault
    seen: float
    """When it was first seen to hold."""
    mature: bool = False
    away_since: float | None = None
    unknown_since: float | None = None


@dataclass(slots=True)
class FaultBook:
    """Takes situations in turn; `faults` are those that people must know of."""

    lived: dict[str, Lived] = field(default_factory=dict)
    """Modules that were live in this run, or at the last stop."""
    recalled: frozenset[str] = frozenset()
    """Those of the last stop that this run has not seen yet."""
    _records: dict[FaultKey, _Record] = field(default_factory=dict)

    @classmethod
    def restored(cls, kept: Mapping[FaultKey, tuple[float, int, bool]], live: Iterable[str]) -> FaultBook:
        """Return the book of a new run.

        `kept`: for each fault since when it holds (agent's clock, may be negative), its level, and whether it was
        told. `live`: the modules that were live at the last stop.
        """
        lost = {key.subject for key in kept if key.rule is Rule.MODULE_LOST}
        names = [*dict.fromkeys([*live, *lost])][:MOST_LIVED]
        book = cls(lived={name: Lived("", "") for name in names}, recalled=frozenset(names))
        for key, (since, level, told) in kept.items():
            book._records[key] = _Record(Fault(since, level=level), seen=since, mature=told)
        return book

    @property
    def faults(self) -> dict[FaultKey, Fault]:
        """What is wrong and has lasted long enough."""
        return {key: record.fault for key, record in self._records.items() if record.mature}

    def lost_for(self, seconds: float, now: float) -> dict[FaultKey, Fault]:
        """Return the modules that have been lost for so long, whether they are to be told yet or not."""
        return {
            key: record.fault
            for key, record in self._records.items()
            if key.rule is Rule.MODULE_LOST and now - record.seen >= seconds
        }

    def forget(self, key: FaultKey) -> FaultKey:
        """Drop what is known of a fault: its rule has changed."""
        self._records.pop(key, None)
        return key

    def update(self, situation: Situation, policy: RulePolicy) -> tuple[list[Ended], list[FaultKey]]:
        """Take a situation; return the faults that are over, and those that were dropped without a word."""
        self._note_lived(situation.modules)
        inspector = Inspector(situation, policy, self.lived, self.recalled)
        ended: list[Ended] = []
        dropped: list[FaultKey] = []
        holding = self._note_findings(inspector, ended, dropped)
        if situation.now - situation.started_at >= START:
            lost_hubs = {key.subject for key in holding if key.rule is Rule.HUB_LOST}
            for key in holding:
                self._ripen(key, situation.now, policy, lost_hubs)
        return ended, dropped

    def _note_lived(self, modules: Mapping[str, ModuleLook]) -> None:
        for name, module in modules.items():
            if module.live or (name in self.recalled and not self.lived[name].group and module.group):
                self.lived.pop(name, None)
                self.lived[name] = Lived(module.group, module.number)
        if self.recalled and self.recalled & modules.keys():
            self.recalled -= modules.keys()
        while len(self.lived) > MOST_LIVED:
            del self.lived[next(iter(self.lived))]

    def _note_findings(
        self, inspector: Inspector, ended: list[Ended], dropped: list[FaultKey]
    ) -> list[FaultKey]:
        """Bring the records up to date; return the keys of what holds."""
        now = inspector.situation.now
        holding: list[FaultKey] = []
        for key in {**dict.fromkeys(self._records), **dict.fromkeys(inspector.candidates())}:
            record = self._records.get(key)
            found = inspector.find(key, level=record.fault.level if record is not None else 0)
            if found.standing is Standing.HOLDS:
                holding.append(key)
                fault = Fault(
                    found.since if found.since is not None else record.fault.since if record else now,
                    found.detail, found.count, found.level,
                    self.lived[key.subject].number if key.rule is Rule.MODULE_LOST else "",
                )  # fmt: skip
                if record is None:
                    self._records[key] = _Record(fault, seen=now)
                else:
                    record.fault, record.away_since, record.unknown_since = fault, None, None
            elif record is not None and self._goes(record, found.standing, now):
                del self._records[key]
                if record.mature and record.away_since is not None:
                    fault = replace(record.fault, count=found.count or record.fault.count)
                    ended.append(Ended(key, fault, record.away_since))
                elif record.mature:
                    dropped.append(key)
        return holding

    @staticmethod
    def _goes(record: _Record, standing: Standing, now: float) -> bool:
        """Whether the record of what does not hold now is to be ended or dropped."""
        if standing is Standing.MOOT:
            record.away_since = None
            return True
        if standing is Standing.UNKNOWN:
            record.away_since = None
            record.unknown_since = now if record.unknown_since is None else record.unknown_since
            return now - record.unknown_since >= FORGET
        if not record.mature:
            return True
        record.unknown_since = None
        record.away_since = now if record.away_since is None else record.away_since
        return now - record.away_since >= OVER_FOR

    def _ripen(self, key: FaultKey, now: float, policy: RulePolicy, lost_hubs: set[str]) -> None:
        record, lasts = self._records[key], needed(key.rule, policy)
        if record.mature or lasts is None or now - record.seen < lasts:
            return
        lived = self.lived.get(key.subject) if key.rule is Rule.MODULE_LOST else None
        if lived is None or lived.group not in lost_hubs:  # else its hub is told
            record.mature = True
