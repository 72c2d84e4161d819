"""Watches the host for faults and lets people know: rules and outboxes in, messages to the courier out."""

from __future__ import annotations

import asyncio
import logging
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from agent.alerts import kept
from agent.alerts.courier import Courier, Delivery, Receipt
from agent.alerts.fault_book import FaultBook
from agent.alerts.outbox import Draft, Limits, Outbox
from agent.alerts.quiet import QuietHours
from agent.alerts.receipt_texts import why_in
from agent.alerts.rule import FaultKey, Rule, RulePolicy
from agent.alerts.situation import Situation
from agent.alerts.texts import Setting, message_of
from agent.formats.service_url import shown_service
from agent.language import current_language

_log = logging.getLogger(__name__)

INTERVAL: Final = 5.0
"""Seconds between two looks."""
KEEP_AFTER: Final = 120.0
"""Seconds after which a lost module is kept for the next run: what flaps must not write to the disk all the time."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertPolicy:
    """What the operator wants: whom to tell, of what, and how."""

    urls: tuple[str, ...] = field(default=(), repr=False)
    rules: RulePolicy = field(default_factory=RulePolicy)
    limits: Limits = field(default_factory=Limits)
    quiet: QuietHours | None = None
    language: str = "en"
    personal: bool = False


@dataclass(slots=True)
class Service:
    """One service that is told, and what became of its last messages."""

    url: str = field(repr=False)
    name: str
    """Without secrets: `tgram://… (1)`."""
    outbox: Outbox
    sent_at: float | None = None
    """UNIX time, like `failed_at`."""
    failed_at: float | None = None
    """None once a message was sent again."""
    why: str = ""


class Alerter:
    """Tells people what is wrong. `services` are those of now; `counts` their messages by outcome.

    `look` gives the situation; `minute` the minute of the local day; `keep` keeps a text for the next run. What the
    last run kept is `before`, and `live` the modules that were live at its end.
    """

    def __init__(
        self,
        policy: AlertPolicy,
        courier: Courier,
        *,
        host: str,
        look: Callable[[], Situation],
        clock: Callable[[], float],
        wall: Callable[[], float],
        minute: Callable[[], int],
        keep: Callable[[str], None],
        before: str = "",
        live: Sequence[str] = (),
        on_change: Callable[[], None] = lambda: None,
    ) -> None:
        self.counts: Counter[str] = Counter(sent=0, failed=0)
        self.services: tuple[Service, ...] = ()
        self._courier = courier
        self._host = host
        self._look = look
        self._clock = clock
        self._wall = wall
        self._minute = minute
        self._keep = keep
        self._on_change = on_change
        self._kept: tuple[frozenset[FaultKey], frozenset[FaultKey]] | None = None
        self._sending: asyncio.Task[None] | None = None
        restored = kept.read(before, wall() - clock(), clock())
        self._told_before = {key for key, (_, _, told) in restored.items() if told}
        self._book = FaultBook.restored(restored, live)
        self._policy = AlertPolicy()
        self.reconfigure(policy)

    def reconfigure(self, policy: AlertPolicy) -> None:
        """Put a policy into force. Services that stay keep what they know; new ones are told all that is wrong."""
        before = {service.url: service for service in self.services}
        self.services = tuple(
            replace(before[url], name=name)
            if url in before
            else Service(url, name, Outbox(self._told_before))
            for url, name in zip(policy.urls, names_of(policy.urls), strict=True)
        )
        rules = (self._policy.rules.live_share, self._policy.rules.live_number)
        if (policy.rules.live_share, policy.rules.live_number) != rules and self._policy.urls:
            self._drop([self._book.forget(FaultKey(Rule.LIVE_BELOW))])
        self._policy = policy
        self._told_before = set()

    async def run(self) -> None:
        """Look every INTERVAL until cancelled; the child ends then. No fault of its own ends the agent."""
        try:
            while True:
                try:
                    self.turn()
                except Exception:  # noqa: BLE001  whatever it is, reports go on
                    _log.exception("alerts: the rules could not be checked")
                await asyncio.sleep(INTERVAL)
        finally:
            self._courier.end()
            if self._sending is not None:
                self._sending.cancel()

    def turn(self) -> None:
        """Look once, and begin to send what is due; one batch at a time."""
        if not self.services:
            return
        situation = self._look()
        ended, dropped = self._book.update(situation, self._policy.rules)
        for service in self.services:
            service.outbox.take(ended, dropped)
        if self._sending is None:
            drafts = self._due(situation)
            if drafts:
                self._sending = asyncio.ensure_future(self._send(drafts, situation))
        self._keep_state()

    def _due(self, situation: Situation) -> dict[str, Draft]:
        """Return what each service is to be told now, by its URL."""
        quiet = self._policy.quiet is not None and self._policy.quiet.hold(self._minute())
        faults = self._book.faults
        drafts = {
            service.url: service.outbox.due(faults, situation.now, self._policy.limits, quiet=quiet)
            for service in self.services
        }
        return {url: draft for url, draft in drafts.items() if draft is not None}

    async def _send(self, drafts: Mapping[str, Draft], situation: Situation) -> None:
        setting = Setting(
            host=self._host,
            language=self._policy.language,
            personal=self._policy.personal,
            now=situation.now,
            live=situation.live,
            modules=len(situation.modules),
            labels=situation.labels,
        )
        deliveries = [Delivery(url, message_of(draft, setting)) for url, draft in drafts.items()]
        try:
            receipts = await self._courier.send(deliveries)
        except Exception as error:  # noqa: BLE001  the same
            _log.exception("alerts: the messages were not sent")
            receipts = [Receipt(sent=False, why=type(error).__name__)] * len(deliveries)
        finally:
            self._sending = None
        services = {service.url: service for service in self.services}
        for (url, draft), receipt in zip(drafts.items(), receipts, strict=True):
            if url in services:  # else a reload took it out meanwhile
                self._note(services[url], draft, receipt)
                if receipt.sent:
                    title = message_of(draft, replace(setting, language=current_language())).title
                    _log.info("alerts: sent to %s: %s", services[url].name, title)
        self._keep_state()
        self._on_change()

    def _note(self, service: Service, draft: Draft, receipt: Receipt) -> None:
        now = self._clock()
        if receipt.sent:
            self.counts["sent"] += 1
            service.outbox.sent(draft, self._book.faults, now)
            if service.failed_at is not None:
                _log.info("alerts: %s takes messages again", service.name)
            service.sent_at, service.failed_at, service.why = self._wall(), None, ""
            return
        self.counts["failed"] += 1
        service.outbox.failed(now, may_have_arrived=receipt.may_have_arrived)
        if service.failed_at is None or service.why != receipt.why:
            why = why_in(receipt.why, current_language())
            _log.warning("alerts: %s took no message: %s", service.name, why)
        service.failed_at, service.why = self._wall(), receipt.why

    def _drop(self, keys: Sequence[FaultKey]) -> None:
        for service in self.services:
            service.outbox.take((), keys)

    def _keep_state(self) -> None:
        """Keep what the next run needs to know, where that changed; what one service knows counts as told."""
        told = set[FaultKey]().union(*(service.outbox.told for service in self.services))
        faults = {**self._book.faults, **self._book.lost_for(KEEP_AFTER, self._clock())}
        state = (frozenset(faults), frozenset(told))
        if state != self._kept:
            self._kept = state
            self._keep(kept.written(faults, told, self._wall() - self._clock()))


def names_of(urls: Sequence[str]) -> list[str]:
    """Return a name for each service that shows no secret; the number tells equal ones apart."""
    return [f"{shown_service(url)} ({at})" for at, url in enumerate(urls, 1)]
