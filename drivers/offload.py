"""A blocking call on a thread of its own.

Responsible for calls into the kernel and the resolver that may hang: each gets a daemon thread, the waiting
for it is bounded, and what it yields after nobody waits any more is handed to someone who puts it away. The
loop's default executor would not do: a few stuck calls fill it, and then nobody can resolve a name.
Must not know what is called, nor what a caller concludes from a call that does not return.
"""

from __future__ import annotations

import asyncio
import threading
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable

T = TypeVar("T")


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

    threading.Thread(target=work, name=name, daemon=True).start()
    try:
        async with asyncio.timeout(timeout):
            return await outcome
    except BaseException:
        # The result and the cancellation may come in the same turn of the loop: then nobody else would see
        # it.
        if outcome.done() and not outcome.cancelled() and outcome.exception() is None:
            put_away(outcome.result())
        raise


def _tell(loop: asyncio.AbstractEventLoop, callback: Callable[[T], None], value: T) -> bool:
    """Call back on the loop; False if the loop has ended meanwhile."""
    try:
        loop.call_soon_threadsafe(callback, value)
    except RuntimeError:
        return False
    return True
