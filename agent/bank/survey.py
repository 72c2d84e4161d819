"""A survey of the whole bank without an agent: each module is polled until its verdict is known, nothing is kept."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from typing import Final

from agent.bank.at_log import AtLogs
from agent.bank.bank import Bank, ListPlaces, PollIntervals
from agent.bank.connector import Connector
from agent.bank.member import NumberLookup
from agent.decision.verdict import Decision, Policy
from agent.numbers.told import Telling, ToldNumbers
from agent.store.store import Store

LONGEST: Final = 30.0
"""Seconds; a module that is silent until then is shown as it is: one that starts up takes 40.

Source: docs/at-field-guide.md §1.3.
"""
RENAMED: Final = 3.0
"""Seconds for a module that got another name by its IMEI to be polled under it."""
SECOND_POLL: Final = 0.1
"""Seconds between the two polls that a verdict takes."""

Progress = Callable[[int, int], None]
"""Modules whose verdict is known, and modules there are."""


class Uncounted:
    """The counts of a connection where there are no metrics."""

    def answered(self, took: float) -> None:
        """Nothing."""

    def timed_out(self) -> None:
        """Nothing."""

    def unsolicited(self) -> None:
        """Nothing."""

    def client_waited(self, took: float) -> None:
        """Nothing."""

    def question_waited(self, took: float) -> None:
        """Nothing."""


class Survey:
    """A bank that settles nothing, reports to nobody and keeps its notes in the memory of a read-only store."""

    def __init__(
        self,
        places: ListPlaces,
        lookup: NumberLookup,
        policy: Policy,
        store: Store,
        *,
        poll: float,
        answer_timeout: float,
        personal: bool = False,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """`store`: a read-only one, to which `places` and `lookup` belong; `poll` and `answer_timeout` in seconds.

        `personal`: AT logs show personal data.
        """
        self.store = store
        self.clock = clock
        self.at_logs = AtLogs(clock=clock, wall=time.time, personal=personal)
        self._decided = asyncio.Event()
        self.bank = Bank(
            roster=places,
            connect=_connector(self.at_logs, clock, answer_timeout).connect,
            lookup=lookup,
            policy=replace(policy, settle=0.0),
            intervals=PollIntervals(poll=poll, settling=SECOND_POLL),
            clock=clock,
            on_decision=self._on_decision,
            told=ToldNumbers(Telling(*row) for row in store.tellings),
        )

    @contextlib.asynccontextmanager
    async def running(self) -> AsyncIterator[asyncio.Task[None]]:
        """Watch the modules within the block; the task ends only by an error."""
        watching = asyncio.create_task(self.bank.run(), name="survey")
        try:
            yield watching
        finally:
            watching.cancel()
            await asyncio.gather(watching, return_exceptions=True)

    async def ask_all(self, progress: Progress) -> None:
        """Ask every module, for LONGEST at most; the bank has the outcome. Raises NameClash, OSError."""
        async with self.running() as watching:
            end = self.clock() + LONGEST
            await self._until_known(watching, progress, end)
            self._note_imeis()  # a name made of {imei} could not be given before
            self.bank.ports_changed()
            # Modules that had no verdict by then are not waited for once more, only the ports' new names.
            await self._until_known(watching, progress, max(end, self.clock() + RENAMED))
            self.bank.decide()

    async def _until_known(self, watching: asyncio.Task[None], progress: Progress, end: float) -> None:
        """Wait until the ports were listed again and each module has a verdict, at most until `end`."""
        since = self.bank.ports_listed_at
        while self.clock() < end:
            names = list(self.bank.members)
            done = sum(not self.bank.waits_for(name) for name in names)
            progress(done, len(names))
            if self.bank.ports_listed_at > since and done == len(names):
                return
            await self._next_decision(watching, end - self.clock())

    async def _next_decision(self, watching: asyncio.Task[None], within: float) -> None:
        decided = asyncio.ensure_future(self._decided.wait())
        await asyncio.wait({watching, decided}, timeout=within, return_when=asyncio.FIRST_COMPLETED)
        decided.cancel()
        self._decided.clear()
        if watching.done():
            watching.result()

    def _on_decision(self, _: Decision) -> None:
        self._decided.set()

    def _note_imeis(self) -> None:
        for member in self.bank.members.values():
            if member.identity is not None and member.identity.imei is not None:
                self.store.places.note_imei(member.place.key, member.identity.imei)


def _connector(at_logs: AtLogs, clock: Callable[[], float], answer_timeout: float) -> Connector:
    return Connector(
        at_logs=at_logs, counts=Uncounted(), shared_ports=None, clock=clock, answer_timeout=answer_timeout
    )
