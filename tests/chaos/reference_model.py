"""What is true beside what is said: the judge of the chaos tests.

Responsible for remembering how every module really was, from the simulator's `truth`, and for saying which claims of
a report were untrue for longer than `bounds` allows. Pure: times come in with each call, in seconds on
CLOCK_BOOTTIME. Must not know processes, HTTP, nor anything of the agent: what it knows of the rules is docs/design.md.
"""

from __future__ import annotations

from collections import Counter, deque
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from drivers.simulator.personality import load

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from bounds import Bounds

SIM_IS_WELL = frozenset({"ready", "busy"})
"""SIM states in which a registered card receives messages."""
PACKET_ONLY = -1
"""The simulator's "attached for packets alone"; on LTE an EPS registration, which counts (docs/design.md §4)."""
NOT_BLINKING = frozenset({3, 8, 11})
"""Registration states that count at once: denied and emergency only."""
REMEMBERED = 120.0
"""Seconds of each module's past that are kept."""

Claim = tuple[str, str]
"""A module's name (its port_id) and a number."""


@dataclass(frozen=True, slots=True)
class Stretch:
    """From `since` on the module held `number`, None for no number that receives."""

    since: float
    number: str | None
    told: bool
    """The module announced the change itself."""
    blinking: bool
    """The SIM is well and only the network is missing."""
    why: str
    """The facts, for people."""


@dataclass(slots=True)
class Past:
    """One module's history."""

    stretches: deque[Stretch] = field(default_factory=deque)
    unheard_since: float | None = None
    """Since when it gives no answer that can be read; None while it does."""
    disturbed_at: float = float("-inf")
    """When something was last wrong between it and its client."""
    told: bool = False
    reported: str | None = None
    flaps: Counter[str] = field(default_factory=Counter)
    """How often each number left the reports."""


class ReferenceModel:
    """Knows the truth and judges claims."""

    def __init__(self, bounds: Bounds) -> None:
        self._bounds = bounds
        self._pasts: dict[str, Past] = {}
        self._cards: dict[str, set[str]] = {}
        """The ICCIDs for which any module told each number; modules with one IMEI count as one to the agent."""

    def did(self, module: str, *, told: bool, disturbs: bool, at: float) -> None:
        """Note what is being done to a module: whether it will say so itself, and whether it confuses the client."""
        past = self._past(module)
        past.told = told
        if disturbs:
            past.disturbed_at = at

    def saw(self, truth: Mapping[str, Mapping[str, Any]], at: float) -> None:
        """Take what the simulator says is true at this time."""
        for name, facts in truth.items():
            past = self._past(name)
            number = held_number(facts)
            if number is not None:
                self._cards.setdefault(number, set()).add(facts["iccid"])
            blinking = _blinks(facts)
            last = past.stretches[-1] if past.stretches else None
            if last is None or (last.number, last.blinking) != (number, blinking):
                why = f"sim {facts['sim']} stat {facts['stat']}{'' if facts['plugged'] else ' unplugged'}"
                past.stretches.append(Stretch(at, number, past.told, blinking, why))
            while len(past.stretches) > 1 and past.stretches[1].since < at - REMEMBERED:
                past.stretches.popleft()
            if facts["answers"]:
                past.unheard_since = None
            elif past.unheard_since is None:
                past.unheard_since = at
            if facts["faults"] or not facts["answers"]:
                past.disturbed_at = at

    def reported(self, claims: Iterable[Claim], at: float) -> list[str]:
        """Judge a report that was sent at this time, and count who left since the last one."""
        claims = list(claims)
        wrong = [*_doubles(claims), *(self.judged(claim, at) for claim in claims)]
        now = dict(claims)
        for name, past in self._pasts.items():
            number = now.get(name)
            if past.reported is not None and past.reported != number:
                past.flaps[past.reported] += 1
            past.reported = number
        return [words for words in wrong if words]

    def judged(self, claim: Claim, at: float, extra: float = 0.0) -> str:
        """Say what is wrong with a claim at this time, "" if nothing is; `extra` seconds are allowed on top."""
        module, number = claim
        past = self._pasts.get(module)
        if past is None:
            return f"{module} is no module, and {number} is said to be in it"
        unheard = past.unheard_since
        if unheard is not None and at - unheard > self._bounds.leased + extra:
            return f"{number} in {module}: not heard of for {at - unheard:.2f} s"
        since = self._untrue_since(past, number, at)
        if since is None:
            return ""
        allowed = self._allowed(past, since, at) + extra
        if at - since <= allowed:
            return ""
        story = "; ".join(f"{one.since - at:+.2f} {one.number} {one.why}" for one in past.stretches)
        return f"{number} in {module}: untrue for {at - since:.2f} s, allowed {allowed:.2f} s ({story})"

    def good(self) -> dict[str, str]:
        """Return the numbers that are truly there, by module, of all modules that can be heard."""
        return {
            name: past.stretches[-1].number
            for name, past in self._pasts.items()
            if past.unheard_since is None and past.stretches and past.stretches[-1].number is not None
        }

    def doubtful(self) -> list[str]:
        """Return the modules whose number was told for another card too, which is not believed (docs/design.md §5)."""
        return [name for name, number in self.good().items() if len(self._cards.get(number, ())) > 1]

    def restarted(self, module: str) -> None:
        """Note that a module restarts, and says so: what it tells from now on is believed."""
        self._cards.pop(self.good().get(module, ""), None)

    def flaps(self, claim: Claim) -> int:
        """How often this number left the reports."""
        return self._past(claim[0]).flaps[claim[1]]

    def _past(self, module: str) -> Past:
        return self._pasts.setdefault(module, Past())

    def _untrue_since(self, past: Past, number: str, at: float) -> float | None:
        since: float | None = None
        for stretch in reversed(past.stretches):
            if stretch.since > at:
                continue
            if stretch.number == number:
                return since
            since = stretch.since
        return float("-inf")

    def _allowed(self, past: Past, since: float, at: float) -> float:
        during = [one for one in past.stretches if since <= one.since <= at]
        grace = self._bounds.grace if any(one.blinking for one in during) else 0.0
        if past.disturbed_at >= since - self._bounds.disturbance:
            return self._bounds.leased + grace
        return (self._bounds.told if during and during[0].told else self._bounds.polled) + grace


def held_number(facts: Mapping[str, Any]) -> str | None:
    """Return the number at which a module truly receives, from one entry of the simulator's truth."""
    registered = facts["registered"] or (facts["stat"] == PACKET_ONLY and _is_lte(facts))
    return facts["number"] if facts["plugged"] and facts["sim"] in SIM_IS_WELL and registered else None


def _is_lte(facts: Mapping[str, Any]) -> bool:
    return load(facts["personality"]).generation == "lte"


def _blinks(facts: Mapping[str, Any]) -> bool:
    well = facts["sim"] in SIM_IS_WELL and held_number(facts) is None
    return bool(well and facts["stat"] not in NOT_BLINKING)


def _doubles(claims: list[Claim]) -> list[str]:
    modules, numbers = Counter(module for module, _ in claims), Counter(number for _, number in claims)
    twice = [what for what, count in [*modules.items(), *numbers.items()] if count > 1]
    return [f"{what} is there twice" for what in twice]
