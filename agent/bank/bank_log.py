"""Log lines about the modules: one for each change of verdict, and one event where many leave together.

A row switch, a hub or the power takes a good part of the bank off the air at once (docs/design.md §11): that is one
outage with a beginning and an end. Pure: time comes in with each call, lines go out.
"""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from agent.bank.module_words import Known, named
from agent.bank.moves import Moves
from agent.decision.texts import reason_text
from agent.decision.verdict import Reason, Verdict
from agent.language import _, current_language, ngettext

TOGETHER: Final = 10.0
"""Seconds within which modules that leave are taken to leave together."""
SHARE: Final = 0.25
"""Of the live modules: if so many leave together it is an outage, but never fewer than FEWEST."""
FEWEST: Final = 4
GATHER: Final = 3.0
"""Seconds from the beginning of an outage to its line, so that it counts all that left."""
LONGEST_OUTAGE: Final = 180.0
"""Seconds after which an outage counts as over, whatever is still away: a row switch takes 30 to 90."""
FIRST_ANSWER_WITHIN: Final = 60.0
"""Seconds after which a module that never gave a complete answer is logged: a start takes its time."""
COLLECT: Final = 1.0
"""Seconds for which single changes wait: they may turn out to be part of an outage."""
REPEATS_WITHIN: Final = 3600.0
"""Seconds within which a module that drops again is said to do so again."""
MOST_REPEATS: Final = 100
"""Drops of one module that are counted."""
EXCHANGE_WITHIN: Final = 60.0
"""Seconds for which a module that is live with another one's SIM waits for its line until that one is live as well."""

_QUIET: Final = frozenset({Reason.SETTLING})
_ON_THE_AIR: Final = frozenset({
    Reason.DISABLED,
    Reason.NUMBER_UNKNOWN,
    Reason.NUMBER_INVALID,
    Reason.CONTESTED,
    Reason.DUPLICATE_SIM,
    Reason.DUPLICATE_NUMBER,
    Reason.OVER_CAP,
})  # fmt: skip
"""What makes a number leave although its module is as good as before: no row was switched."""


@dataclass(slots=True)
class _Outage:
    since: float
    away: set[str]
    left: set[str]
    """All that left."""
    logged: bool = False


@dataclass(frozen=True, slots=True)
class LogLine:
    """One line for the log."""

    text: str
    warning: bool = False


class BankLog:
    """Compares the verdicts with those of the last call."""

    def __init__(self) -> None:
        self._newest: Mapping[str, Verdict] | None = None
        self._verdicts: dict[str, Reason] = {}
        self._left: dict[str, float] = {}
        self._drops: dict[str, deque[float]] = {}
        """When each module stopped being live within REPEATS_WITHIN."""
        self._waiting: dict[str, tuple[float, Verdict]] = {}
        self._outage: _Outage | None = None
        self.labels: Mapping[str, str] = {}
        """Names that people gave to modules (`labels` in config.yaml)."""
        self._moves = Moves()
        self._known = Known()

    def update(
        self,
        verdicts: Mapping[str, Verdict],
        now: float,
        known: Known = Known(),  # noqa: B008  it cannot change
    ) -> list[LogLine]:
        """Take the newest verdicts and return what is to be logged now."""
        self._known = known
        if verdicts is self._newest and not (self._waiting or self._left or self._outage):
            return []
        self._newest = verdicts
        live_before = sum(reason is Reason.LIVE for reason in self._verdicts.values()) + len(
            self._recent(now)
        )
        for name, verdict in verdicts.items():
            before = self._verdicts.get(name)
            if before is not verdict.reason:
                self._note(name, before, verdict, now)
        self._verdicts = {name: verdict.reason for name, verdict in verdicts.items()}
        self._drops = {name: drops for name, drops in self._drops.items() if name in verdicts}
        self._moves.keep(verdicts)
        lines = self._outage_lines(live_before, verdicts, now)
        return [*lines, *self._single_lines(verdicts, now)]

    def renamed(self, names: Mapping[str, str]) -> None:
        """Know the modules by other names, the new ones by the old ones; what waits for its line has the old one."""
        self._verdicts = {names.get(name, name): reason for name, reason in self._verdicts.items()}
        self._left = {names.get(name, name): at for name, at in self._left.items()}
        self._drops = {names.get(name, name): drops for name, drops in self._drops.items()}
        self._moves.renamed(names)
        if self._outage is not None:
            self._outage.away = {names.get(name, name) for name in self._outage.away}
            self._outage.left = {names.get(name, name) for name in self._outage.left}

    @property
    def outage(self) -> int | None:
        """How many modules dropped out together; None while there is no outage."""
        return None if self._outage is None else len(self._outage.left)

    def _note(self, name: str, before: Reason | None, verdict: Verdict, now: float) -> None:
        self._moves.seen(name, self._known.held(name), live=verdict.reason is Reason.LIVE)
        if before is Reason.LIVE:
            self._drops.setdefault(name, deque(maxlen=MOST_REPEATS)).append(now)
        leaves = before is Reason.LIVE and verdict.reason not in _ON_THE_AIR
        if leaves:
            self._left[name] = now
        joins = self._outage is not None and leaves and now < self._outage.since + TOGETHER
        if self._outage is not None and (joins or name in self._outage.away):
            if verdict.reason is not Reason.LIVE:
                self._outage.away.add(name)
                self._outage.left.add(name)
                self._waiting.pop(name, None)  # it is part of the outage now
            return
        if verdict.reason in _QUIET:
            if name in self._waiting and self._waiting[name][1].reason is Reason.SILENT:
                del self._waiting[name]
            return
        unasked = before is None and verdict.reason is Reason.SILENT
        log_at = now + FIRST_ANSWER_WITHIN if unasked else now
        self._waiting[name] = (min(log_at, self._waiting.get(name, (log_at, verdict))[0]), verdict)

    def _recent(self, now: float) -> list[str]:
        self._left = {name: at for name, at in self._left.items() if now - at < TOGETHER}
        return [name for name in self._left if self._verdicts.get(name) is not Reason.LIVE]

    def _outage_lines(self, live_before: int, verdicts: Mapping[str, Verdict], now: float) -> list[LogLine]:
        if self._outage is None:
            left = {name for name in self._recent(now) if name in verdicts}
            if len(left) < max(FEWEST, SHARE * live_before):
                return []
            self._outage = _Outage(now, left, set(left))
            for name in left:
                self._waiting.pop(name, None)
        outage = self._outage
        outage.away = {
            name for name in outage.away if name in verdicts and verdicts[name].reason is not Reason.LIVE
        }
        over = not outage.away or now >= outage.since + LONGEST_OUTAGE
        lines: list[LogLine] = []
        if not outage.logged and (over or now >= outage.since + GATHER):
            outage.logged = True
            reasons = _counts(Counter(verdicts[name].reason for name in outage.away))
            lines.append(LogLine(_begin_of(outage, reasons), warning=True))
        if over:
            self._outage = None
            self._left.clear()
            lines.append(_end_of(outage, verdicts, now))
        return lines

    def _single_lines(self, verdicts: Mapping[str, Verdict], now: float) -> list[LogLine]:
        due = {
            name
            for name, (at, _) in self._waiting.items()
            if now >= at + (EXCHANGE_WITHIN if self._waits_for_partner(name) else COLLECT)
        }
        ready = {
            name: verdicts.get(name, verdict)  # with what is known by now
            for name, (_, verdict) in self._waiting.items()
            if name in due
            # Live ones come along, and make one line.
            or (due and verdict.reason is Reason.LIVE and not self._waits_for_partner(name))
        }
        for name in ready:
            del self._waiting[name]
        if len(ready) > FEWEST:
            live = sum(reason is Reason.LIVE for reason in self._verdicts.values())
            changed = _named_counts(ready)
            text = ngettext(
                "{n} module: {changes}; {live} of {all} are live now",
                "{n} modules: {changes}; {live} of {all} are live now",
                len(ready),
            )
            return [LogLine(text.format(n=len(ready), changes=changed, live=live, all=len(self._verdicts)))]
        return list(self._lines(ready, now))

    def _waits_for_partner(self, name: str) -> bool:
        """Whether a module has the SIM of one that is about to be live with this one's."""
        other = self._moves.partner(name, self._known.held)
        if other is None or self._verdicts.get(name) is not Reason.LIVE:
            return False
        return self._verdicts.get(other) is not Reason.LIVE

    def _lines(self, ready: Mapping[str, Verdict], now: float) -> Iterator[LogLine]:
        told: set[str] = set()
        for name, verdict in ready.items():
            other = self._moves.partner(name, self._known.held)
            if name in told:
                continue
            if other is not None and other in ready and verdict.reason is ready[other].reason is Reason.LIVE:
                told.add(other)
                text = _("{name} and {other} have exchanged their SIMs: {first}, {second}, both live")
                first, second = self._who(name), self._who(other)
                yield LogLine(text.format(name=name, other=other, first=first, second=second))
            elif verdict.reason is Reason.LIVE:
                origin = self._moves.came_from(name)
                text = _("{module} live") if origin is None else _("{module} live, was in {origin}")
                yield LogLine(text.format(module=self._who(name), origin=origin))
            else:
                text = reason_text(verdict.reason, verdict.detail, current_language())
                yield LogLine(f"{self._who(name)} {text}{self._again(name, verdict, now)}", warning=True)
        for name in ready:
            self._moves.told(name)

    def _who(self, name: str) -> str:
        """Name a module with the SIM that was in it last; the log masks what is personal."""
        sim, label = self._moves.sim(name), self.labels.get(name)
        module = f"{name} ({label})" if label else name
        return f"{module}: {sim}" if sim is not None else f"{module}:"

    def _again(self, name: str, verdict: Verdict, now: float) -> str:
        """How often a module stopped being live within an hour, where it did so before, and when it may be back."""
        drops = self._drops.get(name)
        while drops and now - drops[0] >= REPEATS_WITHIN:
            drops.popleft()
        if not drops or len(drops) < 2 or verdict.reason in _ON_THE_AIR:
            return ""
        text = _(", again, {n} times in an hour")
        if len(drops) >= MOST_REPEATS:
            text = _(", again, at least {n} times in an hour")
        again, back_in = text.format(n=len(drops)), self._known.back_in(name)
        if back_in is None or back_in < 1:
            return again
        return again + _("; live again in {seconds:.0f} s at the earliest").format(seconds=back_in)


def _begin_of(outage: _Outage, reasons: str) -> str:
    n, names = len(outage.left), named(outage.left)
    if not reasons:
        text = ngettext(
            "{n} module dropped out: {names}; check the row switch, the hub, the power",
            "{n} modules dropped out together: {names}; check the row switch, the hub, the power",
            n,
        )
        return text.format(n=n, names=names)
    text = ngettext(
        "{n} module dropped out ({reasons}): {names}; check the row switch, the hub, the power",
        "{n} modules dropped out together ({reasons}): {names}; check the row switch, the hub, the power",
        n,
    )
    return text.format(n=n, reasons=reasons, names=names)


def _end_of(outage: _Outage, verdicts: Mapping[str, Verdict], now: float) -> LogLine:
    took, n = now - outage.since, len(outage.left)
    if not outage.away:
        text = ngettext(
            "{n} module is back after {seconds:.0f} s", "all {n} modules are back after {seconds:.0f} s", n
        )
        return LogLine(text.format(n=n, seconds=took))
    still = _counts(Counter(verdicts[name].reason for name in outage.away))
    text = _("{back} of {n} modules are back after {seconds:.0f} s; not yet: {still} ({names})")
    back, names = n - len(outage.away), named(outage.away)
    return LogLine(text.format(back=back, n=n, seconds=took, still=still, names=names), warning=True)


def _counts(reasons: Counter[Reason] | Mapping[Reason, int]) -> str:
    """Return "40 no SIM, 3 searching for a network", the most frequent first."""
    ordered: Iterable[tuple[Reason, int]] = Counter(reasons).most_common()
    text, language = _("{n} {reason}"), current_language()
    return ", ".join(
        text.format(n=count, reason=reason_text(reason, language=language)) for reason, count in ordered
    )


def _named_counts(verdicts: Mapping[str, Verdict]) -> str:
    """Return "40 no SIM (Port1 to Port40), 3 live (…)", the most frequent first."""
    names: dict[Reason, list[str]] = {}
    for name, verdict in verdicts.items():
        names.setdefault(verdict.reason, []).append(name)
    ordered = sorted(names.items(), key=lambda pair: -len(pair[1]))
    text, language = _("{n} {reason} ({names})"), current_language()
    return ", ".join(
        text.format(n=len(some), reason=reason_text(reason, language=language), names=named(some))
        for reason, some in ordered
    )
