"""Looking up the server's name without putting anything else at stake.

Responsible for lookups, each in a daemon thread of its own. `getaddrinfo` can hang for as long as the system
likes, and asyncio's default executor has few threads, shares them with others, and is waited for at exit.
Here a lookup that hangs costs one idle thread, and there are at most a few of those.
Must not know what is asked of the server.
"""

from __future__ import annotations

import asyncio
import socket
import threading
from collections.abc import Callable, Sequence
from typing import Any

from aiohttp.abc import AbstractResolver, ResolveResult

AddressInfo = tuple[int, int, int, str, tuple[Any, ...]]
Lookup = Callable[[str, int, int], Sequence[AddressInfo]]

PATIENCE_S = 8.0
"""Less than a request may take: a lookup that hangs ends before its request, and the next one starts anew."""

HUNG_AT_MOST = 4
"""Of those begun within FORGOTTEN_AFTER_S: a resolver that hangs for ever must not end lookups for ever."""

FORGOTTEN_AFTER_S = 600.0

THREADS_AT_MOST = 64


def _getaddrinfo(host: str, port: int, family: int) -> Sequence[AddressInfo]:
    return socket.getaddrinfo(host, port, family=family, type=socket.SOCK_STREAM, flags=socket.AI_ADDRCONFIG)


class ThreadPerLookup(AbstractResolver):
    """A resolver for aiohttp. Raises OSError for an unknown name and for a lookup that takes too long."""

    def __init__(self, lookup: Lookup = _getaddrinfo, *, patience: float = PATIENCE_S) -> None:
        self._lookup = lookup
        self._patience = patience
        self._running: list[float] = []
        """When each lookup that has not ended yet was begun, by the loop's clock."""

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        """The addresses of this host, as aiohttp wants them."""
        loop = asyncio.get_running_loop()
        begun = loop.time()
        lately = sum(begun - at < FORGOTTEN_AFTER_S for at in self._running)
        if lately >= HUNG_AT_MOST or len(self._running) >= THREADS_AT_MOST:
            raise OSError(f"{len(self._running)} earlier lookups still hang")
        answer: asyncio.Future[Sequence[AddressInfo]] = loop.create_future()
        self._running.append(begun)
        threading.Thread(
            target=self._look_up,
            args=(loop, answer, begun, host, port, family),
            name=f"lookup {host}",
            daemon=True,
        ).start()
        try:
            async with asyncio.timeout(self._patience):
                found = await answer
        except TimeoutError:
            raise OSError(f"no answer within {self._patience:g} s") from None
        return [_result(host, port, info) for info in found]

    async def close(self) -> None:
        """Nothing to do: a thread that still hangs is a daemon, and nobody waits for it."""

    def _look_up(
        self,
        loop: asyncio.AbstractEventLoop,
        answer: asyncio.Future[Sequence[AddressInfo]],
        begun: float,
        host: str,
        port: int,
        family: int,
    ) -> None:
        found: Sequence[AddressInfo] | OSError
        try:
            found = self._lookup(host, port, family)
        except (OSError, UnicodeError) as error:  # UnicodeError: a host that no DNS name can be
            found = error if isinstance(error, OSError) else OSError(str(error))
        try:
            loop.call_soon_threadsafe(self._deliver, answer, begun, found)
        except RuntimeError:  # the loop was closed while the lookup hung
            return

    def _deliver(
        self,
        answer: asyncio.Future[Sequence[AddressInfo]],
        begun: float,
        found: Sequence[AddressInfo] | OSError,
    ) -> None:
        self._running.remove(begun)
        if answer.done():
            return
        if isinstance(found, OSError):
            answer.set_exception(found)
        else:
            answer.set_result(found)


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
