"""Onlinesim as a fleet meets it: each list is kept with its sender, and each host may have trouble of its own.

Responsible for noting and answering. Must not judge what it is told.
"""

from __future__ import annotations

import asyncio
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

from real_processes import boottime
from scaled_agent import HOST_HEADER

from agent.sandbox.server import Fault, Sandbox

if TYPE_CHECKING:
    from aiohttp import web

KEY = "key-of-the-fleet-tests"
REFUSED_ADDRESS = Fault.error(403, "API_ACCESS_IP")
HANGS = 3600.0


@dataclass(slots=True)
class List:
    """One sendNumbersOnline."""

    at: float
    host: str
    claims: frozenset[tuple[str, str]]
    """(port_id, number)."""
    count: int
    accepted: bool = False

    def part(self, host: str) -> frozenset[tuple[str, str]]:
        """Return what it says of one host: (module, number)."""
        begun = f"{host}/"
        return frozenset(
            (port.removeprefix(begun), number) for port, number in self.claims if port.startswith(begun)
        )

    @property
    def hosts(self) -> set[str]:
        """The hosts it has numbers of."""
        return {port.partition("/")[0] for port, _ in self.claims}


class FleetMarket(Sandbox):
    """The one account of all hosts."""

    def __init__(self, *, modules: int) -> None:
        super().__init__(modules=modules, key=KEY, clock=boottime)
        self.lists: list[List] = []
        self.cut_off: set[str] = set()
        """Hosts whose requests are never answered, nor count."""
        self.refused: set[str] = set()
        """Hosts whose address the key does not serve."""

    async def _handle(self, request: web.Request) -> web.StreamResponse:
        at, host = boottime(), request.headers.get(HOST_HEADER, "")
        if host in self.cut_off:
            await asyncio.sleep(HANGS)
        is_list = request.path.endswith("sendNumbersOnline")
        heard: List | None = None
        if is_list and host not in self.refused:
            numbers = json.loads(await request.read())["numbers"]
            claims = frozenset((entry["port_id"], entry["number"]) for entry in numbers)
            heard = List(at, host, claims, len(numbers))
            self.lists.append(heard)
        if host in self.refused:
            fault = REFUSED_ADDRESS
            return _response(fault)
        answer = await super()._handle(request)
        if heard is not None:
            heard.accepted = answer.status == 200
        return answer


def _response(fault: Fault) -> web.Response:
    from aiohttp import web

    return web.Response(status=fault.status or 200, body=fault.content, content_type="application/json")
