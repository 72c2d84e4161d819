"""Which of a module's ports is tried next, and when: back-off per port.

Each port for itself: a busy port is tried again soon, and does not make its mute sibling be tried as often.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from drivers.observation import PortState


@dataclass(frozen=True, slots=True)
class Failure:
    """What became of a port; `times` counts how often in a row."""

    state: PortState
    detail: str
    again_at: float
    times: int = 1


class PortRetry:
    """Failures by the address of the port; a port without one is due."""

    def __init__(self) -> None:
        self._failures: dict[str, Failure] = {}

    def times(self, address: str, state: PortState) -> int:
        """Return how often in a row a port ended in this state."""
        last = self._failures.get(address)
        return last.times if last is not None and last.state is state else 0

    def failed(self, address: str, state: PortState, detail: str, again_at: float) -> None:
        """Note a failure, and when the port may be tried again."""
        self._failures[address] = Failure(state, detail, again_at, self.times(address, state) + 1)

    def start_over(self, ports: Sequence[str], at: float) -> None:
        """Make every port due at a time, the first one first: the one in use was lost."""
        self._failures = {address: Failure(PortState.GONE, "", at, times=0) for address in ports}

    def due(self, ports: Sequence[str], now: float) -> str | None:
        """Return the first port that is due; ports that are no longer there are forgotten."""
        self._failures = {address: one for address, one in self._failures.items() if address in ports}
        return next((address for address in ports if self._due_at(address, now) <= now), None)

    def before(self, address: str, ports: Sequence[str], now: float) -> str | None:
        """Return a port that is due and preferred to the one in use: `ports` is in the order of preference."""
        better = ports[: ports.index(address)] if address in ports else ()
        return next((one for one in better if self._due_at(one, now) <= now), None)

    def wait(self, ports: Sequence[str], now: float) -> float | None:
        """Return the seconds until a port is due; None if there is no port."""
        return min((max(0.0, self._due_at(address, now) - now) for address in ports), default=None)

    def outcomes(self, ports: Sequence[str]) -> list[tuple[PortState, str]]:
        """Return the state and detail of all ports; nothing while one has not been tried."""
        last = [self._failures[address] for address in ports if address in self._failures]
        tried = [(one.state, one.detail) for one in last if one.times]
        return tried if len(tried) == len(ports) else []

    def _due_at(self, address: str, now: float) -> float:
        return self._failures[address].again_at if address in self._failures else now
