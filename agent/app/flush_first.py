"""A sender that lets the store catch up before each message.

Responsible for the order: what a report says is on disk before the report is sent, so that a kill right after it
changes no date. Must not know what is kept, nor what is sent.
"""

from __future__ import annotations

import contextlib
from typing import Final

from agent.onlinesim.client import OnlinesimClient, Outcome
from agent.onlinesim.messages import Message
from agent.store.store import Store
from drivers.offload import offload

KEPT_WITHIN: Final = 1.0
"""Seconds a report waits for the disk; after that it is sent all the same."""


class FlushFirst:
    """Sends through a client, each message after the store."""

    def __init__(self, client: OnlinesimClient, store: Store) -> None:
        self._client = client
        self._store = store

    async def post(self, message: Message) -> Outcome:
        """Send one message, once the disk holds what it says, or does not come to it in time."""
        with contextlib.suppress(TimeoutError):
            await offload(lambda: self._store.kept(KEPT_WITHIN), name="store", timeout=KEPT_WITHIN + 0.5)
        return await self._client.post(message)
