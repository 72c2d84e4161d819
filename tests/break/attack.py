"""What an attack is, and what it finds: figures, each with the bound that it must keep."""

from __future__ import annotations

import contextlib
import multiprocessing
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from target import Target

_SPAWN = multiprocessing.get_context("spawn")


@dataclass(frozen=True, slots=True)
class Figure:
    """One value that was measured, and the most that it may be."""

    what: str
    value: float
    most: float
    unit: str = "s"

    @property
    def ok(self) -> bool:
        """Whether the bound holds."""
        return self.value <= self.most


@dataclass(frozen=True, slots=True, kw_only=True)
class Attack:
    """One attack on an agent of its own, which has reported its whole bank when `run` begins."""

    name: str
    run: Callable[[Target], Awaitable[Sequence[Figure]]]
    settings: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    """Keys of config.yaml by section, over those of the target."""
    descriptors: int | None = None
    """The agent's limit of open files, where it is to be a small one."""
    waits: bool = False
    """It mostly waits, and may run beside others that do."""
    arguments: tuple[str, ...] = ()
    """More for `python -m drivers.simulator`."""


@contextlib.asynccontextmanager
async def in_another_process(work: Callable[..., None], *arguments: Any) -> AsyncIterator[None]:
    """Run a function of a module, with values that can be pickled, beside the block; it is killed with it."""
    process = _SPAWN.Process(target=work, args=arguments, daemon=True)
    process.start()
    try:
        yield
    finally:
        process.kill()
        process.join()
