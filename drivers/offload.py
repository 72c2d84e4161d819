"""A blocking call off the event loop.

Responsible for calls into the kernel and the resolver that may hang: none waits for another that hangs, the
waiting is bounded, and what a call yields after nobody waits any more is handed to someone who puts it away.
The loop's default executor would not do: a few stuck calls fill it, and then nobody can resolve a name. A
thread for each would; but sixty-four that start together hold each other up for longer than their ports take
to open, so a thread goes on to the next call as long as none hangs.
Must not know what is called, nor what a caller concludes from a call that does not return.
"""

from __future__ import annotations

import asyncio
import contextlib
import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

T = TypeVar("T")


HANGS_AFTER = 0.02
"""Seconds: a call that takes longer holds up nobody else, for another thread takes over what waits behind it."""


@dataclass(slots=True)
class _Job:
    work: Callable[[], None]
    name: str
    begun: bool = False


class _Crew:
    """Daemon threads that take jobs in turn: one, and another for each that hangs. Without jobs they end."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._jobs: deque[_Job] = deque()
        self._at_work: dict[object, float] = {}
        """When each thread took its job."""

    def take(self, job: _Job) -> None:
        """Do the job soon. Raises RuntimeError where the system has no more threads."""
        with self._lock:
            self._jobs.append(job)
            hanging = time.monotonic() - HANGS_AFTER
            if all(began < hanging for began in self._at_work.values()):
                self._start(job)

    def hurry(self, job: _Job) -> None:
        """Do the job now if it still waits: whatever is before it hangs."""
        with self._lock:
            if not job.begun:
                self._start(job)

    def _start(self, job: _Job) -> None:
        worker = object()
        self._at_work[worker] = time.monotonic()
        try:
            threading.Thread(target=self._work, args=(worker,), name=job.name, daemon=True).start()
        except RuntimeError:
            del self._at_work[worker]
            self._jobs.remove(job)
            raise

    def _work(self, worker: object) -> None:
        while True:
            with self._lock:
                if not self._jobs:
                    del self._at_work[worker]
                    return
                job = self._jobs.popleft()
                job.begun = True
                self._at_work[worker] = time.monotonic()
            threading.current_thread().name = job.name
            job.work()


_crew = _Crew()


def put_nothing_away(_late: object) -> None:
    """For results that own nothing."""


async def offload(
    call: Callable[[], T],
    *,
    name: str,
    timeout: float,  # noqa: ASYNC109  the thread cannot be cancelled: the bound is on the waiting alone
    put_away: Callable[[T], None] = put_nothing_away,
) -> T:
    """Run `call` in a daemon thread called `name` and wait `timeout` seconds for it.

    Raises what `call` raises, and TimeoutError. After a timeout or a cancellation the thread goes on; should
    it succeed then, `put_away` gets its result, in that thread or on the loop, and must not block.
    """
    loop = asyncio.get_running_loop()
    outcome: asyncio.Future[T] = loop.create_future()

    def settle(result: T) -> None:
        if outcome.done():
            put_away(result)
        else:
            outcome.set_result(result)

    def fail(error: BaseException) -> None:
        if not outcome.done():
            outcome.set_exception(error)

    def work() -> None:
        try:
            result = call()
        except BaseException as error:  # noqa: BLE001  it is raised where it is waited for
            _tell(loop, fail, error)
        else:
            if not _tell(loop, settle, result):
                put_away(result)

    job = _Job(work, name)
    _crew.take(job)
    impatience = loop.call_later(HANGS_AFTER, _hurry, job)
    try:
        async with asyncio.timeout(timeout):
            return await outcome
    except BaseException:
        # The result and the cancellation may come in the same turn of the loop: then nobody else would see
        # it.
        if outcome.done() and not outcome.cancelled() and outcome.exception() is None:
            put_away(outcome.result())
        raise
    finally:
        if job.begun:
            impatience.cancel()


def _hurry(job: _Job) -> None:
    with contextlib.suppress(RuntimeError):  # no thread to be had: it waits for one that is there
        _crew.hurry(job)


def _tell(loop: asyncio.AbstractEventLoop, callback: Callable[[T], None], value: T) -> bool:
    """Call back on the loop; False if the loop has ended meanwhile."""
    try:
        loop.call_soon_threadsafe(callback, value)
    except RuntimeError:
        return False
    return True
