"""Name lookups for aiohttp off the event loop: `getaddrinfo` can hang for as long as the system likes."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable, Sequence
from typing import Any, Final

from aiohttp.abc import AbstractResolver, ResolveResult

from agent.onlinesim import failure_texts as texts
from drivers.offload import offload

AddressInfo = tuple[int, int, int, str, tuple[Any, ...]]
GetAddrInfo = Callable[[str, int, int], Sequence[AddressInfo]]

TIMEOUT: Final = 8.0
"""Seconds; less than a request may take, so that a lookup that hangs ends before its request."""
MOST_HANGING: Final = 4
"""Of the lookups begun within FORGET_AFTER: each costs a thread."""
FORGET_AFTER: Final = 60.0
"""Seconds after which a hanging lookup no longer counts. A resolver that hung must not cost a whole window of 300 s."""
MOST_THREADS: Final = 64
"""How many lookups may hang until only one begins in RARELY: one that never returns keeps its thread for ever."""
RARELY: Final = 240.0
"""Seconds: still one lookup in each window, or lookups that never return would end the reports for good."""


def may_begin(ages: Sequence[float]) -> bool:
    """Return whether another lookup may begin while others, begun so many seconds ago, have not ended."""
    if len(ages) >= MOST_THREADS:
        return min(ages) >= RARELY
    return sum(age < FORGET_AFTER for age in ages) < MOST_HANGING


def _getaddrinfo(host: str, port: int, family: int) -> Sequence[AddressInfo]:
    return socket.getaddrinfo(host, port, family=family, type=socket.SOCK_STREAM, flags=socket.AI_ADDRCONFIG)


class OffloadResolver(AbstractResolver):
    """A resolver for aiohttp. Raises OSError for an unknown name and after `timeout` seconds."""

    def __init__(self, lookup: GetAddrInfo = _getaddrinfo, *, timeout: float = TIMEOUT) -> None:
        self._lookup = lookup
        self._timeout = timeout
        self._running: dict[object, float] = {}
        """When each lookup that has not ended yet began, on the loop's clock."""

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        """Return the addresses of a host."""
        now = asyncio.get_running_loop().time()
        running = tuple(self._running.values())  # a thread that ends takes its own away meanwhile
        if not may_begin([now - began for began in running]):
            raise OSError(texts.HANGING_LOOKUPS.format(n=len(running)))
        this = object()
        self._running[this] = now

        def look_up() -> Sequence[AddressInfo]:
            try:
                return self._lookup(host, port, family)
            finally:
                del self._running[this]

        try:
            found = await offload(look_up, name=f"lookup {host}", timeout=self._timeout)
        except TimeoutError:
            raise OSError(texts.NO_ANSWER.format(seconds=f"{self._timeout:g}")) from None
        except UnicodeError as error:  # a host that no DNS name can be
            raise OSError(str(error)) from error
        return [_result(host, port, info) for info in found]

    async def close(self) -> None:
        """Nothing to do: a thread that still hangs is a daemon."""


def _result(host: str, port: int, info: AddressInfo) -> ResolveResult:
    family, _, proto, _, address = info
    shown = str(address[0])
    if family == socket.AF_INET6 and len(address) > 3 and address[3]:
        shown = f"{shown}%{address[3]}"  # a link-local address is of use only with its interface
    return {
        "hostname": host,
        "host": shown,
        "port": port,
        "family": family,
        "proto": proto,
        "flags": socket.AI_NUMERICHOST | socket.AI_NUMERICSERV,
    }
