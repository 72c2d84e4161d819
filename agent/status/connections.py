"""Connections to the status server: how many, for how long, and who makes room (docs/design.md §9).

What a stranger sends or leaves unsaid costs a bounded number of descriptors, and not one of its bytes is logged.
"""

from __future__ import annotations

import asyncio
import logging
import traceback
from collections import Counter
from collections.abc import Callable, Collection, Iterator
from typing import Final

from aiohttp import web

from agent.formats.hosts import is_loopback, one_peer
from agent.language import N_n, ngettext
from agent.status.connection import PEERS_FAULT, Connection, State

_log = logging.getLogger(__name__)

MOST: Final = 256
"""Connections at a time."""
MOST_OF_A_PEER: Final = 8
"""Of one peer that is not this machine, while none of them has shown the token."""
STUCK_S: Final = 1.0
"""An answer that is not taken for so long may make room for somebody else."""
GRACE_S: Final = 0.2
"""For the first request of a connection to arrive, before somebody else may have its place."""
SWEEP_S: Final = 1.0
LOG_EVERY_S: Final = 60.0
_TURNED_AWAY: Final = N_n("{n} connection turned away", "{n} connections turned away")
_WRONG_TOKENS: Final = N_n("{n} wrong token in the login form", "{n} wrong tokens in the login form")
_NO_HTTP: Final = N_n("{n} request that was no HTTP", "{n} requests that were no HTTP")
_SLOW: Final = N_n("{n} slow connection ended", "{n} slow connections ended")
"""What is counted for the log."""


class Connections:
    """All connections of one server. When there are too many, an idle one of the busiest peer makes room."""

    def __init__(self, most: int = MOST, *, now: Callable[[], float] | None = None) -> None:
        """`now`: seconds, by default those of the running event loop."""
        self._most = most
        self.now = now or (lambda: asyncio.get_running_loop().time())
        self._open: dict[Connection, None] = {}
        """Those that have waited for the longest time first."""
        self._counts: Counter[tuple[str, str]] = Counter()
        self._logged_at = self._bug_logged_at = float("-inf")
        self._sweep: asyncio.TimerHandle | None = None

    def __len__(self) -> int:
        return len(self._open)

    def __contains__(self, connection: Connection) -> bool:
        return connection in self._open

    def open(self, server: web.Server, peer: str, own: str) -> Connection | None:
        """Make the protocol for a peer that connected to our address `own`; None if it must go away again."""
        foreign = not is_loopback(peer) and peer != own
        peer = one_peer(peer)
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
                    max(found, key=_asked_in_turn).end()
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
        self._counts[_TURNED_AWAY] += 1

    def wrong_token(self) -> None:
        """Count a wrong token in the login form."""
        self._counts[_WRONG_TOKENS] += 1

    def failed(self, why: BaseException | None) -> None:
        """Count a request that was no HTTP; a fault of ours is logged, without the text of its error."""
        if why is None or isinstance(why, PEERS_FAULT):
            self._counts[_NO_HTTP] += 1
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
                self._counts[_SLOW] += 1
            one.end()
        if self._counts and now - self._logged_at >= LOG_EVERY_S:
            self._logged_at = now
            told = ", ".join(ngettext(*what, n).format(n=n) for what, n in sorted(self._counts.items()))
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


def _asked_in_turn(one: Connection) -> int:
    """Of those that wait for their turn, who has asked most makes room; of all others, the first."""
    return one.asked if one.state is State.PACED else 0
