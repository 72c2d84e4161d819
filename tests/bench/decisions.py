"""What a decision costs, and a report."""

from __future__ import annotations

import asyncio
import time
from typing import Final

from agent.bank.bank import Bank, PollIntervals
from agent.bank.place import Place
from agent.decision.verdict import Policy
from agent.numbers.resolve import Number, Resolution, Source
from drivers.observation import Observation, PortState, Registration, SimState
from tests.bench import report_body
from tests.bench.figures import Figure

ROUNDS: Final = 40


class Decisions:
    """A bank without ports, whose modules say what they are told to."""

    def __init__(self, modules: int) -> None:
        self.modules = modules
        self._now = 0.0
        places = [Place(key=f"k{n}", name=f"Port{n}", order=n, ports=(f"/dev/{n}",)) for n in range(modules)]
        self._bank = Bank(
            roster=self._nothing,
            connect=self._nothing,  # type: ignore[arg-type]  # it is never run
            lookup=_number_of,
            policy=Policy(cap=modules, settle=0.0, lease=30.0),
            intervals=PollIntervals(),
            clock=lambda: self._now,
            on_decision=lambda _: None,
        )
        self._bank._apply_roster(places)
        for look in range(3):
            self._now = float(look)
            for module in range(modules):
                self._say(module)
            self._bank.decide()
        if len(self._bank.decision.live) != modules:
            raise AssertionError("not all are live")

    async def _nothing(self) -> list[Place]:
        return []

    def _say(self, module: int, card: int | None = None) -> None:
        card = module if card is None else card
        seen = Observation(
            module=f"Port{module}",
            at=self._now,
            port=PortState.OPEN,
            sim=SimState.READY,
            iccid=f"894612{card:012}6",
            imsi=f"24012{card:010}",
            registration=Registration.HOME,
            numbers=(),
        )
        self._bank._publish(seen)

    def ms(self, *, changed: bool) -> float:
        """The least CPU of a decision after one module said what it said before, or another card."""
        least = float("inf")
        for turn in range(ROUNDS):
            self._now += 0.01
            self._say(turn, card=self.modules * 2 + turn if changed else None)
            began = time.thread_time()
            self._bank.decide()
            least = min(least, time.thread_time() - began)
        return least * 1000


def _number_of(iccid: str, _imsi: str | None, _told: object) -> Resolution:
    number = Number(f"+4670{int(iccid[6:]):07}", 46, Source.CNUM, rent=False)
    return Resolution(number=number, rejected=None, disabled=False)


async def measure(*, quick: bool) -> list[Figure]:
    """1024 and 4096 modules; the body of a very long list."""
    await asyncio.sleep(0)
    figures: list[Figure] = []
    found = {}
    for modules in (64, 1024) if quick else (64, 1024, 4096):
        bank = Decisions(modules)
        found[modules] = bank.ms(changed=False), bank.ms(changed=True)
        goals = (0.3, 0.5) if modules == 1024 else (None, None)
        figures.append(Figure(f"a decision with nothing new, {modules}", found[modules][0], goals[0], "ms"))
        figures.append(Figure(f"a decision with one change, {modules}", found[modules][1], goals[1], "ms"))
    if 4096 in found:
        for which, what in enumerate(("nothing new", "one change")):
            growth = found[4096][which] / found[1024][which]
            figures.append(Figure(f"4096 / 1024, {what}", growth, 4.8, "×", note="linear is 4"))
    body = report_body.measure()
    figures.append(Figure("body of a report of 64,000 numbers", body["body_ms"], report_body.MARK_MS, "ms"))
    return figures
