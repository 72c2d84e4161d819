"""How many wrong tokens one address may send with the login form."""

from __future__ import annotations

from collections import deque
from typing import Final

TRIES: Final = 5
WINDOW_S: Final = 60.0
MOST_PEERS: Final = 1024
"""Addresses that are told apart; those beyond share the tries of one."""


class LoginTries:
    """The wrong tokens of the last minute, by address. Behind a proxy all are one address, its own."""

    def __init__(self) -> None:
        self._wrong: dict[str, deque[float]] = {}

    def __len__(self) -> int:
        return len(self._wrong)

    def wait(self, peer: str, now: float) -> float:
        """Return the seconds until its next token is looked at, right or wrong; 0 where that is now."""
        wrong = self._wrong.get(self._counted_as(peer))
        return 0.0 if wrong is None or len(wrong) < TRIES else max(0.0, wrong[0] + WINDOW_S - now)

    def failed(self, peer: str, now: float) -> None:
        """Note a wrong token."""
        if len(self._wrong) >= MOST_PEERS:
            self._wrong = {one: wrong for one, wrong in self._wrong.items() if wrong[-1] + WINDOW_S > now}
        self._wrong.setdefault(self._counted_as(peer), deque(maxlen=TRIES)).append(now)

    def _counted_as(self, peer: str) -> str:
        return peer if peer in self._wrong or len(self._wrong) < MOST_PEERS else "others"
