"""The tasks of the watchers: started, started again after a failure, and closed before another one takes their port."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Iterable
from functools import partial
from typing import Final

from agent.bank.member import Member
from agent.bank.watcher import Watcher
from agent.language import _

_log = logging.getLogger(__name__)

CLOSE_WITHIN: Final = 5.0
"""Seconds that a new watcher waits for the one before it to close its port."""
RESTART_AFTER: Final = (1.0, 2.0, 5.0, 10.0, 20.0)
"""Seconds until a watcher that failed is started again; the last for every further time."""
START_AT_ONCE: Final = 32
"""Watchers: each submits its port to be opened, and a thousand in one turn would hold up all else."""
STABLE_AFTER: Final = 60.0
"""Seconds; a watcher that ran so long starts a new series of failures."""


class Supervisor:
    """Keeps a task running for each watcher."""

    def __init__(
        self,
        *,
        clock: Callable[[], float],
        on_failure: Callable[[str, str], None],
        on_restart: Callable[[], None],
    ) -> None:
        """`on_failure` gets the module's name and what failed; `on_restart` asks for `start` to be called."""
        self._clock = clock
        self._on_failure = on_failure
        self._on_restart = on_restart
        self._closing: dict[str, asyncio.Task[None]] = {}
        """Tasks of removed watchers, by the ports they may hold."""

    async def start(self, members: Iterable[Member]) -> None:
        """Start the watchers that do not run: new ones, and any that failed; some in each turn of the loop."""
        self._closing = {port: task for port, task in self._closing.items() if not task.done()}
        waiting = [member for member in members if member.watcher is not None and member.task is None]
        for count, member in enumerate(waiting, 1):
            self._start(member)
            if count % START_AT_ONCE == 0:
                await asyncio.sleep(0)

    def _start(self, member: Member) -> None:
        if member.watcher is None:  # removed meanwhile
            return
        member.started_at = self._clock()
        holding = {self._closing[port] for port in member.place.ports if port in self._closing}
        watch = _watch(member.watcher, holding)
        member.task = asyncio.create_task(watch, name=f"watcher {member.place.name}")
        member.task.add_done_callback(partial(self._ended, member))

    def remove(self, member: Member) -> None:
        """Stop watching; the task ends when it has closed its port."""
        if member.task is not None:
            member.task.cancel()
            self._closing |= dict.fromkeys(member.place.ports, member.task)
            member.task = None
        member.watcher = None

    async def stop(self, members: Iterable[Member]) -> None:
        """Stop all watchers, and wait until their ports are closed."""
        tasks = [member.task for member in members if member.task is not None]
        tasks.extend(self._closing.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def _ended(self, member: Member, task: asyncio.Task[None]) -> None:
        if task.cancelled() or member.task is not task:
            return
        member.failures = 1 if self._clock() - member.started_at >= STABLE_AFTER else member.failures + 1
        pause = RESTART_AFTER[min(member.failures, len(RESTART_AFTER)) - 1]
        first = member.failures == 1
        _log.log(
            logging.ERROR if first else logging.WARNING,
            "%s: watcher failed%s; restarting it in %g s",
            member.place.name,
            "" if first else _(" {n} times in a row").format(n=member.failures),
            pause,
            exc_info=task.exception() if first else None,
        )
        self._on_failure(member.place.name, f"internal error: {task.exception()!r}")
        asyncio.get_running_loop().call_later(pause, self._restart, member)

    def _restart(self, member: Member) -> None:
        member.task = None
        self._on_restart()


async def _watch(watcher: Watcher, holding: set[asyncio.Task[None]]) -> None:
    """Run a watcher once those that may still hold its ports have closed them: else we would call them busy."""
    if holding:
        await asyncio.wait(holding, timeout=CLOSE_WITHIN)
    await watcher.run()
