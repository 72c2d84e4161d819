"""What the log says about the bank's comings and goings.

Responsible for few, telling lines: a module's change of verdict is one line, and when a good part of the bank goes off
the air together (a row switch, a hub, the power) that is one event with a beginning and an end (docs/design.md §11).
Pure: time comes in with each call, lines go out. Must not know why modules go, nor where the lines are written.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from agent.decision.texts import reason_text
from agent.decision.verdict import Reason, Verdict
from drivers.ports import natural

TOGETHER: Final = 10.0
"""Seconds within which modules that leave are taken to leave together."""
SHARE: Final = 0.25
"""Of the live modules: so many leaving together are an event of the bank, but never fewer than FEWEST."""
FEWEST: Final = 4
GATHER: Final = 3.0
"""Seconds for which a gap is watched before it is told, so that its line counts all who left."""
GAP_AT_MOST: Final = 180.0
"""Seconds after which a gap counts as over, whoever is still away: a row switch takes 30 to 90."""
FIRST_WORD: Final = 60.0
"""Seconds after which a module that has never said a whole word is told: a start takes its time."""
COLLECT: Final = 1.0
"""Seconds for which single changes wait, for they may turn out to be part of a gap."""

NAMED: Final = 8
"""Modules that are named where a gap ends and they are still away; of more the log says only how many."""

_QUIET: Final = frozenset({Reason.SETTLING})
_ON_THE_AIR: Final = frozenset({
    Reason.DISABLED,
    Reason.NUMBER_UNKNOWN,
    Reason.NUMBER_INVALID,
    Reason.DUPLICATE_SIM,
    Reason.DUPLICATE_NUMBER,
    Reason.OVER_CAP,
})  # fmt: skip
"""What makes a number leave while its module is as well as before: no row was switched."""


@dataclass(slots=True)
class _Gap:
    since: float
    away: set[str]
    most: int
    told: bool = False


@dataclass(frozen=True, slots=True)
class Line:
    """One line for the log."""

    text: str
    warning: bool = False


class BankLog:
    """Follows the verdicts and says what a person wants to know."""

    def __init__(self) -> None:
        self._verdicts: dict[str, Reason] = {}
        self._left: dict[str, float] = {}
        self._waiting: dict[str, tuple[float, Verdict]] = {}
        self._gap: _Gap | None = None

    def follow(self, verdicts: Mapping[str, Verdict], now: float) -> list[Line]:
        """Take the newest verdicts and return what is to be said now."""
        live_before = sum(reason is Reason.LIVE for reason in self._verdicts.values()) + len(
            self._recent(now)
        )
        for name, verdict in verdicts.items():
            before = self._verdicts.get(name)
            if before is not verdict.reason:
                self._note(name, before, verdict, now)
        self._verdicts = {name: verdict.reason for name, verdict in verdicts.items()}
        lines = self._gap_lines(live_before, verdicts, now)
        return [*lines, *self._single_lines(verdicts, now)]

    @property
    def gap(self) -> int | None:
        """How many modules went off the air together; None while no such event is on."""
        return None if self._gap is None else self._gap.most

    def _note(self, name: str, before: Reason | None, verdict: Verdict, now: float) -> None:
        leaves = before is Reason.LIVE and verdict.reason not in _ON_THE_AIR
        if leaves:
            self._left[name] = now
        joins = self._gap is not None and leaves and now < self._gap.since + TOGETHER
        if self._gap is not None and (joins or name in self._gap.away):
            if verdict.reason is not Reason.LIVE:
                self._gap.away.add(name)
                self._gap.most = max(self._gap.most, len(self._gap.away))
                self._waiting.pop(name, None)  # what was to be said of it holds no longer
            return
        if verdict.reason in _QUIET:
            if name in self._waiting and self._waiting[name][1].reason is Reason.SILENT:
                del self._waiting[name]
            return
        unasked = before is None and verdict.reason is Reason.SILENT
        told_at = now + FIRST_WORD if unasked else now
        self._waiting[name] = (min(told_at, self._waiting.get(name, (told_at, verdict))[0]), verdict)

    def _recent(self, now: float) -> list[str]:
        self._left = {name: at for name, at in self._left.items() if now - at < TOGETHER}
        return [name for name in self._left if self._verdicts.get(name) is not Reason.LIVE]

    def _gap_lines(self, live_before: int, verdicts: Mapping[str, Verdict], now: float) -> list[Line]:
        if self._gap is None:
            left = {name for name in self._recent(now) if name in verdicts}
            if len(left) < max(FEWEST, SHARE * live_before):
                return []
            self._gap = _Gap(now, left, len(left))
            for name in left:
                self._waiting.pop(name, None)
        gap = self._gap
        gap.away = {
            name for name in gap.away if name in verdicts and verdicts[name].reason is not Reason.LIVE
        }
        over = not gap.away or now >= gap.since + GAP_AT_MOST
        lines: list[Line] = []
        if not gap.told and (over or now >= gap.since + GATHER):
            gap.told = True
            reasons = _spoken(Counter(verdicts[name].reason for name in gap.away))
            words = f" ({reasons})" if reasons else ""
            text = f"{gap.most} modules went off the air together{words}: row switch, hub, power?"
            lines.append(Line(text, warning=True))
        if over:
            self._gap = None
            self._left.clear()
            lines.append(_end_of(gap, verdicts, now))
        return lines

    def _single_lines(self, verdicts: Mapping[str, Verdict], now: float) -> list[Line]:
        due = {name for name, (at, _) in self._waiting.items() if now >= at + COLLECT}
        ready = [
            (name, verdicts.get(name, verdict))  # with what is known by now
            for name, (_, verdict) in self._waiting.items()
            if name in due
            or (due and verdict.reason is Reason.LIVE)  # good news comes along, and makes one line
        ]
        for name, _ in ready:
            del self._waiting[name]
        if len(ready) > FEWEST:
            live = sum(reason is Reason.LIVE for reason in self._verdicts.values())
            changed = _spoken(Counter(verdict.reason for _, verdict in ready))
            return [Line(f"{len(ready)} modules: {changed}; {live} of {len(self._verdicts)} are live now")]
        return [
            Line(f"{name}: {reason_text(verdict.reason, verdict.detail)}", verdict.reason is not Reason.LIVE)
            for name, verdict in ready
        ]


def _end_of(gap: _Gap, verdicts: Mapping[str, Verdict], now: float) -> Line:
    took = f"after {now - gap.since:.0f} s"
    if not gap.away:
        return Line(f"all {gap.most} modules are back {took}")
    still = _spoken(Counter(verdicts[name].reason for name in gap.away))
    names = f" ({', '.join(sorted(gap.away, key=natural))})" if len(gap.away) <= NAMED else ""
    words = f"{gap.most - len(gap.away)} of {gap.most} modules are back {took}; not yet: {still}{names}"
    return Line(words, warning=True)


def _spoken(reasons: Counter[Reason] | Mapping[Reason, int]) -> str:
    """Return "40 no SIM, 3 searching for a network", the most frequent first."""
    ordered: Iterable[tuple[Reason, int]] = Counter(reasons).most_common()
    return ", ".join(f"{count} {reason_text(reason)}" for reason, count in ordered)
