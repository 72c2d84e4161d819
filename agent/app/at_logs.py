"""The AT log of every module, by name."""

from __future__ import annotations

from collections.abc import Callable

from agent.bank.at_log import AtLog


class AtLogs:
    """Makes a module's AT log when it is first asked for; a log outlives the module's connections."""

    def __init__(self, *, clock: Callable[[], float], wall: Callable[[], float], personal: bool) -> None:
        """`personal`: numbers, ICCIDs, IMSIs and IMEIs are kept as they are, not masked."""
        self._clock = clock
        self._wall = wall
        self._personal = personal
        self._logs: dict[str, AtLog] = {}

    def of(self, module: str) -> AtLog:
        """Return the log of the module with this name."""
        if module not in self._logs:
            self._logs[module] = AtLog(clock=self._clock, wall=self._wall, personal=self._personal)
        return self._logs[module]

    def show_personal(self, personal: bool) -> None:
        """Mask personal data from now on, or no longer."""
        self._personal = personal
        for log in self._logs.values():
            log.personal = personal
