"""The server at the other end, which keeps every request with the moment it came.

Responsible for recording what arrives, heard by the marketplace or lost in a fault, and for being well or not.
Must not judge what it is told.
"""

from __future__ import annotations

import json
from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from real_processes import boottime

from agent.sandbox.server import Fault, Sandbox

if TYPE_CHECKING:
    from aiohttp import web

KEY = "key-of-the-chaos-tests"
HISTORY = 50_000


@dataclass(slots=True)
class Arrival:
    """One request: when it came, what it said, and how it was answered."""

    at: float
    method: str
    body: dict[str, Any]
    fault: Fault | None
    authorization: str | None
    answered_at: float | None = None

    @property
    def claims(self) -> list[tuple[str, str]]:
        """Its (port_id, number) pairs."""
        return [(entry["port_id"], entry["number"]) for entry in self.body["numbers"]]

    @property
    def numbers(self) -> set[str]:
        """Its numbers."""
        return {number for _, number in self.claims}

    @property
    def starts(self) -> dict[str, int | None]:
        """Each number's date_start."""
        return {entry["number"]: entry.get("date_start") for entry in self.body["numbers"]}


class ListeningMarket(Sandbox):
    """A sandbox that demands the key, keeps all arrivals and can close its port."""

    def __init__(self, *, modules: int) -> None:
        super().__init__(modules=modules, key=KEY, clock=boottime)
        self.arrivals: deque[Arrival] = deque(maxlen=HISTORY)
        self.fresh: deque[Arrival] = deque()
        """What nobody has judged yet."""
        self.count = 0
        self.url = ""
        self._port = 0

    async def open(self) -> None:
        """Listen, on the same port as before."""
        self.url = await self.serve(port=self._port)
        self._port = int(self.url.rpartition(":")[2])

    async def _handle(self, request: web.Request) -> web.StreamResponse:
        at = boottime()
        body = await request.read()
        arrival = Arrival(
            at=at,
            method=request.path.rpartition("/")[2],
            body=json.loads(body),
            fault=self.faults[0] if self.faults else self.standing_fault,
            authorization=request.headers.get("Authorization"),
        )
        self.arrivals.append(arrival)
        self.fresh.append(arrival)
        self.count += 1
        answer = await super()._handle(request)
        arrival.answered_at = boottime()
        return answer
