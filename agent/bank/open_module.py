"""What the bank asks of an open port: the interface between watchers and connections."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable
from typing import Protocol

from agent.bank.place import Place
from drivers.observation import NumberReading, Observation
from drivers.vendors.dialect import UrcMeaning

Publish = Callable[[Observation], None]
OnUrc = Callable[[UrcMeaning, Observation | None], None]
"""Called for each URC with a meaning, and with what the URC itself proves."""


class OpenModule(Protocol):
    """A module behind an open port."""

    async def identify(self) -> object:
        """Ask for manufacturer, model and IMEI. Raises NoAnswer, LinkLost."""

    async def poll(self, publish: Publish) -> Observation:
        """Ask for the state of module and SIM; publishes partial results at once. Raises LinkLost."""

    async def own_number(self, code: str, match: re.Pattern[str]) -> NumberReading | None:
        """Ask the network for the SIM's number. Raises LinkLost."""

    async def close(self) -> None:
        """Close the port; never waits long."""


Connect = Callable[[Place, str, OnUrc], Awaitable[OpenModule]]
"""Opens one port of a place. Raises PortUnavailable."""
