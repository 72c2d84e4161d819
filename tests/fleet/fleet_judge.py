"""What a list may say and what it must not lack, at the moment that it arrived.

    P1  a number is there only while its host's lease holds, as the engine saw its beats
    P2  a host that beats, and has told its set, is there whole
    P5  only the host speaks whom the engine's record names
    and what a host told is what its modules truly held, some seconds ago at most

Responsible for judging. Must not know what is being done to the fleet.
"""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

from engine_watch import Beat, EngineWatch
from fleet_market import List

COLLECT = 2.0
"""Seconds that a join may wait for others (docs/design.md §6)."""
KEPT = 120.0


@dataclass(slots=True)
class FleetJudge:
    """The truth of one fleet. `grown`: what a bound grows by on this machine, in seconds, now."""

    watch: EngineWatch
    lease: float
    modules: Mapping[str, tuple[str, ...]]
    """The modules of each host."""
    truth_within: float
    """Seconds within which a change in a module has to be told."""
    grown: Callable[[], float]
    doubtful: set[str] = field(default_factory=set)
    """Numbers that two hosts claim; they must be in no list, and are asked of nobody."""
    excused: set[str] = field(default_factory=set)
    """Numbers that two hosts begin or cease to claim: they may be there or not."""
    one_engine: bool = True
    _held: dict[str, deque[tuple[float, str | None]]] = field(default_factory=lambda: defaultdict(deque))

    def saw(self, held: Mapping[str, str | None], at: float) -> None:
        """Take which number each module holds now."""
        for module, number in held.items():
            past = self._held[module]
            if not past or past[-1][1] != number:
                past.append((at, number))
            while len(past) > 1 and past[1][0] < at - KEPT:
                past.popleft()

    def judged(self, given: List) -> list[str]:
        """Return what is wrong with a list."""
        wrong = [*self._form(given), *self._speaker(given), *self._lapsed(given), *self._untrue(given)]
        wrong += self._lacking(given)
        return [f"the list of {given.host} ({given.count} numbers): {words}" for words in wrong]

    def expected(self, host: str, at: float) -> bool:
        """Whether a host must be in a list of this moment: it beats without a gap, and its set is known."""
        renew = self.lease / 6
        steady = self.lease - 2 * renew - self.grown()
        beats = [beat for beat in self.watch.beats[host] if beat.at <= at]
        if not beats or beats[-1].at < at - steady or not self.watch.told(host, at, at):
            return False
        since, newest = beats[-1].at, beats[-1]
        for beat in reversed(beats):
            if since - beat.at > steady:
                break
            since = beat.at
        # After a restart the set of the run before counts on; only the new one is asked for.
        ready = self._ready_since(beats, newest)
        return ready is not None and max(since, ready) < at - (2 * renew + COLLECT + self.grown())

    def _ready_since(self, beats: list[Beat], newest: Beat) -> float | None:
        ready = None
        for beat in reversed(beats):
            if beat.run != newest.run or beat.state != "running":
                break
            ready = beat.at
        return ready

    def _form(self, given: List) -> Iterable[str]:
        numbers = [number for _, number in given.claims]
        if len(set(numbers)) != len(numbers) or len(given.claims) != given.count:
            yield "something is there twice"
        for number in self.doubtful & set(numbers):
            yield f"{number} is claimed by two hosts"
        for port, _ in given.claims:
            host, _, module = port.partition("/")
            if module not in self.modules.get(host, ()):
                yield f"{port} is no module of this fleet"

    def _speaker(self, given: List) -> Iterable[str]:
        if not self.one_engine:
            return
        leader = self.watch.leader(given.at)
        if leader != given.host:
            yield f"{leader or 'nobody'} leads"

    def _lapsed(self, given: List) -> Iterable[str]:
        for host in given.hosts:
            beat = self.watch.last_beat(host, given.at)
            age = given.at - beat.at if beat is not None else float("inf")
            if age > self.lease + self.grown() and self._engine_was_up(given.at - age + self.lease, given.at):
                yield f"{host} beat {age:.2f} s ago, its lease is {self.lease:g} s"

    def _engine_was_up(self, since: float, until: float) -> bool:
        """Whether beats would have been seen: those at an engine that was just started may be missed."""
        return not any(start <= until and since <= end + 0.1 for start, end in self.watch.away)

    def _untrue(self, given: List) -> Iterable[str]:
        for host in given.hosts:
            told_at = self._told_at(host, given)
            for module, number in given.part(host):
                since = self._untrue_since(f"{host}/{module}", number, told_at)
                allowed = self.truth_within + self.grown()
                if since is not None and told_at - since > allowed:
                    yield f"{number} in {host}/{module}: untrue for {told_at - since:.2f} s"

    def _told_at(self, host: str, given: List) -> float:
        """Return up to when a host answers for its part: a beat ago; what it slept through is its lease's to bound."""
        beat = None if host == given.host else self.watch.last_beat(host, given.at)
        return given.at if beat is None else beat.at

    def _untrue_since(self, module: str, number: str, at: float) -> float | None:
        since: float | None = None
        for changed, held in reversed(self._held[module]):
            if changed > at:
                continue
            if held == number:
                return since
            since = changed
        return since

    def _lacking(self, given: List) -> Iterable[str]:
        window = COLLECT + self.lease / 3 + self.grown()
        for host in self.modules:
            if not self.expected(host, given.at):
                continue
            part = given.part(host)
            part = self._sure(part)
            told = [self._sure(claims) for claims in self.watch.told(host, given.at - window, given.at)]
            # What the leader's own modules say needs no engine.
            if part not in told and not (host == given.host and self._is_true(host, part, given.at)):
                lacks = ", ".join(sorted(module for module, _ in (told[0] if told else part) ^ part))
                yield f"{host} lives and is not there as it told: {lacks}"

    def _is_true(self, host: str, part: frozenset[tuple[str, str]], at: float) -> bool:
        """Whether each module's number, or its absence, was true some time ago."""
        said = dict(part)
        since = at - self.truth_within - self.grown()
        for module in self.modules[host]:
            past = self._held[f"{host}/{module}"]
            last = max((index for index, (changed, _) in enumerate(past) if changed <= since), default=0)
            held = {number for changed, number in list(past)[last:] if changed <= at}
            if said.get(module) not in held and not (module not in said and len(held) > 1):
                return False
        return True

    def _sure(self, claims: frozenset[tuple[str, str]]) -> frozenset[tuple[str, str]]:
        return frozenset(claim for claim in claims if claim[1] not in self.doubtful | self.excused)
