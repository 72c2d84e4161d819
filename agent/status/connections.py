"""Connections to the status server: how many, for how long, and who makes room (docs/design.md §9).

What a stranger sends or leaves unsaid costs a bounded number of descriptors, and not one of its bytes is logged.
"""

from __future__ import annotations

import asyncio
import enum
import ipaddress
import logging
import traceback
from collections import Counter
from collections.abc import Callable, Collection, Iterator
from typing import Any, Final

from aiohttp import web
from aiohttp.http import HttpProcessingError

from agent.bank.rate_limit import TokenBucket
from agent.formats.hosts import is_loopback
from agent.status.turnstile import Turnstile

_log = logging.getLogger(__name__)

MOST: Final = 256
"""Connections at a time."""
MOST_OF_A_PEER: Final = 8
"""Of one peer that is not this machine, while none of them has shown the token."""
LIMIT_S: Final = 10.0
"""Seconds for a whole request, for writing an answer, and for which a connection on which nothing happens is kept."""
STUCK_S: Final = 1.0
"""An answer that is not taken for so long may make room for somebody else."""
GRACE_S: Final = 0.2
"""For the first request of a connection to arrive, before somebody else may have its place."""
LINGER_S: Final = 2.0
"""How long the body of a request is read that nobody asked for, so that the answer to it arrives."""
REQUESTS_AT_ONCE: Final = 60
REQUEST_EVERY_S: Final = 1.0
"""On one connection without the token: a page and its files at once; a loop of requests is slowed to this."""
SWEEP_S: Final = 1.0
LOG_EVERY_S: Final = 60.0

_SILENT: Final = logging.getLogger(f"{__name__}.aiohttp")
"""aiohttp would log what strangers send."""
_SILENT.disabled = True
_THEIR_FAULT: Final = (HttpProcessingError, web.RequestPayloadError, web.PayloadAccessError, ConnectionError)


class State(enum.Enum):
    """What a connection is doing."""

    WAITING = enum.auto()
    """For a whole request."""
    PACED = enum.auto()
    """A request is whole, and waits for its turn."""
    ANSWERING = enum.auto()
    STREAMING = enum.auto()
    """Events or a trace; `StatusServer` bounds their number, and the time that sending takes."""


class Connection(web.RequestHandler):
    """One connection: aiohttp's protocol with a deadline for each state. Made by `Connections.open` alone."""

    __slots__ = (
        "_allowance",
        "_owner",
        "asked",
        "deadline",
        "foreign",
        "half",
        "peer",
        "proven",
        "since",
        "state",
    )

    def __init__(self, owner: Connections, server: web.Server, *, peer: str, foreign: bool) -> None:
        super().__init__(
            server,
            loop=asyncio.get_running_loop(),
            logger=_SILENT,
            access_log=None,  # type: ignore[arg-type]  # as AppRunner passes it on
            lingering_time=LINGER_S,
        )
        self._owner = owner
        self.peer = peer
        self.foreign = foreign
        self.proven = False
        """Whether a request on it had the token."""
        self.asked = 0
        """How many requests there were on it."""
        self._allowance = TokenBucket(REQUESTS_AT_ONCE, REQUEST_EVERY_S)
        self._enter(State.WAITING)

    def _enter(self, state: State) -> None:
        self.state = state
        self.since = self._owner.now()
        self.deadline = float("inf") if state is State.STREAMING else self.since + LIMIT_S
        self.half = False

    async def begin(self, turnstile: Turnstile) -> None:
        """Note that a request is whole, and wait for its turn, which whoever has the token need not."""
        self.asked += 1
        if not self.proven:
            self._enter(State.PACED)
            now = self._owner.now()
            if (pause := self._allowance.take(now) - now) > 0:
                await asyncio.sleep(pause)
            await turnstile.turn(self.asked)
        self._enter(State.ANSWERING)

    def streams(self) -> None:
        """Note that the answer has no end."""
        self._enter(State.STREAMING)

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Begin, unless it had to make room before it began."""
        super().connection_made(transport)
        if self not in self._owner:
            self.end()

    def data_received(self, data: bytes) -> None:
        """Give a request its time from its first byte on, however the others drip."""
        if self.state is State.WAITING and not self.half:
            self.half = True
            self.deadline = self._owner.now() + LIMIT_S
        super().data_received(data)

    async def finish_response(self, *arguments: Any, **more: Any) -> tuple[web.StreamResponse, bool]:
        """Write the answer, and wait for the next request."""
        try:
            return await super().finish_response(*arguments, **more)
        finally:
            self._enter(State.WAITING)
            self._owner.waits(self)

    def handle_error(
        self,
        request: web.BaseRequest,
        status: int = 500,
        exc: BaseException | None = None,
        message: str | None = None,
    ) -> web.StreamResponse:
        """Count the fault instead of logging what they sent."""
        self._owner.failed(exc)
        return super().handle_error(request, status, exc, message)

    def log_exception(self, *_: Any, exc_info: BaseException | None = None, **__: Any) -> None:
        """Count what is not the peer's fault; `handle_error` has counted the rest."""
        if not isinstance(exc_info, _THEIR_FAULT):
            self._owner.failed(exc_info)

    def connection_lost(self, exc: BaseException | None) -> None:
        """Give the place back."""
        self._owner.forget(self)
        super().connection_lost(exc)

    @property
    def unread(self) -> bool:
        """Whether the other end does not take what was sent."""
        transport = self.transport
        return isinstance(transport, asyncio.WriteTransport) and transport.get_write_buffer_size() > 0

    def end(self) -> None:
        """Cut it, and give its place back at once."""
        self._owner.forget(self)
        if isinstance(self.transport, asyncio.WriteTransport):
            self.transport.abort()


class Connections:
    """All connections of one server. When there are too many, an idle one of the busiest peer makes room."""

    def __init__(self, most: int = MOST, *, now: Callable[[], float] | None = None) -> None:
        """`now`: seconds, by default those of the running event loop."""
        self._most = most
        self.now = now or (lambda: asyncio.get_running_loop().time())
        self._open: dict[Connection, None] = {}
        """Those that have waited for the longest time first."""
        self._counts: Counter[str] = Counter()
        self._logged_at = self._bug_logged_at = float("-inf")
        self._sweep: asyncio.TimerHandle | None = None

    def __len__(self) -> int:
        return len(self._open)

    def __contains__(self, connection: Connection) -> bool:
        return connection in self._open

    def open(self, server: web.Server, peer: str, own: str) -> Connection | None:
        """Make the protocol for a peer that connected to our address `own`; None if it must go away again."""
        foreign = not is_loopback(peer) and peer != own
        peer = _network(peer)
        if not (self._has_room_for(peer, foreign=foreign)):
            self.turned_away()
            return None
        connection = Connection(self, server, peer=peer, foreign=foreign)
        self._open[connection] = None
        if self._sweep is None:
            self._sweep = asyncio.get_running_loop().call_later(SWEEP_S, self._look)
        return connection

    def _has_room_for(self, peer: str, *, foreign: bool) -> bool:
        if foreign:
            strangers = [one for one in self._open if one.peer == peer and not one.proven]
            if len(strangers) >= MOST_OF_A_PEER and not self.end_one(strangers):
                return False
        return len(self._open) < self._most or self.end_one()

    def may_come(self) -> bool:
        """Whether one more has room, or somebody can be spared for it: else let it wait where it is."""
        return len(self._open) < self._most or any(
            any(map(spare, self._open)) for spare in _spare(self.now())
        )

    def end_one(self, among: Collection[Connection] | None = None) -> bool:
        """End the connection that can best be spared; False if each of them is at work."""
        among = self._open if among is None else among
        busiest = [peer for peer, _ in Counter(one.peer for one in among).most_common()]
        for spare in _spare(self.now()):
            for peer in busiest:
                found = [one for one in among if one.peer == peer and spare(one)]
                if found:
                    max(found, key=_greed).end()
                    self.turned_away()
                    return True
        return False

    def waits(self, connection: Connection) -> None:
        """Put it behind those that have waited for longer."""
        if connection in self._open:
            del self._open[connection]
            self._open[connection] = None

    def forget(self, connection: Connection) -> None:
        """Give its place back, if it has one."""
        self._open.pop(connection, None)

    def turned_away(self) -> None:
        """Count a connection that was refused, or that made room for another."""
        self._counts["connections turned away"] += 1

    def failed(self, why: BaseException | None) -> None:
        """Count a request that was no HTTP; a fault of ours is logged, without the text of its error."""
        if why is None or isinstance(why, _THEIR_FAULT):
            self._counts["requests that were no HTTP"] += 1
        elif self.now() - self._bug_logged_at >= LOG_EVERY_S:
            self._bug_logged_at = self.now()
            frames = "".join(traceback.format_tb(why.__traceback__))
            _log.error("a request failed with %s:\n%s", type(why).__name__, frames.rstrip())

    def close(self) -> None:
        """Look no more."""
        if self._sweep is not None:
            self._sweep.cancel()
            self._sweep = None

    def _look(self) -> None:
        self._sweep = None
        self.sweep()
        if self._open or self._counts:
            self._sweep = asyncio.get_running_loop().call_later(SWEEP_S, self._look)

    def sweep(self) -> None:
        """End what is over its time, and log what was counted, once in a minute."""
        now = self.now()
        for one in [one for one in self._open if one.deadline <= now]:
            if one.state is State.ANSWERING or one.half:
                self._counts["slow ones ended"] += 1
            one.end()
        if self._counts and now - self._logged_at >= LOG_EVERY_S:
            self._logged_at = now
            told = ", ".join(f"{count} {what}" for what, count in sorted(self._counts.items()))
            self._counts.clear()
            _log.warning("status server: %s", told)


def _spare(now: float) -> Iterator[Callable[[Connection], bool]]:
    """Yield who can be spared, in this order; each says it of a connection."""

    def idle(one: Connection) -> bool:
        return one.state is State.WAITING and (one.asked > 0 or one.since <= now - GRACE_S)

    yield lambda one: idle(one) and not one.proven
    yield lambda one: one.state is State.PACED and one.asked > 1
    yield idle
    yield lambda one: one.state is State.ANSWERING and one.since < now - STUCK_S


def _greed(one: Connection) -> int:
    """Of those that wait for their turn, who has asked most makes room; of all others, the first."""
    return one.asked if one.state is State.PACED else 0


def _network(peer: str) -> str:
    """Return what counts as one peer: an IPv4 address, or the /64 that one customer has of IPv6."""
    try:
        address = ipaddress.ip_address(peer.partition("%")[0])
    except ValueError:
        return peer
    if isinstance(address, ipaddress.IPv6Address):
        if address.ipv4_mapped is not None:
            return str(address.ipv4_mapped)
        return str(ipaddress.ip_network((address, 64), strict=False))
    return str(address)
