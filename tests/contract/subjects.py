"""What the contract is held against: simulated modules of every personality, or one of flesh.

A test asks for what it needs of a subject by a `Need`; a subject that cannot give it skips the test by that
need's own words. Nothing else may skip.

Responsible for opening a subject and for what is known about it beforehand. Must not know what is expected.
"""

from __future__ import annotations

import asyncio
import contextlib
import enum
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from drivers.link import Link
from drivers.module import Module
from drivers.simulator import SimulatedModule
from drivers.simulator.personality import names
from drivers.vendors import URCS
from drivers.wire import open_wire

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Iterable

    from drivers.observation import Observation
    from drivers.vendors import UrcMeaning

PERSONALITIES = names()
SPEED = 200.0
"""A simulated module boots, reads its card and registers so many times faster than a real one."""


class Need(enum.StrEnum):
    """What a test must be able to do to a subject; the text says why a real module cannot have it done."""

    TRUTH = "nobody has told what is on the card of a real module"
    HAND = "no program can pull, lock or exchange the card of a real module"
    NETWORK = "no program can make a real network deny or lose a card"
    RESTART = "a real module is not restarted: the agent may not, and so may not its tests"
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
class Conversation:
    """A subject with the drivers at the other end of its wire, and everything that they said."""

    subject: Subject
    link: Link
    module: Module
    clock: Clock
    told: list[Observation] = field(default_factory=list)
    """What a look told before it was over."""
    heard: list[tuple[str, UrcMeaning | None]] = field(default_factory=list)

    async def poll(self) -> Observation:
        """Look once."""
        self.told.clear()
        return await self.module.poll(self.told.append)

    async def polls_until(
        self, condition: Callable[[Observation], object], within: float = 5.0
    ) -> Observation:
        """Look again and again until what is said is as expected; the last look is returned in any case."""
        end = time.monotonic() + within
        while not condition(seen := await self.poll()):
            if time.monotonic() > end:
                break
        return seen


@contextlib.asynccontextmanager
async def conversing(subject: Subject, answer_timeout: float = 5.0) -> AsyncIterator[Conversation]:
    """Open the subject's port as the agent does."""
    link = Link(await open_wire(subject.path), urcs=URCS)
    clock = Clock()
    module = Module("contract", link, clock=clock, answer_timeout=answer_timeout)
    conversation = Conversation(subject, link, module, clock)
    link.on_urc = lambda line: conversation.heard.append((line, module.on_urc(line)))
    try:
        yield conversation
    finally:
        await link.close()


async def at_once(talks: Iterable[Conversation], check: Callable[[Conversation], Awaitable[None]]) -> None:
    """Hold all of them against one check at the same time; a failure names whose it is."""

    async def held(talk: Conversation) -> None:
        try:
            await check(talk)
        except AssertionError as failure:
            failure.add_note(f"of {talk.subject.simulated.personality.name}")  # type: ignore[union-attr]
            raise

    async with asyncio.TaskGroup() as group:
        for talk in talks:
            group.create_task(held(talk))
