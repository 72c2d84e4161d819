"""A host for tests of alerts: modules that come and go, and one service that is told."""

from __future__ import annotations

from agent.alerts.fault_book import FaultBook
from agent.alerts.outbox import Limits, Outbox
from agent.alerts.rule import FaultKey, Rule, RulePolicy
from agent.alerts.situation import ModuleLook, ReportsLook, Situation
from agent.decision.verdict import Reason
from agent.language import Bilingual

POLICY = RulePolicy()


def module(name: str) -> FaultKey:
    return FaultKey(Rule.MODULE_LOST, name)


class Host:
    """Time goes on by `pass_time`; what was sent stands in `messages` as (time, draft)."""

    def __init__(self, modules=4, *, policy=POLICY, limits=None, book=None, told=(), now=0.0, group=""):
        self.now = self.started_at = now
        self.reasons = {f"Port{n}": Reason.LIVE for n in range(1, modules + 1)}
        self.group = group
        self.policy = policy
        self.limits = limits or Limits()
        self.book = book or FaultBook()
        self.outbox = Outbox(told)
        self.quiet = False
        self.works = True
        self.real = True
        self.refused = False
        self.accepts = True
        self.accepted_at = None
        self.store = ""
        self.usual = None
        self.speaks = True
        self.hosts = {}
        self.messages = []

    def situation(self):
        if self.accepts:
            self.accepted_at = self.now
        return Situation(
            now=self.now,
            started_at=self.started_at,
            modules={
                name: ModuleLook(reason, Bilingual(reason.value, reason.value), self.group, "+46701740001")
                for name, reason in self.reasons.items()
            },
            reports=ReportsLook(self.accepted_at, self.refused, Bilingual("why", "почему"))
            if self.real
            else None,
            speaks=self.speaks,
            usual=self.usual,
            store_problem=Bilingual(self.store, self.store),
            hosts=self.hosts,
        )

    def turn(self):
        ended, dropped = self.book.update(self.situation(), self.policy)
        self.outbox.take(ended, dropped)
        draft = self.outbox.due(self.book.faults, self.now, self.limits, quiet=self.quiet)
        if draft is None:
            return
        if self.works:
            self.outbox.sent(draft, self.book.faults, self.now)
            self.messages.append((self.now, draft))
        else:
            self.outbox.failed(self.now, may_have_arrived=False)

    def pass_time(self, seconds, step=5.0):
        end = self.now + seconds
        while self.now < end:
            self.now += step
            self.turn()

    @property
    def told(self):
        """What the messages told, in their order: ("new" | "over" | "missed", key)."""
        return [
            (what, key)
            for _, draft in self.messages
            for what, part in (("new", draft.new), ("over", draft.over), ("missed", draft.missed))
            for key in part
        ]
