"""Progress bars on the terminal of a command that takes a while."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from typing import TypeVar

from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn

from agent.cli.command_log import log_errors
from agent.cli.table import console
from agent.language import _

T = TypeVar("T")
Advance = Callable[[int, int], None]
"""Shows how much is done of how much; 0: not known."""


async def with_progress(work: Callable[[Advance], Awaitable[T]]) -> T:
    """Do some work that shows how many modules were queried."""
    with progress_bars() as bar:
        modules = bar(_("querying the modules"))
        modules(0, 0)
        return await work(modules)


@contextmanager
def progress_bars() -> Iterator[Callable[[str], Advance]]:
    """Show progress bars on a terminal's stderr. Yields what makes one of a text; it appears at its first step."""
    log_errors()
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    out = console(stderr=True)
    with Progress(*columns, console=out, transient=True, disable=not out.is_terminal) as bars:

        def make(text: str) -> Advance:
            tasks: list[TaskID] = []

            def advance(done: int, total: int) -> None:
                if not tasks:
                    tasks.append(bars.add_task(text, total=None))
                bars.update(tasks[0], completed=done, total=total or None)

            return advance

        yield make
