"""Blocking calls off the event loop: none waits for another one that hangs, and the waiting is bounded."""

# The loop's default executor would not do: a few calls that hang fill it, and then nobody can resolve a name. A thread
# for each call would; but sixty-four that start together delay each other for longer than their ports take to open, so
# a thread goes on to the next call as long as none hangs.

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
"""Seconds: behind a call that takes longer, another thread takes over the queue."""
LONGEST_WATCH = 0.16
"""Seconds after which a job that waits looks again, at most, whether all threads hang."""


@dataclass(slots=True)
class _Job:
    work: Callable[[], None]
    name: str
    started: bool = False


class _Workers:
    """Daemon threads with one queue of jobs: one thread, and another for each that hangs. Without jobs they end."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._jobs: deque[_Job] = deque()
        self._busy_since: dict[object, float] = {}
        """When each thread started its job."""

    def submit(self, job: _Job) -> None:
        """Queue a job. Raises RuntimeError if the system has no more threads."""
        with self._lock:
            self._jobs.append(job)
            try:
                self._take_over(job)
            except RuntimeError:
                self._jobs.remove(job)
                raise

    def relieve(self, job: _Job) -> bool:
        """Start another thread if the job waits behind calls that hang; whether it waits no more."""
        with self._lock:
            if not job.started:
                with contextlib.suppress(RuntimeError):  # no more threads: it waits for one of the existing
                    self._take_over(job)
            return job.started

    def _take_over(self, job: _Job) -> None:
        """Start a thread where all that there are hang."""
        hanging = time.monotonic() - HANGS_AFTER
        if all(since < hanging for since in self._busy_since.values()):
            self._start(job)

    def _start(self, job: _Job) -> None:
        worker = object()
        self._busy_since[worker] = time.monotonic()
        try:
            threading.Thread(target=self._work, args=(worker,), name=job.name, daemon=True).start()
        except RuntimeError:
            del self._busy_since[worker]
            raise

    def _work(self, worker: object) -> None:
        while True:
            with self._lock:
                if not self._jobs:
                    del self._busy_since[worker]
                    return
                job = self._jobs.popleft()
                job.started = True
                self._busy_since[worker] = time.monotonic()
            threading.current_thread().name = job.name
            job.work()


_workers = _Workers()


def _drop(_late: object) -> None:
    """For results that own nothing."""


async def offload(
    call: Callable[[], T],
    *,
    name: str,
    timeout: float,  # noqa: ASYNC109  the thread cannot be cancelled: the bound is on the waiting alone
    dispose: Callable[[T], None] = _drop,
) -> T:
    """Run `call` in a daemon thread called `name` and wait `timeout` seconds for it.

    Raises what `call` raises, and TimeoutError. After a timeout or a cancellation the thread goes on; if the call
    succeeds then, `dispose` gets its result, in that thread or on the loop, and must not block.
    """
    loop = asyncio.get_running_loop()
    outcome: asyncio.Future[T] = loop.create_future()

    def settle(result: T) -> None:
        if outcome.done():
            dispose(result)
        else:
            outcome.set_result(result)

    def fail(error: BaseException) -> None:
        if not outcome.done():
            outcome.set_exception(error)

    def work() -> None:
        try:
            result = call()
        except BaseException as error:  # noqa: BLE001  it is raised to the waiter
            _call_back(loop, fail, error)
        else:
            if not _call_back(loop, settle, result):
                dispose(result)

    job = _Job(work, name)
    _workers.submit(job)
    loop.call_later(HANGS_AFTER, _watch, loop, job, HANGS_AFTER)
    try:
        async with asyncio.timeout(timeout):
            return await outcome
    except BaseException:
        # The result and the cancellation may come in the same iteration of the loop: then nobody else would see it.
        if outcome.done() and not outcome.cancelled() and outcome.exception() is None:
            dispose(outcome.result())
        raise


def _watch(loop: asyncio.AbstractEventLoop, job: _Job, pause: float) -> None:
    """Look after a job that waits for a thread, ever more rarely: a queue that moves needs no second one."""
    if not _workers.relieve(job):
        loop.call_later(pause, _watch, loop, job, min(2 * pause, LONGEST_WATCH))


def _call_back(loop: asyncio.AbstractEventLoop, callback: Callable[[T], None], value: T) -> bool:
    """Call `callback` on the loop; False if the loop has ended meanwhile."""
    try:
        loop.call_soon_threadsafe(callback, value)
    except RuntimeError:
        return False
    return True
