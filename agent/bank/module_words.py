"""How the log speaks of modules and their SIMs. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from typing import NamedTuple

from agent.decision.verdict import Decision
from agent.language import _
from drivers.ports.ports import natural

_NUMBERED = re.compile(r"(.*?)(\d{1,9})")


class HeldSim(NamedTuple):
    """The SIM in a module."""

    iccid: str
    number: str | None = None

    def __str__(self) -> str:
        """Name it: the log masks what is personal."""
        return f"{self.number} (SIM {self.iccid})" if self.number else f"(SIM {self.iccid})"


class Known(NamedTuple):
    """What is known of a module by its name: the SIM that it tells, and when the one that left may be back."""

    held: Callable[[str], HeldSim | None] = lambda _: None
    back_in: Callable[[str], float | None] = lambda _: None
    """How many seconds the SIM that was live there must be good before it is live again."""


def known_of(decision: Decision, settle: float, now: float) -> Known:
    """Return what a decision knows of its modules; `settle` is `bank.settle`."""

    def held(name: str) -> HeldSim | None:
        module = decision.modules.get(name)
        if module is None or module.state.iccid is None:
            return None
        number = module.resolution.number
        return HeldSim(module.state.iccid, number.text if number is not None else None)

    def back_in(name: str) -> float | None:
        gone = decision.memory.away.get(name)
        if gone is None:
            return None
        flaps = decision.memory.flaps.after({gone.iccid: gone.lived}, now)
        return flaps.settle(gone.iccid, settle, now)

    return Known(held, back_in)


def named(modules: Iterable[str]) -> str:
    """Return names in their order, three or more that follow each other as the first and the last: Port1 to Port8."""
    runs: list[list[str]] = []
    for name in sorted(modules, key=natural):
        if runs and _follows(runs[-1][-1], name):
            runs[-1].append(name)
        else:
            runs.append([name])
    span = _("{first} to {last}")
    return ", ".join(
        span.format(first=run[0], last=run[-1]) if len(run) > 2 else ", ".join(run) for run in runs
    )


def _follows(one: str, other: str) -> bool:
    first, second = _NUMBERED.fullmatch(one), _NUMBERED.fullmatch(other)
    return (
        first is not None
        and second is not None
        and first[1] == second[1]
        and int(first[2]) + 1 == int(second[2])
    )
