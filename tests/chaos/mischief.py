"""What goes wrong, and when: scripts of faults, made from a seed.

Responsible for sequences of the simulator's commands and of server faults in which each trouble has its end.
Pure: the same seed gives the same script. Must not know who carries it out, nor what should follow from it.
"""

from __future__ import annotations

import random
from dataclasses import dataclass
from typing import TYPE_CHECKING

from agent.sandbox.server import Fault

if TYPE_CHECKING:
    from collections.abc import Iterator

SEEN_AT_ONCE = frozenset({
    "pull", "insert", "pin", "puk", "unlock", "deny", "register", "search", "emergency", "roam", "row",
})  # fmt: skip
"""Commands after which a module says itself what happened."""
FAULTS = (
    "silent",
    "slow",
    "half",
    "garbage",
    "echo",
    "flood",
    "endless",
    "late",
    "rival",
    "nul",
    "hang",
    "busy",
)
REGISTRATIONS = ("deny", "search", "emergency", "roam", "sms-only", "data-only")


@dataclass(frozen=True, slots=True, order=True)
class Step:
    """A command to the simulator, due `at` seconds after the beginning; `module` counts from 1, 0 for all."""

    at: float
    module: int
    line: str

    @property
    def told(self) -> bool:
        """Whether the module says itself what happened."""
        return self.line.split()[0] in SEEN_AT_ONCE and "quiet" not in self.line

    @property
    def disturbs(self) -> bool:
        """Whether module and client are out of step for a while."""
        return self.line.split()[0] in {
            "fault",
            "reboot",
            "unplug",
            "replug",
            "hang",
            "unhang",
            "busy",
            "row",
        }


@dataclass(frozen=True, slots=True)
class ServerStep:
    """From `at` on the server does this with every request; None ends it. `down` closes the port itself."""

    at: float
    name: str
    fault: Fault | None
    down: bool = False


@dataclass(frozen=True, slots=True)
class Script:
    """One round of trouble. Everything is in order again at `length` seconds."""

    steps: tuple[Step, ...]
    server: tuple[ServerStep, ...]
    length: float


class Slots:
    """Slots whose cards nobody has touched yet, for modules that are to get another card."""

    def __init__(self, first: int, last: int) -> None:
        self._first, self._last = first, last
        self._next = first
        self.begun_anew = False
        """Cards come for the second time: the agent may have learned their numbers."""

    def fresh(self) -> int:
        """Return the next slot; after the last one the first, whose flaps nobody remembers by then."""
        slot = self._next
        self._next = self._first if slot == self._last else slot + 1
        self.begun_anew |= slot == self._last
        return slot


class Pairs:
    """Which two modules may tell one card or number; each then rests.

    A module with three contests in ten minutes is not believed (docs/design.md §4), and one pair may make two:
    a fault in between begins the contest anew.
    """

    def __init__(self, *, rest: float) -> None:
        self._rest = rest
        """Seconds of scripts."""
        self._until: dict[int, float] = {}
        self._now = 0.0

    def pass_time(self, seconds: float) -> None:
        """Let a script's length go by."""
        self._now += seconds

    def take(self, one: int, other: int) -> bool:
        """Whether these two may; if so, they rest from now on."""
        allowed = all(self._until.get(module, 0.0) <= self._now for module in (one, other))
        if allowed:
            self._until |= dict.fromkeys((one, other), self._now + self._rest)
        return allowed


def script(
    seed: str, *, modules: int, rows: int, slots: Slots, pairs: Pairs, length: float, trap: str
) -> Script:
    """Make a round for a bank of so many modules. `trap` is the URL that a redirect leads to."""
    pairs.pass_time(length)
    steps: list[Step] = []
    for module in range(1, modules + 1):
        chance = random.Random(f"{seed}/{module}")
        steps += _module_steps(chance, module, modules, slots, pairs, length)
    chance = random.Random(f"{seed}/bank")
    if chance.random() < 0.3:
        steps.append(Step(chance.uniform(0, length / 2), 0, f"row {chance.randrange(rows)}"))
    return Script(tuple(sorted(steps)), tuple(_server_steps(chance, length, trap)), length)


def _module_steps(
    chance: random.Random, module: int, modules: int, slots: Slots, pairs: Pairs, length: float
) -> Iterator[Step]:
    at = chance.uniform(0, length / 2)
    while at < length - 0.5:
        until = min(length, at + chance.choice((0.1, 0.5, 1.0, 2.5, 6.0)) * chance.uniform(0.5, 1.5))
        yield from _trouble(chance, module, modules, slots, pairs, at, until)
        at = until + chance.expovariate(1 / 1.5)


def _trouble(
    chance: random.Random, module: int, modules: int, slots: Slots, pairs: Pairs, at: float, until: float
) -> Iterator[Step]:
    """One thing that goes wrong with one module, and its end."""
    other = chance.choice([one for one in range(1, modules + 1) if one != module])
    kind = chance.choice(("fault", "fault", "fault", "card", "card", "card", "network", "cable", "double"))
    if kind == "fault":
        name = chance.choice(FAULTS)
        seconds = f" {chance.uniform(0.1, 1.5):.2f}" if name in {"slow", "late"} else ""
        yield Step(at, module, chance.choice((f"fault {module} {name}{seconds} on", f"fault {module} v0 on")))
        yield Step(until, module, f"fault {module} {name} off")
    elif kind == "card":
        yield from _card(chance, module, slots, at, until)
    elif kind == "network":
        yield Step(at, module, f"{chance.choice(REGISTRATIONS)} {module}")
        yield Step(until, module, f"register {module}")
    elif kind == "cable":
        if chance.random() < 0.5:
            yield Step(at, module, f"reboot {module}")
        else:
            yield Step(at, module, f"unplug {module}")
            yield Step(until, module, f"replug {module}")
    elif chance.random() < 0.4 or not pairs.take(module, other):
        yield Step(at, module, f"clone-imei {module} {other}")
    else:
        yield from _double(chance, module, other, slots, at, until)


def _card(chance: random.Random, module: int, slots: Slots, at: float, until: float) -> Iterator[Step]:
    kind = chance.choice(("pull", "quiet", "swap", "swap", "pin", "puk"))
    if kind == "swap":
        yield Step(at, module, f"swap {module} {slots.fresh()}")
    elif kind in {"pin", "puk"}:
        yield Step(at, module, f"{kind} {module}")
        yield Step(until, module, f"unlock {module}")
    else:
        yield Step(at, module, f"pull {module}" + " quiet" * (kind == "quiet"))
        yield Step(until, module, f"insert {module}")


def _double(
    chance: random.Random, module: int, other: int, slots: Slots, at: float, until: float
) -> Iterator[Step]:
    """A card or a number that is there twice; a number changes only on a card that nobody has asked for it yet."""
    if chance.random() < 0.5 or slots.begun_anew:
        yield Step(at, module, f"same-sim {module} {other}")
    else:
        yield Step(at, module, f"hang {module}")
        yield Step(at + 0.01, module, f"swap {module} {slots.fresh()}")
        yield Step(at + 0.02, module, f"same-number {module} {other}")
        yield Step(at + 0.03, module, f"unhang {module}")
    yield Step(until, module, f"swap {module} {slots.fresh()}")


def _server_steps(chance: random.Random, length: float, trap: str) -> Iterator[ServerStep]:
    """Every other round the server is well, so that what stands there can be judged."""
    at = chance.uniform(0.0, length / 2) if chance.random() < 0.5 else length
    while at < length - 0.3:
        until = min(length, at + chance.choice((0.2, 0.7, 2.5)))
        name, fault = chance.choice(server_faults(chance, trap))
        yield ServerStep(at, name, fault, down=fault is None)
        yield ServerStep(until, "well", None)
        at = until + chance.expovariate(1 / 2.0)


def server_faults(chance: random.Random, trap: str) -> list[tuple[str, Fault | None]]:
    """List what can be wrong with a server; None for one that does not listen."""
    return [
        ("500", Fault.error(chance.choice((500, 502, 503)), "sorry")),
        ("429", Fault.error(429, "slow down", retry_after=str(chance.randrange(1, 3)))),
        ("slow", Fault.slow(chance.uniform(0.2, 3.0))),
        ("cut", Fault.cut_off()),
        ("lost answer", Fault.lost_answer()),
        ("redirect", Fault.redirect(trap)),
        ("garbage", Fault.raw(bytes(chance.randrange(256) for _ in range(60)))),
        ("no answer of theirs", Fault.raw(b'{"response": true}')),
        ("huge", Fault.huge()),
        ("refusal", Fault.error(200, "ERROR_SOMETHING")),
        ("400", Fault.error(400, "number is bad")),
        ("401", Fault.error(401, "ERROR_WRONG_KEY")),
        ("403", Fault.error(403, "API_ACCESS_IP")),
        ("down", None),
    ]
