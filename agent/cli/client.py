"""Asking the agent that runs on this host, instead of fighting with it over the ports.

Responsible for finding it at the configured status address and for reading its API. Must not know what is
done with the answers.
"""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any, Final, Self

import aiohttp

from agent.config import Status
from agent.store.lock import announced

ANSWER_WITHIN: Final = 3.0
"""Seconds; it is on this machine."""


class RunningAgent:
    """The API of a running agent. Use within `async with`."""

    def __init__(self, status: Status, store: Path | None = None) -> None:
        """`store`: the agent's database; beside it stands where the agent listens, whatever config.yaml says by now."""
        host, port = status.address
        self.url = _reachable(f"http://{f'[{host}]' if ':' in host else host}:{port}")
        listening = announced(store) if store is not None else ""
        self._candidates = dict.fromkeys([*filter(None, [_reachable(listening.rstrip("/"))]), self.url])
        self.wants_another_token = False
        token = status.token
        self._headers = {"Authorization": f"Bearer {token.get_secret_value()}"} if token is not None else {}
        self._session: aiohttp.ClientSession | None = None

    async def __aenter__(self) -> Self:
        self._session = aiohttp.ClientSession(headers=self._headers)
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._session is not None:
            await self._session.close()

    async def get(self, path: str) -> bytes | None:
        """Return the body of an answer, None if no agent answers there."""
        if self._session is None:
            raise RuntimeError("use it within `async with`")
        try:
            timeout = aiohttp.ClientTimeout(total=ANSWER_WITHIN)
            async with self._session.get(self.url + path, timeout=timeout) as answer:
                self.wants_another_token = answer.status == 401
                return await answer.read() if answer.status == 200 else None
        except (aiohttp.ClientError, TimeoutError, OSError):
            return None

    async def status(self) -> dict[str, Any] | None:
        """Return the body of /api/v1/status, None if no agent of ours answers."""
        for url in self._candidates:
            self.url = url
            found = await self._status()
            if found is not None:
                self._candidates = {url: None}
                return found
            if self.wants_another_token:
                break
        return None

    async def _status(self) -> dict[str, Any] | None:
        body = await self.get("/api/v1/status")
        try:
            found = json.loads(body) if body is not None else None
        except ValueError:
            return None
        return found if isinstance(found, dict) and "modules" in found and "cap" in found else None

    async def lines(self, path: str) -> AsyncIterator[str]:
        """Yield the lines of an answer that does not end; none if the agent has no such thing."""
        if self._session is None:
            raise RuntimeError("use it within `async with`")
        timeout = aiohttp.ClientTimeout(total=None, sock_connect=ANSWER_WITHIN)
        async with self._session.get(self.url + path, timeout=timeout) as answer:
            if answer.status == 200:
                async for line in answer.content:
                    yield line.decode().rstrip("\n")


def _reachable(url: str) -> str:
    """Replace an address that means every interface by one of this machine."""
    return url.replace("//0.0.0.0:", "//127.0.0.1:").replace("//[::]:", "//[::1]:")
