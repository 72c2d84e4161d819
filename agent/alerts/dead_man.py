"""The dead-man's switch: a URL that is called while the agent sells, so that its silence alarms somebody."""

from __future__ import annotations

import asyncio
import logging
from collections import Counter
from collections.abc import Callable
from typing import Final

import aiohttp
from yarl import URL

from agent.alerts.receipt_texts import why_in
from agent.formats.service_url import shown_host
from agent.language import current_language

_log = logging.getLogger(__name__)

EVERY: Final = 60.0
"""Seconds."""
WITHIN: Final = 10.0
"""Seconds for one call."""


class DeadMan:
    """Calls a URL every EVERY seconds while `ready`; without a URL it does nothing. Failures are counted and logged."""

    def __init__(
        self, session: aiohttp.ClientSession, *, ready: Callable[[], bool], every: float = EVERY
    ) -> None:
        self.counts: Counter[str] = Counter(sent=0, failed=0)
        self._session = session
        self._ready = ready
        self._every = every
        self._url = ""
        self._failing = ""

    @property
    def has_url(self) -> bool:
        """Whether there is something to call."""
        return bool(self._url)

    def set_url(self, url: str) -> None:
        """Call this URL from now on; "" for none."""
        if url != self._url:
            self._url, self._failing = url, ""

    async def run(self) -> None:
        """Call until cancelled."""
        while True:
            if self._url and self._ready():
                await self._call(self._url)
            await asyncio.sleep(self._every)

    async def _call(self, url: str) -> None:
        try:
            why = await self._answer(url)
        except (aiohttp.ClientError, OSError, TimeoutError, ValueError) as error:
            why = _cause(error)
        except Exception as error:  # noqa: BLE001  whatever it is, it must not end the agent
            why = type(error).__name__
        self.counts["failed" if why else "sent"] += 1
        if why and why != self._failing:
            _log.warning("alerts: heartbeat_url %s: %s", shown_host(url), why_in(why, current_language()))
        elif self._failing and not why:
            _log.info("alerts: heartbeat_url %s answers again", shown_host(url))
        self._failing = why

    async def _answer(self, url: str) -> str:
        # Not followed: a redirect may lead to http, and shows the URL to another host.
        async with (
            asyncio.timeout(WITHIN),
            self._session.get(URL(url, encoded=True), allow_redirects=False) as answer,
        ):
            return "" if 200 <= answer.status < 300 else f"answered {answer.status}"


def _cause(error: Exception) -> str:
    """Return what went wrong, without the URL, which some errors show."""
    if isinstance(error, TimeoutError):
        return f"no answer within {WITHIN:.0f} s"
    if isinstance(error, aiohttp.ClientConnectorError):
        return error.os_error.strerror or type(error).__name__
    return type(error).__name__
