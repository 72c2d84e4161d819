"""Looks at the other ports of a merged module: whether they still lead to the same module and card."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Final

from agent.bank.open_module import Connect
from agent.bank.place import Place
from drivers.errors import LinkLost, NoAnswer, PortUnavailable
from drivers.observation import Observation

LOOK_EVERY: Final = 300.0
"""Seconds between two looks; while ports disagree, each poll is followed by one."""


class SparePorts:
    """Takes the other ports of one place in turn."""

    def __init__(self, connect: Connect, clock: Callable[[], float]) -> None:
        self._connect = connect
        self._clock = clock
        self._last = ""
        self._next_at: float | None = None

    async def look(self, place: Place, address: str, seen: Observation) -> bool:
        """Compare a spare port with what the one at `address` told, if it is time; whether the place was split."""
        port = self._due(place.ports, address) if place.merged and place.siblings is not None else None
        told = _told(seen)
        if port is None or place.siblings is None or told is None:
            return False
        other = _told(await self._poll(place, port))
        if other is None:  # a port that says nothing is no evidence
            return False
        agree = other == told
        if agree:
            self._last = port  # a port that disagrees is looked at again
        self._next_at = self._clock() + (LOOK_EVERY if agree else 0.0)
        return place.siblings.compare(place.key, agree=agree)

    def _due(self, ports: Sequence[str], address: str) -> str | None:
        """Return the port whose turn it is; None while it is too early."""
        now = self._clock()
        if self._next_at is None:
            self._next_at = now + LOOK_EVERY  # it was merged just now, by what they told
        if now < self._next_at:
            return None
        self._next_at = now + LOOK_EVERY
        others = [port for port in ports if port != address]
        later = [port for port in others if port > self._last]
        return next(iter(sorted(later) or sorted(others)), None)

    async def _poll(self, place: Place, port: str) -> Observation | None:
        # Not the shared one: its client keeps the port that it has.
        try:
            module = await self._connect(replace(place, share=False), port, lambda _meaning, _seen: None)
        except PortUnavailable:
            return None
        try:
            await module.identify()
            return await module.poll(lambda _seen: None)
        except (NoAnswer, LinkLost):
            return None
        finally:
            await module.close()


def _told(seen: Observation | None) -> tuple[str, str] | None:
    """Return the IMEI and the ICCID of an observation that has both."""
    imei = seen.identity.imei if seen is not None and seen.identity is not None else None
    return (imei, seen.iccid) if seen is not None and imei is not None and seen.iccid is not None else None
