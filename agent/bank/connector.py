"""Opening the ports of places for the bank."""

from __future__ import annotations

from collections.abc import Callable
from weakref import WeakSet

from agent.bank.at_log import AtLogs
from agent.bank.connection import Connection, Counts, connect
from agent.bank.open_module import OnUrc
from agent.bank.place import Place
from drivers.sharing import SharedPorts


class Connector:
    """Opens ports, and lets a changed answer timeout reach those that are open."""

    def __init__(
        self,
        *,
        at_logs: AtLogs,
        counts: Counts,
        shared_ports: SharedPorts | None,
        clock: Callable[[], float],
        answer_timeout: float,
    ) -> None:
        """`answer_timeout` in seconds; `shared_ports` is None where no port is offered to other programs."""
        self._at_logs = at_logs
        self._counts = counts
        self._shared_ports = shared_ports
        self._clock = clock
        self._answer_timeout = answer_timeout
        self._open: WeakSet[Connection] = WeakSet()

    async def connect(self, place: Place, address: str, on_urc: OnUrc) -> Connection:
        """Open one port of a place. Raises PortUnavailable."""
        connection = await connect(
            place,
            address,
            on_urc,
            at_log=self._at_logs.of(place.name),
            counts=self._counts,
            clock=self._clock,
            answer_timeout=self._answer_timeout,
            shared_ports=self._shared_ports if place.share else None,
        )
        # It may have changed while the port was being opened.
        connection.answer_timeout = self._answer_timeout
        self._open.add(connection)
        return connection

    def set_answer_timeout(self, seconds: float) -> None:
        """Wait so long for answers from now on, on open ports too."""
        self._answer_timeout = seconds
        for connection in self._open:
            connection.answer_timeout = seconds
