"""From when on a Ctrl-C is more than the end of the process.

Responsible for the moment from which on what was begun is put away first: before, the process just ends, as an
interrupted import or a half-made event loop would leave a traceback. Must not know which command runs.
"""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Coroutine
from typing import Any, TypeVar

T = TypeVar("T")


def interruptible() -> None:
    """Let a Ctrl-C raise KeyboardInterrupt from here on; one that our parent ignores stays ignored."""
    if signal.getsignal(signal.SIGINT) is signal.SIG_DFL:
        signal.signal(signal.SIGINT, signal.default_int_handler)


def run(work: Coroutine[Any, Any, T]) -> T:
    """Run a command that waits for something; a Ctrl-C cancels it and raises KeyboardInterrupt."""
    with asyncio.Runner() as runner:
        runner.get_loop()
        interruptible()
        return runner.run(work)
