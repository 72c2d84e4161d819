"""What the contract is held against: simulated modules of every personality, or a real one.

A test names what it does to a subject by a `Need`. Where that is impossible, the need's text is the reason of the skip;
nothing else may skip.
"""

from __future__ import annotations

import asyncio
import contextlib
import enum
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from dataclasses import dataclass, field

from starvation import starved

from drivers.link import Link
from drivers.module import Module
from drivers.observation import Observation
from drivers.simulator import SimulatedModule
from drivers.simulator.personality import names
from drivers.vendors import URCS, UrcMeaning
from drivers.wire import open_wire

PERSONALITIES = names()
SPEED = 200.0
"""How many times faster than a real module a simulated one boots, reads its card and registers."""


class Need(enum.StrEnum):
    """What a test does to a subject, or knows about it; the text says why that is impossible with a real module."""

    TRUTH = "what is on the card of a real module is not known"
    HAND = "no program can remove, lock or swap the card of a real module"
    NETWORK = "no program can make a real network reject or lose a card"
    RESTART = "a real module is never restarted: the agent must not, and neither must its tests"
    FAULTS = "a real line cannot be made to lose, cut or mix up bytes on demand"
    USSD = "a real network may charge for it"


@dataclass(slots=True)
class Subject:
    """A module to hold the contract against; `simulated` is None for a real one."""

    path: str
    simulated: SimulatedModule | None = None


@dataclass(slots=True)
class Clock:
    """Seconds, some of which may be skipped."""

    skipped: float = 0.0

    def __call__(self) -> float:
        """Return the time."""
        return time.monotonic() + self.skipped


@dataclass(slots=True)
class Opened:
    """A subject, opened with the drivers, and everything that they reported."""

    subject: Subject
    link: Link
    module: Module
    clock: Clock
    published: list[Observation] = field(default_factory=list)
    """What the last poll published before it was over."""
    urcs: list[tuple[str, UrcMeaning | None]] = field(default_factory=list)

    async def poll(self) -> Observation:
        """Poll once."""
        self.published.clear()
        return await self.module.poll(self.published.append)

    async def polls_until(
        self, condition: Callable[[Observation], object], within: float = 5.0
    ) -> Observation:
        """Poll until the observation is as expected or the time is over; returns the last one in any case."""
        end = time.monotonic() + within
        while not condition(seen := await self.poll()):
            if time.monotonic() > end + starved():
                break
        return seen


@contextlib.asynccontextmanager
async def opening(subject: Subject, answer_timeout: float = 5.0) -> AsyncIterator[Opened]:
    """Open the subject's port as the agent does."""
    link = Link(await open_wire(subject.path), urcs=URCS)
    clock = Clock()
    module = Module("contract", link, clock=clock, answer_timeout=answer_timeout)
    opened = Opened(subject, link, module, clock)
    link.on_urc = lambda line: opened.urcs.append((line, module.on_urc(line)))
    try:
        yield opened
    finally:
        await link.close()


async def in_parallel(subjects: Iterable[Opened], check: Callable[[Opened], Awaitable[None]]) -> None:
    """Run one check on all of them at the same time; a failure names the personality."""

    async def checked(opened: Opened) -> None:
        try:
            await check(opened)
        except AssertionError as failure:
            failure.add_note(f"of {opened.subject.simulated.personality.name}")  # type: ignore[union-attr]
            raise

    async with asyncio.TaskGroup() as group:
        for opened in subjects:
            group.create_task(checked(opened))
