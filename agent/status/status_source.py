"""What the status server shows, and the metrics with it.

Responsible for the one interface through which people see the running agent. Must not know who implements
it nor who reads.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Sequence
from typing import Protocol

from agent.bank.at_log import TraceLine
from agent.status.details import ModuleDetails
from agent.status.health import Health
from agent.status.snapshot import Snapshot
from agent.store.history import Minute


class StatusSource(Protocol):
    """What the server shows. No method may block or take long."""

    def snapshot(self) -> Snapshot:
        """The state of now."""

    def history(self) -> Sequence[Minute]:
        """The last 24 hours."""

    def details(self, name: str) -> ModuleDetails | None:
        """What is known of a module beyond its row; None for a name that no module has."""

    def payload(self) -> bytes:
        """The exact body that would be sent to Onlinesim now."""

    def trace(self, port: str) -> AsyncGenerator[TraceLine, None] | None:
        """The dialogue from now on, for a port's path or a module's name; None where nobody has it.

        It keeps a bounded number of lines for a slow reader, and lets go of the port when it is closed.
        """

    def health(self) -> Health:
        """Which parts make progress."""
